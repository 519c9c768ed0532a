import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  AlreadyExistsError,
  CorruptError,
  hostId,
  type IdMaps,
  isId,
  NotFoundError,
  NotSupportedError,
  type RootfsEntry,
  type RootfsRequest,
  type RootfsStorage,
  unusable,
  usable,
  withImageTree,
  withUndoFailure,
} from '@tspod/core';
import { directorySize, isMountPoint, mountOverlay, removeTree, unmount } from '@tspod/linux';
import { type ContainerPaths, createDirPaths } from './dir-paths.ts';
import { type DirRecord, readRecord, writeRecord } from './dir-record.ts';
import type { DirDependencies, DirSettings } from './dir-settings.ts';
import { changeMountCount, hasMountCount, type MountCount, readMountCount } from './mount-counts.ts';
import { createNameLinks } from './name-links.ts';
import { sourceDirectory } from './source-directory.ts';

/**
 * Root filesystems that are plain directories: the caller's own, as it is or under an overlay, or a full copy of an image.
 *
 * A caller's directory that is used as it is is written to by its containers, and never removed.
 *
 * @throws {InvalidArgumentError} `relative-path` when a root is not absolute.
 */
export function createDirStorage(settings: DirSettings, dependencies: DirDependencies = {}): RootfsStorage {
  const { images } = dependencies;
  const paths = createDirPaths(settings);
  const names = createNameLinks(paths.names, (id) => isId(id) && existsSync(paths.of(id).record));

  function completeRecord(id: string): DirRecord | undefined {
    const record = isId(id) ? readRecord(paths.of(id).record) : undefined;
    return record?.incomplete ? undefined : record;
  }

  function knownRecord(id: string): DirRecord {
    const record = completeRecord(id);
    if (record) return record;
    throw new NotFoundError(`no container with id ${id} in storage "dir"`, { code: 'no-such-container' });
  }

  function entry(id: string, record: DirRecord): RootfsEntry {
    const counted = readMountCount(paths.of(id));
    const mounted = counted !== undefined && isStillMounted(record, counted) ? counted : undefined;
    return {
      id,
      names: [record.name],
      imageId: record.source.kind === 'image' ? record.source.imageId : '',
      createdAt: record.createdAt,
      mounted: mounted !== undefined,
      mountPoint: mounted?.path,
      mountCount: mounted?.count ?? 0,
      idMaps: record.idMaps,
    };
  }

  async function checkSource({ source }: RootfsRequest): Promise<RootfsRequest['source']> {
    if (source.kind === 'directory') {
      return { ...source, path: sourceDirectory(source.path, source.overlay, paths.graphRoot) };
    }
    if (!images) throw new NotSupportedError('storage "dir" was set up without images', { code: 'no-image-store' });
    if (await images.lookup({ idOrPrefix: source.imageId, names: [] })) return source;
    throw new NotFoundError(`${source.imageName || source.imageId}: image not known`, { code: 'no-such-image' });
  }

  function claim(id: string, name: string): void {
    const holder = names.claim(name, id);
    if (holder === undefined) return;
    throw new AlreadyExistsError(`the container name "${name}" is already in use by ${holder}`, {
      code: 'container-exists',
      hint: `remove it with \`tspod rm ${name}\`, or use another name`,
    });
  }

  async function fill(container: ContainerPaths, source: RootfsRequest['source']): Promise<void> {
    for (const directory of [container.staticDir, container.runDir]) mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (source.kind === 'image') await copyImage(source.imageId, container.copy);
    else if (source.overlay) makeUpper(source.path, container);
  }

  async function copyImage(imageId: string, target: string): Promise<void> {
    if (!images) throw new NotSupportedError('storage "dir" was set up without images', { code: 'no-image-store' });
    const { copyTree } = await import('./copy-tree.ts');
    await withImageTree(images, imageId, async (tree) => {
      mkdirSync(target, { mode: 0o700 });
      await copyTree(tree, target);
    });
  }

  async function remove(id: string): Promise<void> {
    const container = paths.of(id);
    if (hasMountCount(container) || existsSync(container.mountPoint)) {
      await changeMountCount(container, () => {
        unmount(container.mountPoint, { detach: true });
        return undefined;
      });
    }
    await removeTree(container.runDirectory);
    if (!existsSync(container.directory)) return;
    // The record goes last: as long as it is there an interrupted removal can be found and finished.
    for (const name of readdirSync(container.directory)) {
      const path = join(container.directory, name);
      if (path !== container.record) await removeTree(path);
    }
    names.releaseAll(id, nameIn(container));
    await removeTree(container.directory);
  }

  function mountRoot(container: ContainerPaths, { source, mountOptions, mountLabel }: DirRecord): string {
    if (source.kind === 'image') return container.copy;
    const directory = sourceDirectory(source.path, source.overlay, paths.graphRoot);
    if (!source.overlay) return directory;
    mkdirSync(container.mountPoint, { recursive: true, mode: 0o700 });
    mountOverlay({
      lowerDirectories: [directory],
      upper: { directory: container.upper, work: container.work },
      target: container.mountPoint,
      options: [...(mountOptions ?? settings.mountOptions ?? []), ...(mountLabel ? [`context="${mountLabel}"`] : [])],
    });
    return container.mountPoint;
  }

  return {
    specVersion: 'v1',
    name: 'dir',
    capabilities: { imageRoots: images !== undefined, directoryRoots: true, needsImage: false },

    async probe() {
      return process.getuid?.() === 0 ? usable : unusable('storage "dir" needs root');
    },

    async create(request) {
      const { id, name } = request;
      const container = paths.of(id);
      if (readRecord(container.record)) throw new AlreadyExistsError(`container ${id} exists already`, { code: 'id-exists' });
      const source = await checkSource(request);
      const record: DirRecord = {
        name,
        source,
        createdAt: request.createdAt ?? new Date().toISOString(),
        ...(request.mountOptions && { mountOptions: request.mountOptions }),
        ...(request.mountLabel && { mountLabel: request.mountLabel }),
        ...(request.idMaps && { idMaps: request.idMaps }),
      };
      const durable = !request.volatile;
      mkdirSync(container.directory, { recursive: true, mode: 0o700 });
      mkdirSync(paths.names, { recursive: true, mode: 0o700 });
      writeRecord(container.record, { ...record, incomplete: true }, durable);
      try {
        claim(id, name);
      } catch (failure) {
        // a monitor that is just ending may write an exit into it meanwhile
        rmSync(container.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 5 });
        throw failure;
      }
      try {
        await fill(container, source);
        if (request.idMaps) giveAway(container, request.idMaps);
        writeRecord(container.record, record, durable);
      } catch (failure) {
        await remove(id).catch((undoFailure: unknown) => {
          throw withUndoFailure(failure, undoFailure);
        });
        throw failure;
      }
      return { staticDir: container.staticDir, runDir: container.runDir };
    },

    directories(id) {
      const { staticDir, runDir } = paths.of(id);
      return { staticDir, runDir };
    },

    async mount(id) {
      const record = knownRecord(id);
      const container = paths.of(id);
      const mounted = await changeMountCount(container, (current) => {
        if (current && isStillMounted(record, current)) return { ...current, count: current.count + 1 };
        return { count: 1, path: mountRoot(container, record) };
      });
      return mounted.path;
    },

    async unmount(id, { force = false } = {}) {
      const container = paths.of(id);
      if (!hasMountCount(container)) return false;
      const left = await changeMountCount(container, (current) => {
        if (current && current.count > 1 && !force) return { ...current, count: current.count - 1 };
        unmount(container.mountPoint, { detach: true });
        return undefined;
      });
      return left !== undefined;
    },

    delete: remove,

    async lookup(idOrName) {
      const id = completeRecord(idOrName) ? idOrName : names.holderOf(idOrName);
      const record = id === undefined ? undefined : completeRecord(id);
      return id !== undefined && record ? entry(id, record) : undefined;
    },

    async list() {
      if (!existsSync(paths.containers)) return [];
      return readdirSync(paths.containers).flatMap((id) => {
        const record = completeRecord(id);
        return record ? [entry(id, record)] : [];
      });
    },

    async rename(id, name) {
      const { record: path } = paths.of(id);
      const record = knownRecord(id);
      claim(id, name);
      if (record.name === name) {
        // an interrupted call may have left the name that the container was to get, or had
        names.releaseAll(id, undefined, { except: name });
        return;
      }
      try {
        writeRecord(path, { ...record, name }, true);
      } catch (failure) {
        names.releaseAll(id, name);
        throw failure;
      }
      names.releaseAll(id, record.name);
    },

    async size(id) {
      const { source } = knownRecord(id);
      const { copy, upper } = paths.of(id);
      if (source.kind === 'image') return directorySize(copy);
      return source.overlay ? directorySize(upper) : 0;
    },

    async baseSize(id) {
      const { source } = knownRecord(id);
      if (source.kind === 'directory') return directorySize(source.path);
      return images ? withImageTree(images, source.imageId, directorySize) : 0;
    },

    async diff(id) {
      const { source } = knownRecord(id);
      const { overlayChanges, treeChanges } = await import('@tspod/archive');
      if (source.kind === 'image' && images) {
        return withImageTree(images, source.imageId, async (tree) => treeChanges(tree, paths.of(id).copy));
      }
      if (source.kind === 'directory' && source.overlay) return overlayChanges(paths.of(id).upper, [source.path]);
      throw new NotSupportedError(`container ${id} has nothing to be compared with`, {
        code: 'no-diff-base',
        hint: 'its root filesystem is a directory that is used as it is; use --rootfs DIRECTORY:O to keep changes apart',
      });
    },

    async layout(id) {
      const { source } = knownRecord(id);
      const { copy, upper, work } = paths.of(id);
      const mountPoint = entry(id, knownRecord(id)).mountPoint;
      const merged: Record<string, string> = mountPoint === undefined ? {} : { MergedDir: mountPoint };
      if (source.kind === 'image') return { ...merged, UpperDir: copy };
      return source.overlay
        ? { LowerDir: source.path, ...merged, UpperDir: upper, WorkDir: work }
        : { ...merged, UpperDir: source.path };
    },

    async *layerArchive(id) {
      const { packTree } = await import('@tspod/archive');
      const root = await this.mount(id);
      try {
        yield* packTree(root);
      } finally {
        await this.unmount(id);
      }
    },

    async close() {},
  };
}

