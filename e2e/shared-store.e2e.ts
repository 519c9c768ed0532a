import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeBusyboxArchive } from '@tspod/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './support/machine.ts';
import { shareWork, storeContent } from './support/shared-work.ts';
import { busybox, busyboxArchive, launcher, type RunOptions, run, Store } from './support/store.ts';

let store: Store;
const committed = 'localhost/committed:1';

beforeAll(async () => {
  store = await Store.create();
  await store.must('run', '--network', 'none', '--name', 'changed', busybox, 'sh', '-c', 'echo ours > /ours; rm /etc/group');
  await store.must('commit', '-q', '--change', 'CMD ["cat","/ours"]', 'changed', committed);
  await store.must('rm', 'changed');
});

afterAll(() => store[Symbol.asyncDispose]());

const placed = (name: string) => `containers-storage:[overlay@${store.root}+${store.runRoot}]${name}`;

async function must(file: string, args: readonly string[], options?: RunOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await run(file, args, options);
  if (exitCode !== 0) throw new Error(`${file} ${args.join(' ')} exited with ${exitCode}: ${stderr}`);
  return stdout.trimEnd();
}

const skopeo = (...args: readonly string[]) => must('skopeo', args);
const buildah = (...args: readonly string[]) => must('buildah', ['--root', store.root, '--runroot', store.runRoot, ...args]);
const storage = (...args: readonly string[]) =>
  must('containers-storage', ['--graph', store.root, '--run', store.runRoot, '--storage-driver', 'overlay', ...args]);

describe('images', () => {
  it('that skopeo brings in from every kind of place are run', async () => {
    const directory = store.path('sources');
    mkdirSync(directory);
    for (const kind of ['docker-archive', 'oci', 'oci-archive', 'dir']) {
      const source = kind === 'docker-archive' ? busyboxArchive() : join(directory, kind);
      if (kind !== 'docker-archive') await skopeo('copy', '-q', `docker-archive:${busyboxArchive()}`, `${kind}:${source}`);
      await skopeo('copy', '-q', `${kind}:${source}`, placed(`localhost/by-${kind}:1`));
      expect(await store.must('run', '--rm', '--network', 'none', `by-${kind}:1`, 'echo', kind)).toBe(kind);
    }
  });

  it('of ours are copied out under the digests that we say', async () => {
    const [document] = JSON.parse(await store.must('image', 'inspect', committed)) as [
      { Id: string; Digest: string; RootFS: { Layers: string[] } },
    ];
    const directory = store.path('copied');
    await skopeo('copy', '-q', placed(committed), `dir:${directory}`);
    const digest = (name: string) =>
      createHash('sha256')
        .update(readFileSync(join(directory, name)))
        .digest('hex');
    expect(`sha256:${digest('manifest.json')}`).toBe(document.Digest);
    const blobs = [document.Id, ...document.RootFS.Layers.map((layer) => layer.replace('sha256:', ''))];
    expect(blobs.map(digest)).toEqual(blobs);
    expect(readdirSync(directory).sort()).toEqual([...blobs, 'manifest.json', 'version'].sort());
    await skopeo('copy', '-q', placed(committed), `oci-archive:${directory}.tar:localhost/again:1`);
    await store.mustPodman('load', '-q', '-i', `${directory}.tar`);
    expect(await store.mustPodman('image', 'inspect', '--format', '{{.Id}}', 'localhost/again:1')).toBe(document.Id);
    await store.must('untag', committed, 'localhost/again:1');
  });

  it('of ours are all that podman and buildah want of one', async () => {
    expect(await store.mustPodman('run', '--rm', '--network', 'none', committed)).toBe('ours');
    await store.mustPodman('run', '-d', '--network', 'none', '--name', 'theirs', committed, 'sh', '-c', 'touch /more; sleep 100');
    expect(await store.mustPodman('exec', 'theirs', 'cat', '/ours')).toBe('ours');
    await eventually('the file', async () => ((await store.mustPodman('diff', 'theirs')).includes('A /more') ? true : undefined));
    await store.mustPodman('commit', '-q', 'theirs', 'localhost/twice:1');
    const path = await store.mustPodman('image', 'mount', committed);
    expect(readFileSync(join(path, 'ours'), 'utf8')).toBe('ours\n');
    await store.mustPodman('image', 'unmount', committed);
    await store.mustPodman('rm', '-f', '-t', '0', 'theirs');
    expect(await store.must('run', '--rm', '--network', 'none', 'twice:1', 'ls', '/more', '/ours')).toBe('/more\n/ours');

    const working = await buildah('from', '--pull-never', committed);
    expect(readFileSync(join(await buildah('mount', working), 'ours'), 'utf8')).toBe('ours\n');
    await buildah('umount', working);
    await buildah('run', '--isolation', 'chroot', working, 'sh', '-c', 'echo theirs > /theirs');
    await buildah('commit', '-q', '--rm', working, 'localhost/grown:1');
    expect(await store.must('run', '--rm', '--network', 'none', 'grown:1', 'cat', '/ours', '/theirs')).toBe('ours\ntheirs');
    const context = store.path('context');
    mkdirSync(context);
    writeFileSync(join(context, 'Containerfile'), `FROM ${committed}\nRUN echo built > /built\nCMD ["cat", "/ours", "/built"]\n`);
    await buildah('bud', '-q', '--isolation', 'chroot', '-t', 'localhost/built:1', context);
    expect(await store.must('run', '--rm', '--network', 'none', 'built:1')).toBe('ours\nbuilt');
    await store.must('rmi', 'twice:1', 'grown:1', 'built:1');
    expect(await store.mustPodman('images', '-a', '-q', '--filter', 'reference=localhost/*:1')).not.toBe('');
  });
});

