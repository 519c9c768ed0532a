import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateId } from '@tspod/core';
import { lockFile } from '@tspod/linux';
import { createSharedStore, type SharedStore, writeBusyboxArchive } from '@tspod/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOverlayStorage, type OverlayStorage } from './index.ts';

const imageName = 'localhost/busybox:latest';
let template: SharedStore;
let store: SharedStore;
let ours: OverlayStorage;
let imageId: string;

beforeAll(async () => {
  template = await createSharedStore();
  const archive = join(template.directory, 'image.tar');
  writeBusyboxArchive(archive, { name: imageName });
  await template.load(archive, imageName);
  const [image] = await createOverlayStorage(template).images.list();
  imageId = image?.id ?? '';
});

afterAll(() => template.cleanup());

beforeEach(async () => {
  store = await createSharedStore(template);
  ours = createOverlayStorage(store);
});

afterEach(async () => {
  await ours.storage.close();
  // Reading tools mount the driver's home and leave it so.
  const mounts = store.mounts().filter((path) => path !== join(store.graphRoot, 'overlay'));
  await store.cleanup();
  expect(mounts).toEqual([]);
});

async function make(name: string, volatile = false): Promise<string> {
  const id = generateId();
  await ours.storage.create({ id, name, source: { kind: 'image', imageId, imageName }, volatile });
  return id;
}

async function counts(): Promise<readonly number[]> {
  const records = JSON.parse(readFileSync(join(store.runRoot, 'overlay-layers/mountpoints.json'), 'utf8')) as { count: number }[];
  return records.map(({ count }) => count);
}

describe('containers', () => {
  it('of ours are seen and removed by podman', async () => {
    const id = await make('ours');
    const listed = JSON.parse(await store.podman('ps', '--all', '--external', '--format', 'json')) as {
      Id: string;
      Names: string[];
      Image: string;
      Status: string;
    }[];
    expect(listed).toMatchObject([{ Id: id, Names: ['ours'], Image: imageName, Status: 'Storage' }]);
    await expect(store.podman('rmi', imageName)).rejects.toThrow(id.slice(0, 12));
    await store.podman('rm', 'ours');
    expect(await ours.storage.lookup(id)).toBeUndefined();
    await ours.storage.delete(id);
    expect(await ours.storage.list()).toEqual([]);
    expect(readdirSync(join(store.graphRoot, 'overlay-containers')).filter((name) => name.startsWith(id))).toEqual([]);
    await ours.images.remove(imageId);
  });

  it('of others are listed, keep their names and hold their images', async () => {
    const byPodman = (await store.podman('create', '--name', 'theirs', imageName)).trim();
    await store.buildah('from', '--name', 'working', imageName);
    expect(await ours.storage.lookup('theirs')).toMatchObject({ id: byPodman, imageId, mounted: false });
    const byBuildah = await ours.storage.lookup('working');
    await expect(make('theirs')).rejects.toMatchObject({
      code: 'container-exists',
      message: `the container name "theirs" is already in use by ${byPodman}`,
      hint: expect.stringContaining('podman rm theirs'),
    });
    await expect(make('working')).rejects.toMatchObject({
      code: 'container-exists',
      hint: expect.stringContaining('buildah rm working'),
    });
    await expect(ours.images.remove(imageId)).rejects.toMatchObject({
      code: 'image-in-use',
      users: expect.arrayContaining([byPodman, byBuildah?.id]),
    });
    await store.podman('rm', 'theirs');
    await store.buildah('rm', 'working');
    expect(await ours.storage.list()).toEqual([]);
    await ours.images.remove(imageId);
    expect((await store.podman('images', '--quiet')).trim()).toBe('');
  });

  it('that only newer tools see are seen by us', async () => {
    const id = await make('volatile');
    await moveToVolatile('containers');
    await moveToVolatile('layers');
    const reopened = createOverlayStorage(store);
    expect(await reopened.storage.lookup('volatile')).toMatchObject({ id });
    await expect(make('volatile')).rejects.toMatchObject({ code: 'container-exists' });
    await expect(ours.images.remove(imageId)).rejects.toMatchObject({ code: 'image-in-use', users: [id] });
    const path = await ours.storage.mount(id);
    expect(existsSync(join(path, 'bin/busybox'))).toBe(true);
    await ours.storage.delete(id);
    expect(readFileSync(join(store.graphRoot, 'overlay-containers/volatile-containers.json'), 'utf8')).toBe('[]');
    expect(readFileSync(join(store.graphRoot, 'overlay-layers/volatile-layers.json'), 'utf8')).toBe('[]');
  });

  async function moveToVolatile(kind: 'containers' | 'layers'): Promise<void> {
    const path = join(store.graphRoot, `overlay-${kind}/${kind}.json`);
    const records = JSON.parse(readFileSync(path, 'utf8')) as { names?: string[] }[];
    const isOurs = ({ names }: { names?: string[] }) => names?.some((name) => name.startsWith('volatile'));
    writeFileSync(join(store.graphRoot, `overlay-${kind}/volatile-${kind}.json`), JSON.stringify(records.filter(isOurs)));
    writeFileSync(path, JSON.stringify(records.filter((record) => !isOurs(record))));
  }
});

