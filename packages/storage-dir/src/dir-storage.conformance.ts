import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { generateId, type Image } from '@tspod/core';
import { type RootfsStorageFixture, rootfsStorageSuite, writeBusyboxArchive } from '@tspod/testkit';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createDirStorage, type DirDependencies } from './index.ts';

const imageName = 'localhost/busybox:latest';
const imageId = generateId();
let shared: string;
let tree: string;

beforeAll(() => {
  shared = mkdtempSync('/var/tmp/tspod-dir-tree-');
  tree = join(shared, 'tree');
  mkdirSync(tree);
  const archive = join(shared, 'image.tar');
  writeBusyboxArchive(archive, { name: imageName });
  execFileSync('tar', ['-C', shared, '-xf', archive]);
  const [{ Layers: layers }] = JSON.parse(readFileSync(join(shared, 'manifest.json'), 'utf8')) as [{ Layers: string[] }];
  for (const layer of layers) execFileSync('tar', ['-C', tree, '-xpf', join(shared, layer)]);
});

afterAll(() => rmSync(shared, { recursive: true, force: true }));

describe('the dir storage', () => {
  rootfsStorageSuite('dir', async () => createFixture(imagesFrom(tree)));
  rootfsStorageSuite('dir without images', async () => createFixture({}));

  it('copies an image with owners, modes, links, devices, times and attributes', async () => {
    const odd = mkdtempSync('/var/tmp/tspod-dir-odd-');
    onTestFinished(() => rmSync(odd, { recursive: true, force: true }));
    makeOddTree(odd);
    const { instance, cleanup } = createFixture(imagesFrom(odd));
    onTestFinished(cleanup);
    const id = generateId();
    await instance.create({ id, name: 'odd', source: { kind: 'image', imageId, imageName } });
    expect(listing(await instance.mount(id))).toEqual(listing(odd));
    await instance.delete(id);
  });

  it("takes the image's mount back, also when copying fails, and leaves nothing", async () => {
    const images = imagesFrom('/var/tmp/tspod-no-such-tree');
    const { instance, cleanup, root } = createFixture(images);
    onTestFinished(cleanup);
    const id = generateId();
    const making = instance.create({ id, name: 'one', source: { kind: 'image', imageId, imageName } });
    await expect(making).rejects.toMatchObject({ kind: 'runtime-failed', code: 'copy-failed' });
    expect(images.mounts()).toBe(0);
    expect(await instance.lookup('one')).toBeUndefined();
    expect(readdirSync(join(root, 'graph/tspod/dir/containers'))).toEqual([]);
    expect(readdirSync(join(root, 'graph/tspod/dir/names'))).toEqual([]);
  });

  it('hides what a killed process left half made, and removes it when asked', async () => {
    const { instance, cleanup, root } = createFixture(imagesFrom(tree));
    onTestFinished(cleanup);
    const id = generateId();
    const directory = join(root, 'graph/tspod/dir/containers', id);
    mkdirSync(join(directory, 'rootfs/half'), { recursive: true });
    mkdirSync(join(root, 'graph/tspod/dir/names'), { recursive: true });
    symlinkSync(id, join(root, 'graph/tspod/dir/names/one'));
    const source = { kind: 'image', imageId, imageName } as const;
    writeFileSync(
      join(directory, 'record.json'),
      JSON.stringify({ name: 'one', source, createdAt: '2026-01-01T00:00:00Z', incomplete: true }),
    );
    expect(await instance.list()).toEqual([]);
    expect(await instance.lookup('one')).toBeUndefined();
    const again = { id: generateId(), name: 'one', source };
    await expect(instance.create(again)).rejects.toMatchObject({ code: 'container-exists' });
    await instance.delete(id);
    expect(existsSync(directory)).toBe(false);
    await instance.create(again);
    await instance.delete(again.id);
  });

  it('removes a container whose record is damaged, and says where it is damaged', async () => {
    const { instance, cleanup, root, directory } = createFixture({});
    onTestFinished(cleanup);
    const id = generateId();
    const request = { id, name: 'one', source: { kind: 'directory', path: directory, overlay: true } } as const;
    await instance.create(request);
    const record = join(root, 'graph/tspod/dir/containers', id, 'record.json');
    writeFileSync(record, '{"name":');
    await expect(instance.lookup('one')).rejects.toMatchObject({ kind: 'corrupt', path: record });
    expect(readFileSync(record, 'utf8')).toBe('{"name":');
    await instance.delete(id);
    await instance.create(request);
    await instance.delete(id);
  });

  it('forgets mounts when the run root is emptied, as by a reboot', async () => {
    const { instance, cleanup, root, directory } = createFixture({});
    onTestFinished(cleanup);
    const id = generateId();
    await instance.create({ id, name: 'one', source: { kind: 'directory', path: directory, overlay: true } });
    const path = await instance.mount(id);
    writeFileSync(join(path, 'kept'), 'content');
    execFileSync('umount', [path]);
    rmSync(join(root, 'run'), { recursive: true });
    expect((await instance.lookup(id))?.mounted).toBe(false);
    expect(readFileSync(join(await instance.mount(id), 'kept'), 'utf8')).toBe('content');
    expect(await instance.unmount(id)).toBe(false);
    await instance.delete(id);
  });

  it('mounts anew when a counted mount is gone', async () => {
    const { instance, cleanup, directory } = createFixture({});
    onTestFinished(cleanup);
    const id = generateId();
    await instance.create({ id, name: 'one', source: { kind: 'directory', path: directory, overlay: true } });
    execFileSync('umount', [await instance.mount(id)]);
    expect((await instance.lookup(id))?.mounted).toBe(false);
    expect(readFileSync(join(await instance.mount(id), 'marker'), 'utf8')).toBe('caller');
    expect(await instance.unmount(id)).toBe(false);
    await instance.delete(id);
  });

  it('refuses directories in the store, and overlays over one that holds the store', async () => {
    const { instance, cleanup, root } = createFixture({});
    onTestFinished(cleanup);
    const inside = join(root, 'graph/inside');
    mkdirSync(inside, { recursive: true });
    const make = (path: string, overlay: boolean) =>
      instance.create({ id: generateId(), name: 'one', source: { kind: 'directory', path, overlay } });
    await expect(make(inside, false)).rejects.toMatchObject({
      code: 'directory-in-store',
      message: expect.stringContaining(inside),
    });
    await expect(make(root, true)).rejects.toMatchObject({ code: 'directory-in-store' });
    symlinkSync(inside, join(root, 'link'));
    await expect(make(join(root, 'link'), true)).rejects.toMatchObject({ code: 'directory-in-store' });
    expect(await instance.list()).toEqual([]);
  });

  it("says so when the caller's directory vanished before it is mounted", async () => {
    const { instance, cleanup, directory } = createFixture({});
    onTestFinished(cleanup);
    const id = generateId();
    await instance.create({ id, name: 'one', source: { kind: 'directory', path: directory, overlay: false } });
    rmSync(directory, { recursive: true });
    await expect(instance.mount(id)).rejects.toMatchObject({ code: 'no-such-file', message: expect.stringContaining(directory) });
    expect(await instance.unmount(id)).toBe(false);
    await instance.delete(id);
  });

  it("lets the root of a user namespace pass through to its directories, and leaves the caller's as it is", async () => {
    const { instance, cleanup, directory, root } = createFixture({});
    onTestFinished(cleanup);
    const id = generateId();
    const idMaps = { uid: [{ containerID: 0, hostID: 100_000, size: 10 }], gid: [{ containerID: 0, hostID: 200_000, size: 10 }] };
    const made = await instance.create({
      id,
      name: 'one',
      source: { kind: 'directory', path: directory, overlay: true },
      idMaps,
    });
    chmodSync(root, 0o711);
    for (const path of [made.staticDir, made.runDir, await instance.mount(id)]) {
      const { uid, gid } = statSync(path);
      expect([uid, gid]).toEqual([100_000, 200_000]);
      execFileSync('setpriv', ['--reuid', '100000', '--clear-groups', 'ls', path]);
    }
    expect(statSync(directory).uid).toBe(0);
    expect(await instance.lookup('one')).toMatchObject({ idMaps });
    await instance.delete(id);
  });

  it("gives the overlay the mode and owner of the caller's directory", async () => {
    const { instance, cleanup, directory } = createFixture({});
    onTestFinished(cleanup);
    execFileSync('chown', ['12:34', directory]);
    execFileSync('chmod', ['2751', directory]);
    const id = generateId();
    await instance.create({ id, name: 'one', source: { kind: 'directory', path: directory, overlay: true } });
    const { mode, uid, gid } = statSync(await instance.mount(id));
    expect([mode & 0o7777, uid, gid]).toEqual([0o2751, 12, 34]);
    await instance.delete(id);
  });
});

