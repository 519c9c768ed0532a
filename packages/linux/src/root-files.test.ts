import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendFileInRoot, linkInRoot, readFileInRoot, statInRoot } from './root-files.ts';

describe('files below a root', () => {
  const outside = mkdtempSync(join(tmpdir(), 'root-files-'));
  const root = join(outside, 'root');
  const read = (path: string, limit?: number) => readFileInRoot(root, path, limit)?.toString();

  beforeAll(() => {
    mkdirSync(join(root, 'etc'), { recursive: true });
    mkdirSync(join(root, 'deep/er'), { recursive: true });
    writeFileSync(join(outside, 'secret'), 'outside');
    writeFileSync(join(root, 'etc/passwd'), 'inside');
    writeFileSync(join(root, 'empty'), '');
    writeFileSync(join(root, 'big'), Buffer.alloc(10_000, 'x'));
    symlinkSync('/etc/passwd', join(root, 'absolute'));
    symlinkSync('../../../../../../../../etc/passwd', join(root, 'deep/er/relative'));
    symlinkSync('../secret', join(root, 'escape'));
    symlinkSync(join(outside, 'secret'), join(root, 'escape-absolute'));
    symlinkSync('..', join(root, 'up'));
    symlinkSync('loop', join(root, 'loop'));
    symlinkSync('nothing', join(root, 'dangling'));
    symlinkSync('/etc', join(root, 'deep/directory'));
    execFileSync('mkfifo', [join(root, 'fifo')]);
  });
  afterAll(() => rmSync(outside, { recursive: true }));

  it('are linked to, where there is nothing yet, and never outside', () => {
    const link = (path: string) => linkInRoot(root, path, '/proc/mounts', { uid: 0, gid: 0 });
    for (const path of ['/etc/mtab', '/made/mtab', '/deep/directory/second', '/etc/passwd', '/empty/mtab', '/a/b/mtab'])
      link(path);
    expect(readlinkSync(join(root, 'etc/mtab'))).toBe('/proc/mounts');
    expect(readlinkSync(join(root, 'made/mtab'))).toBe('/proc/mounts');
    expect(readlinkSync(join(root, 'etc/second'))).toBe('/proc/mounts');
    expect(read('etc/passwd')).toBe('inside');
    expect(statInRoot(root, 'a')).toBeUndefined();
    const before = readdirSync(outside);
    for (const path of ['/escape/mtab', '/up/mtab', '/dangling/mtab']) link(path);
    expect(readdirSync(outside)).toEqual(before);
  });

  it('are appended to, and nothing outside is', () => {
    writeFileSync(join(root, 'etc/group'), 'one\n');
    symlinkSync('/etc/group', join(root, 'to-group'));
    appendFileInRoot(root, 'to-group', 'two\n');
    expect(read('etc/group')).toBe('one\ntwo\n');
    for (const path of ['escape', 'fifo', 'etc', 'nosuch'])
      expect(() => appendFileInRoot(root, path, 'x')).toThrow('there is no file');
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('outside');
  });

  it('are read, however the path is spelled', () => {
    const spellings = [
      '/etc/passwd',
      'etc/passwd',
      '/deep/../etc/./passwd',
      'absolute',
      'deep/er/relative',
      'deep/directory/passwd',
    ];
    for (const path of spellings) expect(read(path), path).toBe('inside');
    expect(read('empty')).toBe('');
  });

  it('are never outside', () => {
    for (const path of ['escape', 'escape-absolute', '../secret', '/../secret', 'up/secret', 'deep/../../secret']) {
      expect(read(path), path).toBeUndefined();
      expect(statInRoot(root, path), path).toBeUndefined();
    }
    expect(read('up/etc/passwd')).toBe('inside');
    expect(statInRoot(root, '../../..')).toBe('directory');
  });

  it('are not reached through the magic links of /proc', () => {
    for (const path of ['self/exe', 'self/root/etc/passwd', 'self/cwd', 'self/fd/0']) {
      expect(statInRoot('/proc', path), path).toBeUndefined();
      expect(readFileInRoot('/proc', path), path).toBeUndefined();
    }
    expect(readFileInRoot('/proc', 'self/status')?.toString()).toContain('CapBnd');
  });

  it('are told from what is no file', () => {
    for (const path of ['fifo', 'etc', '/', '', 'loop', 'dangling', 'missing', 'etc/passwd/below'])
      expect(read(path), path).toBeUndefined();
    expect(readFileInRoot('/dev', 'null')).toBeUndefined();
    const kinds = ['etc', '/', '', 'fifo', 'absolute', 'loop', 'missing'].map((path) => statInRoot(root, path));
    expect(kinds).toEqual(['directory', 'directory', 'directory', 'other', 'file', undefined, undefined]);
  });

  it('are refused when they are longer than wanted', () => {
    expect(read('big', 10_000)).toHaveLength(10_000);
    expect(() => read('big', 9_999)).toThrow(/^big in .*root is longer than 9999 bytes$/);
    expect(() => readFileInRoot('/proc', 'self/status', 10)).toThrow('is longer than 10 bytes');
  });

  it('need a root, and a path without zero bytes', () => {
    expect(() => readFileInRoot(join(outside, 'none'), 'etc')).toThrow('ENOENT');
    expect(() => read('etc/passwd\0.txt')).toThrow('zero byte');
  });
});
