import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EngineError, type LoadRequest } from '@tspod/core';
import { writeBusyboxArchive } from '@tspod/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSkopeoTransport } from './create-skopeo-transport.ts';
import type { SkopeoSettings } from './settings.ts';

/** Archives that every test may read. */
let archives: string;
/** A store for each test. */
let directory: string;

beforeAll(() => {
  archives = mkdtempSync('/var/tmp/tspod-archives-');
  makeArchives();
});

afterAll(() => rmSync(archives, { recursive: true }));

beforeEach(() => {
  directory = mkdtempSync('/var/tmp/tspod-transport-');
  mkdirSync(join(directory, 'temporary'));
});

afterEach(() => {
  // nothing may be left, whatever happened
  expect(readdirSync(join(directory, 'temporary'))).toEqual([]);
  expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(directory);
  rmSync(directory, { recursive: true });
});

const archive = (name: string) => join(archives, name);

function makeArchives(): void {
  const run = (command: string, ...argv: readonly string[]) => execFileSync(command, argv, { cwd: archives });
  writeBusyboxArchive(archive('one.tar'), { name: 'localhost/busybox:one' });
  writeBusyboxArchive(archive('other.tar'), { name: 'quay.io/some/busybox:other', layers: [{ 'etc/other': 'x' }] });

  const unpackTo = (name: string, ...tars: readonly string[]) => {
    mkdirSync(archive(name));
    return tars.map((tar) => {
      run('tar', '-xf', tar, '-C', name);
      return JSON.parse(readFileSync(archive(`${name}/manifest.json`), 'utf8'))[0];
    });
  };
  const pack = (name: string, manifest: unknown) => {
    writeFileSync(archive(`${name}/manifest.json`), JSON.stringify(manifest));
    run('tar', '-cf', `${name}.tar`, '-C', name, ...readdirSync(archive(name)));
  };
  const tags = ['bb:short', 'localhost/bb:two', 'quay.io/a/b:c', 'docker.io/x:y', 'u/v:w'];
  pack(
    'tags',
    unpackTo('tags', 'one.tar').map((image) => ({ ...image, RepoTags: tags })),
  );
  pack(
    'unnamed',
    unpackTo('unnamed', 'one.tar').map((image) => ({ ...image, RepoTags: null })),
  );
  const [one, other] = unpackTo('several', 'one.tar', 'other.tar');
  pack('several', [
    { ...one, RepoTags: [...one.RepoTags, 'localhost/busybox:extra'] },
    { ...other, RepoTags: null },
  ]);

  const convert = (from: string, to: string) => run('skopeo', 'copy', '--quiet', `docker-archive:${from}`, to);
  convert('one.tar', 'oci-archive:oci.tar:quay.io/x/y:1');
  convert('one.tar', 'oci-archive:oci-short.tar:short');
  convert('one.tar', 'oci-archive:oci-unnamed.tar');
  convert('one.tar', 'oci:layout:named:1');
  convert('other.tar', 'oci:layout-several:b:2');
  convert('one.tar', 'oci:layout-several:a:1');
  mkdirSync(archive('docker-directory'));
  convert('one.tar', 'dir:docker-directory');
  for (const name of ['one.tar', 'oci.tar']) {
    run('gzip', '-k', name);
    run('xz', '-k', name);
    run('bzip2', '-k', name);
    run('zstd', '-q', '-k', name);
  }
}

const store = () => ({
  graphRoot: join(directory, 'graph'),
  runRoot: join(directory, 'run'),
  temporaryDirectory: join(directory, 'temporary'),
});

const transport = (settings: Partial<SkopeoSettings> = {}) => createSkopeoTransport({ ...store(), ...settings });

const load = (path: string, request: Partial<LoadRequest> = {}) => transport().load({ path, ...request });

