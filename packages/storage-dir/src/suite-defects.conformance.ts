import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AlreadyExistsError, type RootfsStorage } from '@tspod/core';
import { rootfsStorageChecks } from '@tspod/testkit';
import { expect, it } from 'vitest';
import { createDirStorage } from './index.ts';

/** A way to break this storage, by the beginning of the names of the checks that have to notice. */
const defects: Readonly<Record<string, (storage: RootfsStorage, directory: string) => Partial<RootfsStorage>>> = {
  'says that it is usable': () => ({ probe: async () => ({ usable: false, reason: 'broken' }) }),
  'is empty at first': (storage) => ({ unmount: async (id) => (await storage.unmount(id)) || true }),
  'lets no id out': () => ({ delete: async () => undefined }),
  'can be closed twice': (storage) => {
    let isClosed = false;
    return {
      close: async () => {
        if (isClosed) throw new Error('closed');
        isClosed = true;
        await storage.close();
      },
    };
  },
  'refuses a directory that is not there': (storage, directory) => ({
    create: (request) => storage.create({ ...request, source: { kind: 'directory', path: directory, overlay: false } }),
  }),
  'refuses a directory that is a file': (storage, directory) => ({
    create: (request) => storage.create({ ...request, source: { kind: 'directory', path: directory, overlay: false } }),
  }),
  'refuses images, as its capabilities say': (storage, directory) => ({
    create: (request) => storage.create({ ...request, source: { kind: 'directory', path: directory, overlay: false } }),
  }),
  'makes both directories for root alone': (storage) => ({
    create: async (request) => {
      const made = await storage.create(request);
      rmSync(made.runDir, { recursive: true });
      return made;
    },
  }),
  'answers from create what directories answers': (storage) => ({
    create: async (request) => ({ ...(await storage.create(request)), runDir: '/run' }),
  }),
  'shows the content while mounted and counts mounts': (storage) => ({
    unmount: (id) => storage.unmount(id, { force: true }),
  }),
  'unmounts all at once when forced': (storage) => ({ unmount: (id) => storage.unmount(id) }),
  'takes unmounting what is not mounted as done': () => ({
    unmount: async () => {
      throw new Error('not mounted');
    },
  }),
  'counts mounts that are asked for at the same time': (storage) => ({ unmount: (id) => storage.unmount(id, { force: true }) }),
  'finds by whole id and whole name, and lists': (storage) => ({
    lookup: async (key) => (await storage.list()).find(({ id, names }) => id.startsWith(key) || names.includes(key)),
  }),
  'gives another name, if it can': (storage) => ({
    rename: async (id, name) => {
      const holder = await storage.lookup(name);
      if (holder && holder.id !== id) await storage.delete(holder.id);
      await storage.rename?.(id, name);
    },
  }),
  'says where it is mounted and how often': (storage) => ({
    lookup: async (key) => {
      const entry = await storage.lookup(key);
      return entry && { ...entry, mountCount: entry.mounted ? 1 : 0 };
    },
  }),
  'tells what was added, changed and deleted': () => ({ diff: async () => [] }),
  'knows the size of what it was made of': () => ({ baseSize: async () => 0 }),
  'refuses an id that is taken': (storage) => ({
    create: async (request) => {
      if (await storage.lookup(request.id)) await storage.delete(request.id);
      return storage.create(request);
    },
  }),
  'refuses a name that is taken': (storage) => ({
    create: async (request) => {
      const holder = await storage.lookup(request.name);
      if (holder) await storage.delete(holder.id);
      return storage.create(request);
    },
  }),
  'gives a name to one of those who ask': (storage) => ({
    create: async (request) => {
      const holder = await storage.lookup(request.name);
      await new Promise(setImmediate);
      if (holder) throw new AlreadyExistsError('taken', { code: 'container-exists' });
      return storage.create({ ...request, name: `${request.name}-${request.id.slice(0, 4)}` });
    },
  }),
  'deletes everything': (storage) => ({
    delete: async (id) => {
      await storage.delete(id);
      mkdirSync(storage.directories(id).runDir, { recursive: true });
    },
  }),
  'keeps what was written between mounts': (storage) => ({
    unmount: async (id, options) => {
      rmSync(join(await storage.mount(id), 'kept'), { force: true });
      await storage.unmount(id);
      return storage.unmount(id, options);
    },
  }),
  'mounts a volatile container more than once': (storage) => {
    const seen = new Set<string>();
    return {
      mount: async (id) => {
        if (seen.has(id)) throw new Error('EINVAL');
        seen.add(id);
        return storage.mount(id);
      },
    };
  },
  'keeps the changes of containers apart': (_, directory) => ({ mount: async () => directory }),
  'measures what a container wrote': () => ({ size: async () => 0 }),
  'uses the directory as it is': (storage, directory) => ({
    delete: async (id) => {
      await storage.delete(id);
      rmSync(directory, { recursive: true });
    },
  }),
};

it.each(Object.keys(defects))('the suite notices a storage that breaks "%s"', async (beginning) => {
  const checks = rootfsStorageChecks.filter(({ name }) => name.startsWith(beginning));
  expect(checks).not.toEqual([]);
  for (const check of checks) {
    const root = mkdtempSync('/var/tmp/tspod-defect-');
    const directory = join(root, 'caller');
    mkdirSync(directory);
    writeFileSync(join(directory, 'marker'), 'caller');
    const storage = createDirStorage({ graphRoot: join(root, 'graph'), runRoot: join(root, 'run') });
    try {
      if (!check.needs(storage.capabilities)) continue;
      const broken = { ...storage, ...defects[beginning]?.(storage, directory) };
      await expect(check.run({ instance: broken, directory, cleanup: async () => undefined }), check.name).rejects.toThrow();
    } finally {
      for (const { id } of await storage.list()) await storage.delete(id);
      rmSync(root, { recursive: true });
    }
  }
});

it('has a defect for every check that applies to directories', () => {
  const { capabilities } = createDirStorage({ graphRoot: '/graph', runRoot: '/run' });
  const unproven = rootfsStorageChecks
    .filter(({ needs }) => needs(capabilities))
    .filter(({ name }) => !Object.keys(defects).some((beginning) => name.startsWith(beginning)));
  expect(unproven.map(({ name }) => name)).toEqual([]);
});