it('the tool of containers/storage reads, mounts, compares and removes what is ours', async () => {
  await store.must('create', '--name', 'ours', committed, 'true');
  for (const [kind, words] of [
    ['images', [committed, busybox]],
    ['containers', ['ours']],
    ['layers', ['ours-layer']],
  ] as const) {
    const listed = await storage(kind);
    for (const word of words) expect(listed).toContain(word);
  }
  const path = await storage('mount', 'ours');
  writeFileSync(join(path, 'new'), '');
  const layer = (JSON.parse(await storage('container', '--json', 'ours')) as [{ layer: string }])[0].layer;
  expect(await storage('changes', layer)).toContain('Add "/new"');
  const archive = store.path('changes.tar');
  await storage('diff', '--file', archive, layer);
  expect(await must('tar', ['-tf', archive])).toContain('new');
  await storage('unmount', 'ours');
  await storage('delete-container', 'ours');
  await store.must('rm', 'ours');
});

it('a service of podman that runs all the time sees the names that we give and take', async () => {
  const socket = store.path('podman.sock');
  const flags = ['--root', store.root, '--runroot', store.runRoot, '--tmpdir', store.path('service'), '--events-backend', 'file'];
  const service = spawn('podman', [...flags, 'system', 'service', '--time', '0', `unix://${socket}`], { stdio: 'ignore' });
  const ended = new Promise((resolve) => service.once('exit', resolve));
  const status = (name: string) =>
    new Promise<number | undefined>((resolve) => {
      const path = `/v4.0.0/libpod/images/${encodeURIComponent(name)}/exists`;
      get({ socketPath: socket, path }, (response) => resolve(response.resume().statusCode)).once('error', () =>
        resolve(undefined),
      );
    });
  try {
    await eventually('the service', () => status(busybox));
    expect(await status('localhost/given:1')).toBe(404);
    await store.must('tag', busybox, 'given:1');
    expect(await status('localhost/given:1')).toBe(204);
    await store.must('untag', busybox, 'given:1');
    expect(await status('localhost/given:1')).toBe(404);
  } finally {
    service.kill();
    await ended;
  }
});