/** The recorded name, or undefined when the record is missing or damaged: that must not keep a container from being removed. */
function nameIn({ record }: ContainerPaths): string | undefined {
  try {
    return readRecord(record)?.name;
  } catch (error) {
    if (error instanceof CorruptError) return undefined;
    throw error;
  }
}

/** A count is worth nothing when its mount is gone, after a reboot with a run root on disk for example. */
function isStillMounted({ source }: DirRecord, { path }: MountCount): boolean {
  return source.kind === 'directory' && source.overlay ? isMountPoint(path) : true;
}

/**
 * The root of a user namespace gets the container's directories, and the root of its overlay, and can pass through to them. The caller's
 * own directory is as it is.
 */
function giveAway(container: ContainerPaths, { uid, gid }: IdMaps): void {
  for (const path of container.passage) chmodSync(path, 0o711);
  for (const path of [container.staticDir, container.runDir, container.upper]) {
    if (existsSync(path)) chownSync(path, hostId(uid, 0) ?? 0, hostId(gid, 0) ?? 0);
  }
}

/** Where changes over a directory go; the root directory looks as the caller's does. */
function makeUpper(directory: string, { upper, work }: ContainerPaths): void {
  const { mode, uid, gid } = statSync(directory);
  mkdirSync(work, { mode: 0o700 });
  mkdirSync(upper);
  chownSync(upper, uid, gid);
  chmodSync(upper, mode & 0o7777);
}