function records(
  graphRoot: string,
  kind: 'images' | 'layers',
): readonly { readonly id: string; readonly names?: readonly string[] }[] {
  const path = join(graphRoot, `overlay-${kind}/${kind}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
}

/** Ids and names, in the order of the store's records. */
const images = (graphRoot = store().graphRoot) => records(graphRoot, 'images').map(({ id, names = [] }) => ({ id, names }));

/** Everything that a load adds to: records, and the directories of layers. */
function content() {
  const { graphRoot } = store();
  const layers = existsSync(join(graphRoot, 'overlay')) ? readdirSync(join(graphRoot, 'overlay')) : [];
  return {
    images: images(),
    layers: records(graphRoot, 'layers').map(({ id }) => id),
    directories: layers.filter((name) => name.length === 64).sort(),
  };
}

async function loadWithPodman(path: string): Promise<{ images: ReturnType<typeof images>; output: string }> {
  const root = join(directory, 'podman');
  const roots = ['--root', join(root, 'graph'), '--runroot', join(root, 'run'), '--tmpdir', join(root, 'tmp')];
  const { stdout } = await promisify(execFile)('podman', [
    ...roots,
    '--cgroup-manager',
    'cgroupfs',
    'load',
    '--quiet',
    '--input',
    path,
  ]);
  return { images: images(join(root, 'graph')), output: stdout };
}

describe('what podman loads', () => {
  it.each([
    'one.tar',
    'tags.tar',
    'unnamed.tar',
    'several.tar',
    'oci.tar',
    'oci-short.tar',
    'oci-unnamed.tar',
    'docker-directory',
    'one.tar.xz',
    'one.tar.zst',
    'oci.tar.gz',
    'oci.tar.xz',
    'oci.tar.bz2',
    'oci.tar.zst',
  ])('is loaded with the same ids and names: %s', async (name) => {
    const loaded = await load(archive(name));
    const expected = await loadWithPodman(archive(name));
    expect(images()).toEqual(expected.images);
    const lines = loaded.flatMap(({ id, names }) => (names.length === 0 ? [`sha256:${id}`] : names));
    expect(expected.output).toBe(lines.map((line) => `Loaded image: ${line}\n`).join(''));
  });
});

describe('what podman 4.3.1 does not load, or not by its name', () => {
  it('is loaded from a docker-archive that gzip or bzip2 compressed', async () => {
    const [plain] = await load(archive('one.tar'));
    for (const name of ['one.tar.gz', 'one.tar.bz2']) expect(await load(archive(name))).toEqual([plain]);
    expect(images()).toHaveLength(1);
  });

  it('is loaded from an OCI layout, by the names in it', async () => {
    expect(await load(archive('layout'))).toMatchObject([{ names: ['localhost/named:1'] }]);
    expect(await load(archive('layout-several'))).toMatchObject([{ names: ['localhost/b:2'] }, { names: ['localhost/a:1'] }]);
    expect(images().map(({ names }) => names)).toEqual([['localhost/a:1', 'localhost/named:1'], ['localhost/b:2']]);
  });

  it('is loaded from a path with a colon', async () => {
    const path = join(directory, 'a:b.tar');
    cpSync(archive('one.tar'), path);
    expect(await load(path)).toMatchObject([{ names: ['localhost/busybox:one'] }]);
    renameSync(path, join(directory, 'c'));
    cpSync(archive('layout'), join(directory, 'd:e'), { recursive: true });
    expect(await load(join(directory, 'd:e'))).toMatchObject([{ names: ['localhost/named:1'] }]);
  });

  it('is loaded from a pipe', async () => {
    const path = join(directory, 'pipe');
    execFileSync('mkfifo', [path]);
    const writer = spawn('sh', ['-c', 'cat "$1" > "$2"', 'sh', archive('one.tar.gz'), path], { stdio: 'ignore' });
    expect(await load(path)).toMatchObject([{ names: ['localhost/busybox:one'] }]);
    expect(writer.exitCode ?? (await new Promise((resolve) => writer.once('exit', resolve)))).toBe(0);
  });
});

it('leaves the choice among platforms to skopeo, and knows the id', async () => {
  const layout = join(directory, 'layout');
  cpSync(archive('layout'), layout, { recursive: true });
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
  const list = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ ...index.manifests[0], annotations: undefined, platform }],
  });
  const hex = execFileSync('sha256sum', { input: list, encoding: 'utf8' }).slice(0, 64);
  writeFileSync(join(layout, 'blobs/sha256', hex), list);
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  writeFileSync(
    join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType, digest: `sha256:${hex}`, size: list.length }] }),
  );
  const [loaded] = await load(layout);
  expect(images()).toEqual([{ id: loaded?.id, names: [] }]);
});

describe('an archive that is damaged', () => {
  const refusal = (path: string) => ({
    kind: 'invalid-argument',
    code: 'invalid-archive',
    message: expect.stringContaining(path),
    hint: expect.stringContaining('docker-archives'),
  });

  async function expectRefused(path: string): Promise<void> {
    const before = content();
    await expect(load(path)).rejects.toMatchObject(refusal(path));
    expect(content()).toEqual(before);
  }

  it.each([
    ['cut off', 'one.tar', 300_000],
    ['cut off and compressed with gzip', 'one.tar.gz', 300_000],
    ['cut off and compressed with zstd', 'one.tar.zst', 300_000],
    ['cut off and compressed with xz', 'one.tar.xz', 300_000],
    ['cut off and compressed with bzip2', 'one.tar.bz2', 300_000],
    ['cut off in an oci-archive', 'oci.tar', 300_000],
    ['empty', 'one.tar', 0],
  ])('is refused and leaves nothing: %s', async (_, name, length) => {
    const path = join(directory, name);
    cpSync(archive(name), path);
    truncateSync(path, length);
    await expectRefused(path);
  });

  it('is refused and leaves nothing: text', async () => {
    const path = join(directory, basename('text'));
    writeFileSync(path, 'hello\n'.repeat(1000));
    await expectRefused(path);
  });

  it('leaves none of the layers that were sound, and those that others have', async () => {
    await load(archive('one.tar'));
    const path = join(directory, 'damaged.tar');
    const noise = () => ({ noise: randomBytes(300_000).toString('latin1') });
    writeBusyboxArchive(path, { name: 'localhost/damaged:1', layers: [noise(), noise(), noise()] });
    const bytes = readFileSync(path);
    bytes.fill(0x2a, bytes.length - 200_000, bytes.length - 199_000);
    writeFileSync(path, bytes);
    await expectRefused(path);
    expect(await load(archive('one.tar'))).toMatchObject([{ names: ['localhost/busybox:one'] }]);
  });
});

describe('an interrupted load', () => {
  it('leaves the store as it was, at whatever moment', async () => {
    await load(archive('one.tar'));
    const before = content();
    const path = join(directory, 'big.tar');
    const noise = () => ({ noise: randomBytes(8_000_000).toString('latin1') });
    writeBusyboxArchive(path, { name: 'localhost/big:1', layers: [noise(), noise(), noise()] });
    let interrupted = 0;
    for (const delay of [0, 60, 120, 180, 240, 300, 400]) {
      const loading = load(path, { signal: AbortSignal.timeout(delay) });
      const finished = await loading.then(
        () => true,
        (error) => {
          expect(error).toMatchObject({ name: 'TimeoutError' });
          return false;
        },
      );
      if (finished) break;
      interrupted += 1;
      expect(content()).toEqual(before);
    }
    expect(interrupted).toBeGreaterThan(1);
  });

  it('is not even begun when it was interrupted before', async () => {
    await expect(load(archive('one.tar'), { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    expect(existsSync(store().graphRoot)).toBe(false);
  });

  it('kills a helper that does not stop by itself', async () => {
    const stubborn = join(directory, 'stubborn');
    writeFileSync(stubborn, '#!/bin/sh\ntrap "" TERM\necho $$ > "$(dirname "$0")/pid"\nwhile :; do sleep 0.1; done\n', {
      mode: 0o755,
    });
    const controller = new AbortController();
    const loading = transport({ path: stubborn }).load({ path: archive('one.tar'), signal: controller.signal });
    const pid = join(directory, 'pid');
    while (!existsSync(pid) || readFileSync(pid, 'utf8') === '') await pause(10);
    controller.abort();
    await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
    expect(existsSync(`/proc/${readFileSync(pid, 'utf8').trim()}`)).toBe(false);
  });
});

describe('trouble that the archive has no part in', () => {
  it('is a path that does not exist', async () => {
    await expect(load('/does/not/exist')).rejects.toMatchObject({
      kind: 'not-found',
      code: 'no-such-file',
      message: 'stat /does/not/exist: no such file or directory',
    });
  });

  it('is a missing skopeo', async () => {
    for (const path of ['/does/not/exist/skopeo', 'no-such-skopeo']) {
      const missing = transport({ path });
      expect(await missing.probe()).toEqual({ usable: false, reason: `${path} is not installed` });
      await expect(missing.load({ path: archive('one.tar') })).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'missing-helper',
        hint: expect.stringContaining('apt-get install skopeo'),
      });
    }
    expect(await transport().probe()).toEqual({ usable: true });
    expect(await transport({ path: '/usr/bin/skopeo' }).probe()).toEqual({ usable: true });
  });

  it('is a policy that forbids the image', async () => {
    const policyPath = join(directory, 'policy.json');
    writeFileSync(policyPath, JSON.stringify({ default: [{ type: 'reject' }] }));
    const error = await transport({ policyPath })
      .load({ path: archive('one.tar') })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      kind: 'runtime-failed',
      code: 'helper-failed',
      exitCode: 1,
      message: expect.stringMatching(/reject/i),
    });
    expect(EngineError.isInstance(error)).toBe(true);
  });

  it('is a store that can not be written', async () => {
    const graphRoot = join(directory, 'a-file');
    writeFileSync(graphRoot, '');
    await expect(transport({ graphRoot }).load({ path: archive('one.tar') })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'store-not-writable',
    });
  });
});