describe('mounts', () => {
  it('are counted together with other tools', async () => {
    const id = await make('ours');
    const path = await ours.storage.mount(id);
    expect((await store.containersStorage('mount', 'ours')).trim()).toBe(path);
    expect(await counts()).toEqual([2]);
    expect(await ours.storage.unmount(id)).toBe(true);
    expect(existsSync(join(path, 'bin/busybox'))).toBe(true);
    await store.containersStorage('unmount', 'ours');
    expect(await counts()).toEqual([]);
    await store.containersStorage('mount', 'ours');
    expect(await ours.storage.mount(id)).toBe(path);
    await store.containersStorage('unmount', 'ours');
    expect(await ours.storage.unmount(id)).toBe(false);
    await ours.storage.delete(id);
  });

  it('of ours survive other tools, and theirs survive us', async () => {
    const id = await make('ours');
    const path = await ours.storage.mount(id);
    await store.podman('ps', '--all');
    await store.containersStorage('layers');
    await store.podman('images');
    expect(existsSync(join(path, 'bin/busybox'))).toBe(true);
    writeFileSync(join(path, 'written'), 'content');

    await store.podman('create', '--name', 'theirs', imageName);
    const theirPath = (await store.podman('mount', 'theirs')).trim();
    await ours.storage.unmount(id);
    await ours.storage.close();
    expect(existsSync(join(theirPath, 'bin/busybox'))).toBe(true);
    await store.podman('unmount', 'theirs');
    await store.podman('rm', 'theirs');
    await ours.storage.delete(id);
  });

  it('of images are shared with podman', async () => {
    const path = await ours.images.mount(imageId);
    expect((await store.podman('image', 'mount', imageName)).trim()).toBe(path);
    expect(await ours.images.unmount(imageId)).toBe(true);
    await store.podman('image', 'unmount', imageName);
    expect(await ours.images.unmount(imageId)).toBe(false);
  });

  it('of a volatile container are volatile', async () => {
    const id = await make('ours', true);
    const path = await ours.storage.mount(id);
    const line = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((entry) => entry.includes(path));
    expect(line).toMatch(/volatile/);
    await ours.storage.unmount(id);
    await store.containersStorage('mount', 'ours');
    await store.containersStorage('unmount', 'ours');
    await ours.storage.delete(id);
  });

  it('have the options of the storage, or of the container', async () => {
    const withOptions = createOverlayStorage({ ...store, mountOptions: ['nodev'] });
    const options = (path: string) =>
      readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .find((entry) => entry.includes(path))
        ?.split(' ')[5];
    const usual = await make('usual');
    expect(options(await withOptions.storage.mount(usual))).toContain('nodev');
    const special = generateId();
    await ours.storage.create({
      id: special,
      name: 'special',
      source: { kind: 'image', imageId, imageName },
      mountOptions: ['nosuid'],
    });
    const path = await withOptions.storage.mount(special);
    expect(options(path)).toContain('nosuid');
    expect(options(path)).not.toContain('nodev');
    await ours.storage.delete(usual);
    await ours.storage.delete(special);
  });

  it('are forgotten when the run root is emptied, as by a reboot', async () => {
    const id = await make('ours');
    writeFileSync(join(await ours.storage.mount(id), 'kept'), 'content');
    for (const point of [...store.mounts()].reverse()) await unmountByHand(point);
    rmSync(store.runRoot, { recursive: true });
    const reopened = createOverlayStorage(store);
    expect((await reopened.storage.lookup(id))?.mounted).toBe(false);
    expect(readFileSync(join(await reopened.storage.mount(id), 'kept'), 'utf8')).toBe('content');
    expect(await counts()).toEqual([1]);
    await reopened.storage.delete(id);
    await reopened.storage.close();
  });

  it('whose count is wrong are made anew', async () => {
    const id = await make('ours');
    const path = await ours.storage.mount(id);
    await unmountByHand(path);
    expect((await ours.storage.lookup(id))?.mounted).toBe(false);
    await ours.storage.mount(id);
    expect(existsSync(join(path, 'bin/busybox'))).toBe(true);
    expect(await counts()).toEqual([1]);
    await ours.storage.delete(id);
  });
});