it('images of a read-only store that storage.conf names are used in place', async () => {
  await using other = Store.empty();
  const shared = store.path('shared');
  mkdirSync(shared);
  await must('mount', ['--bind', '-o', 'ro', store.root, shared]);
  const configuration = store.path('storage.conf');
  writeFileSync(
    configuration,
    `[storage]
driver = "overlay"
graphroot = "${other.root}"
runroot = "${other.runRoot}"
[storage.options]
additionalimagestores = ["${shared}"]
`,
  );
  const env = { CONTAINERS_STORAGE_CONF: configuration };
  const tspod = (...args: readonly string[]) => run(launcher, args, { env });
  try {
    const before = storeContent(store);
    expect((await tspod('images', '--format', '{{.ReadOnly}} {{.Repository}}:{{.Tag}}')).stdout).toContain(`true ${committed}\n`);
    const ran = await tspod('run', '--rm', '--network', 'none', '--cgroup-parent', other.cgroupParent, committed);
    expect(ran).toMatchObject({ stdout: 'ours\n', exitCode: 0 });
    expect(await tspod('rmi', committed)).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('read-only') });
    expect(await tspod('tag', committed, 'mine:1')).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('read-only'),
    });
    await must(launcher, ['create', '--name', 'grown', '--network', 'none', committed, 'true'], { env });
    await must(launcher, ['commit', '-q', '--change', 'CMD ["cat","/ours"]', 'grown', 'grown:1'], { env });
    const podman = ['--tmpdir', store.path('tmp'), '--cgroup-manager', 'cgroupfs', '--events-backend', 'file'];
    expect(await must('podman', [...podman, 'images', '-q', 'localhost/grown:1'], { env })).not.toBe('');
    await must(launcher, ['rm', 'grown'], { env });
    expect((await tspod('rmi', 'grown:1')).exitCode).toBe(0);
    expect(storeContent(store)).toEqual(before);
  } finally {
    await must('umount', ['-l', shared]);
  }
});

it('what a killed program leaves half made is taken away, and the next one succeeds', async () => {
  const archive = store.path('big.tar');
  const layers = Array.from({ length: 4 }, (_, index) => ({ [`big/${index}`]: String(index).repeat(8 << 20) }));
  writeBusyboxArchive(archive, { name: 'localhost/big:1', layers });
  const before = storeContent(store);
  for (const [program, args] of [
    ['skopeo', ['copy', '-q', `docker-archive:${archive}`, placed('localhost/big:1')]],
    [launcher, [...store.flags, 'import', '-q', archive, 'localhost/big:1']],
  ] as const) {
    for (const delay of [80, 180]) {
      const child = spawn(program, args, { stdio: 'ignore', detached: true });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await pause(delay);
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      await ended;
      await store.must('rm', await store.must('create', busybox, 'true'));
      for (const layer of JSON.parse(readFileSync(join(store.root, 'overlay-layers/layers.json'), 'utf8'))) {
        expect(layer.flags?.incomplete).toBeUndefined();
      }
      expect(readdirSync(join(store.root, 'overlay/tempdirs'))).toEqual([]);
    }
  }
  expect(await store.must('load', '-q', '-i', archive)).toContain('localhost/big:1');
  expect(await store.must('run', '--rm', '--network', 'none', 'big:1', 'ls', '/big')).toBe('0\n1\n2\n3');
  await store.must('rmi', 'big:1');
  expect(storeContent(store)).toEqual(before);
});

it('tspod, podman and buildah work at once: nothing fails, is lost or is left', async () => {
  const before = storeContent(store);
  const { calls, failures } = await shareWork(store, 6000);
  expect(failures).toEqual([]);
  expect(Math.min(...Object.values(calls))).toBeGreaterThan(1);
  await store.tspod(['rmi', 'localhost/shared:1']);
  await store.must('image', 'prune', '-f'); // steps of builds
  expect(storeContent(store)).toEqual(before);
  expect(await store.must('system', 'check')).toBe('');
});
