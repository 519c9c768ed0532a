import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { promisify } from 'node:util';
import {
  type BackendRoles,
  InvalidArgumentError,
  NotFoundError,
  NotSupportedError,
  type RootfsEntry,
  type RootfsStorage,
  type StorageBackendSettings,
  unusable,
  usable,
} from '@tspod/core';
import { directorySize } from '@tspod/linux';
import { createRecords, type TmpfsRecord } from './records.ts';

const execute = promisify(execFile);

/** Options of this storage, `--storage-opt tmpfs.size=64m`: how much memory a container's tree may take. */
const knownOption = /^size=\d+[kmg%]?$/;

/**
 * Root filesystems in memory: each container gets a tmpfs of its own with a copy of its image. A reboot empties it, and the
 * container begins again with what its image has.
 */
export function createTmpfsStorage(
  { graphRoot, runRoot, options }: StorageBackendSettings,
  { images, host }: BackendRoles['storage']['dependencies'],
): RootfsStorage {
  const unknown = options.find((option) => !knownOption.test(option));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`the storage "tmpfs" has no option "${unknown}"`, {
      code: 'invalid-storage-option',
      hint: 'it has tmpfs.size, e.g. tmpfs.size=64m',
    });
  }
  const records = createRecords(graphRoot, runRoot);
  const { paths } = records;

  function known(id: string): TmpfsRecord {
    const record = records.read(id);
    if (record !== undefined) return record;
    throw new NotFoundError(`no container with id ${id} in storage "tmpfs"`, { code: 'no-such-container' });
  }

  /** Mounts the tree's tmpfs and copies the image into it; undone when that fails. */
  async function fill(id: string, { imageId, mountOptions }: TmpfsRecord): Promise<void> {
    const { tree } = paths(id);
    mkdirSync(tree, { recursive: true, mode: 0o755 });
    await host.mount({ source: 'tmpfs', target: tree, type: 'tmpfs', options: ['mode=755', ...options, ...mountOptions] });
    try {
      const content = await images.mount(imageId);
      try {
        await execute('cp', ['--archive', '--one-file-system', '--', `${content}/.`, tree]);
      } finally {
        await images.unmount(imageId);
      }
    } catch (failure) {
      await host.unmount(tree);
      throw failure;
    }
  }

  async function remove(id: string): Promise<void> {
    await host.unmount(paths(id).tree);
    records.remove(id);
  }

  function entry(id: string): RootfsEntry {
    const { name, imageId, createdAt } = known(id);
    return { id, names: [name], imageId, createdAt, mounted: records.mounts(id) > 0 };
  }

  return {
    specVersion: 'v1',
    name: 'tmpfs',
    capabilities: { imageRoots: true, directoryRoots: false, needsImage: true },

    async probe() {
      return process.getuid?.() === 0 ? usable : unusable('storage "tmpfs" needs root');
    },

    async create({ id, name, source, mountOptions = [], createdAt = new Date().toISOString() }) {
      if (source.kind !== 'image') {
        throw new NotSupportedError('the storage "tmpfs" takes images only', { code: 'no-directory-roots' });
      }
      if ((await images.lookup({ idOrPrefix: source.imageId, names: [] })) === undefined) {
        throw new NotFoundError(`${source.imageName || source.imageId}: image not known`, { code: 'no-such-image' });
      }
      const record = { name, imageId: source.imageId, createdAt, mountOptions };
      records.claim(id, name);
      try {
        await fill(id, record);
        records.commit(id, record);
      } catch (failure) {
        await remove(id);
        throw failure;
      }
      return this.directories(id);
    },

    directories(id) {
      const { staticDir, runDir } = paths(id);
      return { staticDir, runDir };
    },

    async mount(id) {
      const record = known(id);
      const { tree } = paths(id);
      if (!(await host.isMountPoint(tree))) {
        await fill(id, record);
        records.setMounts(id, 0);
      }
      records.setMounts(id, records.mounts(id) + 1);
      return tree;
    },

    async unmount(id, { force = false } = {}) {
      const left = force ? 0 : Math.max(records.mounts(id) - 1, 0);
      if (records.mounts(id) > 0) records.setMounts(id, left);
      return left > 0;
    },

    delete: remove,

    async lookup(idOrName) {
      const id = records.read(idOrName) === undefined ? records.holder(idOrName) : idOrName;
      return id === undefined || records.read(id) === undefined ? undefined : entry(id);
    },

    list: async () => records.ids().map(entry),

    async rename(id, name) {
      const record = known(id);
      records.claimName(id, name);
      records.commit(id, { ...record, name });
      records.releaseNames(id, name);
    },

    async layout(id) {
      known(id);
      const { tree } = paths(id);
      return { UpperDir: tree, ...(records.mounts(id) > 0 ? { MergedDir: tree } : {}) };
    },

    async size(id) {
      known(id);
      return directorySize(paths(id).tree);
    },

    async close() {},
  };
}
