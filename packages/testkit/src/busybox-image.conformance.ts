import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeBusyboxArchive } from './busybox-image.ts';
import { writeTar } from './tar-writer.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-busybox-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

it('writes the same archive twice, and another one for another request', () => {
  const write = (name: string, layers: Record<string, string>[]) => {
    const path = join(directory, 'image.tar');
    writeBusyboxArchive(path, { name, layers });
    return readFileSync(path);
  };
  const first = write('localhost/one:1', [{ 'etc/motd': 'hello' }]);
  expect(write('localhost/one:1', [{ 'etc/motd': 'hello' }]).equals(first)).toBe(true);
  expect(write('localhost/one:1', []).equals(first)).toBe(false);
});

it('writes an image that skopeo understands and whose tree works', () => {
  const path = join(directory, 'image.tar');
  writeBusyboxArchive(path, {
    name: 'localhost/one:1',
    layers: [{ 'etc/deep/file': 'hello' }],
    config: { Labels: { key: 'value' } },
  });
  const inspected = JSON.parse(execFileSync('skopeo', ['inspect', '--config', `docker-archive:${path}`], { encoding: 'utf8' }));
  expect(inspected).toMatchObject({ os: 'linux', config: { Cmd: ['sh'], WorkingDir: '/', Labels: { key: 'value' } } });
  expect(inspected.rootfs.diff_ids).toHaveLength(2);
  execFileSync('tar', ['-C', directory, '-xf', path]);
  const [{ Layers: layers }] = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as [{ Layers: string[] }];
  const tree = join(directory, 'tree');
  mkdirSync(tree);
  for (const layer of layers) execFileSync('tar', ['-C', tree, '-xpf', join(directory, layer)]);
  expect(readFileSync(join(tree, 'etc/deep/file'), 'utf8')).toBe('hello');
  expect(statSync(join(tree, 'tmp')).mode & 0o7777).toBe(0o1777);
  expect(execFileSync(join(tree, 'bin/echo'), ['hello'], { encoding: 'utf8' })).toBe('hello\n');
});

it('refuses paths that do not fit', () => {
  expect(() => writeTar([{ kind: 'directory', path: 'x'.repeat(100) }])).toThrow(RangeError);
});