describe('images', () => {
  it('have the size, names and digests that podman says', async () => {
    await store.podman('tag', imageName, 'localhost/second:name');
    await ours.images.tag(imageId, 'localhost/third:name');
    const [theirs] = JSON.parse(await store.podman('image', 'inspect', imageName)) as [
      { Size: number; RepoTags: string[]; NamesHistory: string[]; Digest: string },
    ];
    const image = await ours.images.lookup({ names: ['localhost/second:name'] });
    expect(image).toMatchObject({
      size: theirs.Size,
      names: theirs.RepoTags,
      namesHistory: theirs.NamesHistory,
      digest: theirs.Digest,
    });
  });

  it('that we tag and untag run under their names in podman, and the reverse', async () => {
    await ours.images.tag(imageId, 'localhost/ours:one');
    const argv = ['run', '--rm', '--network', 'none', '--runtime', 'crun', 'localhost/ours:one', 'echo', 'hello'];
    expect(await store.podman(...argv)).toBe('hello\n');
    await ours.images.untag(imageId, 'localhost/ours:one');
    await expect(store.podman('image', 'inspect', 'localhost/ours:one')).rejects.toThrow();
    await store.podman('tag', imageName, 'localhost/theirs:one');
    expect((await ours.images.lookup({ names: ['localhost/theirs:one'] }))?.id).toBe(imageId);
    await store.podman('untag', imageName, 'localhost/theirs:one');
    expect(await ours.images.lookup({ names: ['localhost/theirs:one'] })).toBeUndefined();
    await store.podman('rmi', imageName);
    expect(await ours.images.list()).toEqual([]);
  });

  it('that buildah made in steps are listed and mounted, and go with the nameless images they were made from', async () => {
    writeFileSync(
      join(store.directory, 'Dockerfile'),
      `FROM ${imageName}\nRUN echo one > /one\nRUN echo two > /two\nCMD ["true"]\n`,
    );
    await store.buildah('bud', '--layers', '--isolation', 'chroot', '--tag', 'localhost/child:latest', store.directory);
    const images = await ours.images.list();
    expect(images.filter(({ names }) => names.length === 0)).toHaveLength(2);
    const child = await ours.images.lookup({ names: ['localhost/child:latest'] });
    const path = await ours.images.mount(child?.id ?? '');
    expect([readFileSync(join(path, 'one'), 'utf8'), readFileSync(join(path, 'two'), 'utf8')]).toEqual(['one\n', 'two\n']);
    await ours.images.unmount(child?.id ?? '');
    expect(await ours.images.remove(child?.id ?? '')).toHaveLength(3);
    expect((await ours.images.list()).map(({ names }) => names)).toEqual([[imageName]]);
    expect((await store.containersStorage('layers')).match(/^[0-9a-f]{64}$/gm)).toHaveLength(1);
    expect(readdirSync(join(store.graphRoot, 'overlay/l'))).toHaveLength(1);
  });

  it('that are lists of manifests are told apart', async () => {
    await store.buildah('manifest', 'create', 'localhost/list:latest', imageName);
    const list = await ours.images.lookup({ names: ['localhost/list:latest'] });
    expect(list).toMatchObject({ isManifestList: true, topLayer: undefined });
    await expect(ours.images.mount(list?.id ?? '')).rejects.toMatchObject({ code: 'image-without-layer' });
    await ours.images.remove(list?.id ?? '');
    expect(await store.podman('images', '--quiet')).toBe(`${imageId.slice(0, 12)}\n`);
  });

  it('of an additional store can be used but not changed', async () => {
    const own = await createSharedStore();
    const both = createOverlayStorage({ ...own, additionalImageStores: [store.graphRoot] });
    try {
      const image = await both.images.lookup({ names: [imageName] });
      expect(image).toMatchObject({ id: imageId, readOnly: true });
      const id = generateId();
      await both.storage.create({ id, name: 'one', source: { kind: 'image', imageId, imageName } });
      expect(existsSync(join(await both.storage.mount(id), 'bin/busybox'))).toBe(true);
      expect(existsSync(join(await both.images.mount(imageId), 'bin/busybox'))).toBe(true);
      expect(await both.images.unmount(imageId)).toBe(false);
      await expect(both.images.tag(imageId, 'localhost/other:name')).rejects.toMatchObject({ code: 'read-only-image' });
      await expect(both.images.remove(imageId)).rejects.toMatchObject({ code: 'read-only-image' });
      await both.storage.delete(id);
      await both.storage.close();
      expect(own.mounts()).toEqual([]);
    } finally {
      await own.cleanup();
    }
  });
});