function createFixture(dependencies: DirDependencies) {
  const root = mkdtempSync('/var/tmp/tspod-dir-');
  const directory = join(root, 'caller');
  mkdirSync(directory);
  writeFileSync(join(directory, 'marker'), 'caller');
  return {
    instance: createDirStorage({ graphRoot: join(root, 'graph'), runRoot: join(root, 'run') }, dependencies),
    image: { id: imageId, name: imageName },
    directory,
    root,
    async cleanup() {
      const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .filter((line) => line.includes(` ${root}/`));
      for (const mount of mounts) execFileSync('umount', ['--lazy', mount.split(' ')[4] ?? '']);
      rmSync(root, { recursive: true, force: true });
      expect(mounts).toEqual([]);
    },
  } satisfies RootfsStorageFixture & { root: string };
}

/** Images whose one image is a directory; counts how often it is mounted. */
function imagesFrom(directory: string): DirDependencies & { mounts(): number } {
  const image: Image = {
    id: imageId,
    digest: undefined,
    digests: [],
    names: [imageName],
    namesHistory: [imageName],
    topLayer: undefined,
    createdAt: '2024-01-01T00:00:00Z',
    size: 0,
    readOnly: false,
    isManifestList: false,
  };
  let mounts = 0;
  return {
    mounts: () => mounts,
    images: {
      lookup: async ({ idOrPrefix }) => (idOrPrefix === imageId ? image : undefined),
      mount: async () => {
        mounts++;
        return directory;
      },
      unmount: async () => --mounts > 0,
    },
  };
}

function makeOddTree(path: string): void {
  const script = [
    'echo content > file',
    'ln file hard',
    'ln -s file soft',
    'ln -s /nowhere dangling',
    'mkdir -p directory/inside && chmod 1777 directory && chown 12:34 directory/inside',
    'chmod 6755 file',
    'mknod character c 1 3 && mknod block b 7 0 && mkfifo fifo',
    'truncate --size=1M sparse',
    'touch capable && setcap cap_net_raw+ep capable',
    'touch --date=2001-02-03T04:05:06.123456789Z file directory',
    'chown 56:78 . && chmod 0711 .',
  ];
  execFileSync('sh', ['-c', script.join(' && ')], { cwd: path });
}

/** Everything that a copy must keep, as text. */
function listing(path: string): string {
  const script =
    'find . ! -path . -printf "%p %y %m %U:%G %n %s %l %T+\\n" | sort; stat -c "%a %u:%g" .; stat -c "%n %t:%T" character block; getcap capable';
  return execFileSync('sh', ['-c', script], { cwd: path, encoding: 'utf8' });
}