describe('locks and records', () => {
  it('that we hold make other tools wait', async () => {
    const lock = await lockFile(join(store.graphRoot, 'overlay-layers/layers.lock'), 'write');
    let isDone = false;
    const listing = store.containersStorage('layers').then(() => {
      isDone = true;
    });
    await sleep(500);
    expect(isDone).toBe(false);
    lock.release();
    await listing;
  });

  it('keep keys that we do not know', async () => {
    const id = await make('ours');
    for (const [directory, file] of [
      ['overlay-containers', 'containers.json'],
      ['overlay-layers', 'layers.json'],
      ['overlay-images', 'images.json'],
    ] as const) {
      const path = join(store.graphRoot, directory, file);
      const records = JSON.parse(readFileSync(path, 'utf8')) as object[];
      writeFileSync(path, JSON.stringify(records.map((record) => ({ ...record, 'new-key': { nested: ['<&>'] } }))));
    }
    const other = await make('other');
    await ours.images.tag(imageId, 'localhost/other:name');
    await ours.storage.delete(other);
    for (const path of ['overlay-containers/containers.json', 'overlay-layers/layers.json', 'overlay-images/images.json']) {
      const text = readFileSync(join(store.graphRoot, path), 'utf8');
      expect(text).toContain('"new-key":{"nested":["\\u003c\\u0026\\u003e"]}');
    }
    expect(await ours.storage.lookup('ours')).toMatchObject({ id });
    await ours.storage.delete(id);
  });

  it('that are damaged are reported with their path and left alone', async () => {
    const id = await make('ours');
    for (const path of ['overlay-layers/layers.json', 'overlay-containers/containers.json', 'overlay-images/images.json']) {
      const file = join(store.graphRoot, path);
      const whole = readFileSync(file, 'utf8');
      for (const damaged of [whole.slice(0, -20), '{}', '[{"id":7}]', '[null]']) {
        writeFileSync(file, damaged);
        await expect(make('another')).rejects.toMatchObject({ kind: 'corrupt', path: file });
        expect(readFileSync(file, 'utf8')).toBe(damaged);
      }
      writeFileSync(file, whole);
    }
    expect(await ours.storage.lookup('another')).toBeUndefined();
    await ours.storage.delete(id);
  });

  it('with names that are no ids lead nowhere', async () => {
    const id = await make('ours');
    const path = join(store.graphRoot, 'overlay-containers/containers.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"layer":"[0-9a-f]+"/, '"layer":"../../../etc"'));
    await expect(ours.storage.mount(id)).rejects.toThrow();
    await expect(ours.storage.size(id)).rejects.toMatchObject({ code: 'invalid-id' });
    await ours.storage.delete(id);
    expect(existsSync('/etc/passwd')).toBe(true);
  });
});

describe('stores that we can not use', () => {
  it('are refused with the reason', async () => {
    const { graphRoot } = store;
    const reasonOf = async (instance: OverlayStorage) => {
      const usability = await instance.storage.probe();
      await expect(
        instance.storage.create({ id: generateId(), name: 'one', source: { kind: 'image', imageId, imageName } }),
      ).rejects.toThrow();
      return usability.usable ? 'usable' : usability.reason;
    };
    expect(await reasonOf(createOverlayStorage({ ...store, mountProgram: '/usr/bin/fuse-overlayfs' }))).toContain(
      '/usr/bin/fuse-overlayfs',
    );
    expect(await reasonOf(createOverlayStorage({ ...store, forceMask: 'shared' }))).toContain('force_mask shared');
    writeFileSync(join(graphRoot, 'overlay/.has-mount-program'), 'true');
    expect(await reasonOf(createOverlayStorage(store))).toContain(graphRoot);
    writeFileSync(join(graphRoot, 'overlay/.has-mount-program'), 'false');
    const other = join(store.directory, 'other');
    mkdirSync(join(other, 'vfs-layers'), { recursive: true });
    writeFileSync(join(other, 'vfs-layers/layers.json'), '[]');
    expect(await reasonOf(createOverlayStorage({ ...store, graphRoot: other }))).toContain('"vfs"');
    expect(readdirSync(other)).toEqual(['vfs-layers']);
  });

  it('in composefs format are refused when they are mounted', async () => {
    const id = await make('ours');
    const top = (await ours.images.lookup({ names: [imageName] }))?.topLayer ?? '';
    mkdirSync(join(store.graphRoot, 'overlay', top, 'composefs-data'));
    await expect(ours.storage.mount(id)).rejects.toMatchObject({
      kind: 'not-supported',
      code: 'composefs-layer',
      message: expect.stringContaining(top),
    });
    await ours.storage.delete(id);
  });
});

describe('many layers and many processes', () => {
  it('mounts 130 layers, and as many as old tools can in both directions', async () => {
    const layers = Array.from({ length: 129 }, (_, index) => ({ [`layers/${index}`]: `${index}` }));
    const archive = join(store.directory, 'many.tar');
    for (const [name, count] of [
      ['localhost/many:100', 99],
      ['localhost/many:130', 129],
    ] as const) {
      writeBusyboxArchive(archive, { name, layers: layers.slice(0, count) });
      await store.load(archive, name);
    }
    const big = await ours.images.lookup({ names: ['localhost/many:130'] });
    const id = generateId();
    await ours.storage.create({
      id,
      name: 'big',
      source: { kind: 'image', imageId: big?.id ?? '', imageName: 'localhost/many:130' },
    });
    const path = await ours.storage.mount(id);
    expect(readdirSync(join(path, 'layers'))).toHaveLength(129);
    expect(readFileSync(join(path, 'layers/0'), 'utf8')).toBe('0');
    writeFileSync(join(path, 'layers/0'), 'changed');
    expect(await ours.storage.size(id)).toBe(7);
    await ours.storage.delete(id);

    const medium = await ours.images.lookup({ names: ['localhost/many:100'] });
    const shared = generateId();
    await ours.storage.create({
      id: shared,
      name: 'medium',
      source: { kind: 'image', imageId: medium?.id ?? '', imageName: 'localhost/many:100' },
    });
    const theirs = (await store.containersStorage('mount', 'medium')).trim();
    expect(readdirSync(join(theirs, 'layers'))).toHaveLength(99);
    await store.containersStorage('unmount', 'medium');
    const again = await ours.storage.mount(shared);
    expect(readdirSync(join(again, 'layers'))).toHaveLength(99);
    await ours.storage.delete(shared);
  });

  it('leaves nothing and loses nothing when eight processes work at once', async () => {
    await ours.storage.delete(await make('first'));
    const snapshot = () =>
      ['overlay', 'overlay/l', 'overlay-layers', 'overlay-containers'].map((name) =>
        readdirSync(join(store.graphRoot, name))
          .filter((entry) => !entry.endsWith('.lock'))
          .sort(),
      );
    const before = snapshot();
    const workers = Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? ourWorker(index) : theirWorker(index)));
    await Promise.all(workers);
    expect(snapshot()).toEqual(before);
    expect(await counts()).toEqual([]);
    expect(await ours.storage.list()).toEqual([]);
    expect((await store.containersStorage('containers')).trim()).toBe('');
  });
});

const cycles = 5;

function ourWorker(index: number): Promise<void> {
  const script = `
    import { existsSync } from 'node:fs';
    const { createOverlayStorage } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    const { randomBytes } = await import('node:crypto');
    const { storage } = createOverlayStorage(${JSON.stringify({ graphRoot: store.graphRoot, runRoot: store.runRoot })});
    for (let cycle = 0; cycle < ${cycles}; cycle++) {
      const id = randomBytes(32).toString('hex');
      const source = { kind: 'image', imageId: ${JSON.stringify(imageId)}, imageName: ${JSON.stringify(imageName)} };
      await storage.create({ id, name: 'worker${index}-' + cycle, source });
      const path = await storage.mount(id);
      if (!existsSync(path + '/bin/busybox')) throw new Error(path + ' is empty');
      if (await storage.unmount(id)) throw new Error('still mounted');
      await storage.delete(id);
      await storage.close();
    }
  `;
  const child = spawn(process.execPath, ['--conditions=tspod-source', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`worker ${index} ended with ${code ?? signal}`)),
    );
  });
}

async function theirWorker(index: number): Promise<void> {
  for (let cycle = 0; cycle < cycles; cycle++) {
    const name = `worker${index}-${cycle}`;
    await store.containersStorage('create-container', '--name', name, imageName);
    const path = (await store.containersStorage('mount', name)).trim();
    if (!existsSync(join(path, 'bin/busybox'))) throw new Error(`${path} is empty`);
    await store.containersStorage('unmount', name);
    await store.containersStorage('delete-container', name);
  }
}

async function unmountByHand(path: string): Promise<void> {
  const child = spawn('umount', ['--lazy', path], { stdio: 'inherit' });
  await new Promise((resolve) => child.on('exit', resolve));
}
