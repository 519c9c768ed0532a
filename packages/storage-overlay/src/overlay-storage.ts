import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NotFoundError, NotSupportedError, type RootfsEntry, type RootfsStorage, unusable, usable } from '@tspod/core';
import { directorySize, isMountPoint } from '@tspod/linux';
import { createContainer, ownedLayers, refuseTakenName } from './create-container.ts';
import { contentDirectories } from './layer-directory.ts';
import { mountLayer, unmountLayer } from './layer-mounts.ts';
import type { ContainerRecord } from './records.ts';
import { type ChainedLayer, removeLayers, type Store } from './store.ts';
import { storeFault } from './store-check.ts';

/** Root filesystems from images, in a store that podman and its relatives share. */
export function createOverlayRootfs(store: Store): RootfsStorage {
  const { paths, settings } = store;

  const missing = (id: string) =>
    new NotFoundError(`no container with id ${id} in ${paths.graphRoot}`, { code: 'no-such-container' });

  function record(id: string): ContainerRecord {
    const container = store.containers.read().find((other) => other.id === id);
    if (container) return container;
    throw missing(id);
  }

  function entries(containers: readonly ContainerRecord[]): readonly RootfsEntry[] {
    const mounts = containers.length > 0 ? store.mounts.read() : [];
    return containers.map((container) => {
      const mount = mounts.find(({ id, count, path }) => id === container.layer && count > 0 && isMountPoint(path));
      return {
        id: container.id,
        names: container.names ?? [],
        imageId: container.image,
        createdAt: container.created ?? '',
        mounted: mount !== undefined,
        mountPoint: mount?.path,
        mountCount: mount?.count ?? 0,
      };
    });
  }

  /** What lies below the container's own changes, uppermost first. */
  function lowerDirectories(id: string): readonly string[] {
    const [own, ...below] = store.chainOf(record(id).layer, store.readLayers());
    const isMapped = ({ record: { uidmap, gidmap } }: ChainedLayer) => (uidmap?.length ?? 0) > 0 || (gidmap?.length ?? 0) > 0;
    const pushedDown = own === undefined ? [] : contentDirectories(own, isMapped(own)).slice(1);
    return [...pushedDown, ...below.flatMap((layer) => contentDirectories(layer, isMapped(layer)))];
  }

  function directories(id: string) {
    const [staticDir, runDir] = paths.containerDirectories(id);
    return { staticDir: join(staticDir, 'userdata'), runDir: join(runDir, 'userdata') };
  }

  return {
    specVersion: 'v1',
    name: 'overlay',
    capabilities: { imageRoots: true, directoryRoots: false, needsImage: true, commitsChanges: true },

    async probe() {
      const fault = storeFault(paths, settings);
      return fault ? unusable(fault.message) : usable;
    },

    async create(request) {
      await createContainer(store, request);
      return directories(request.id);
    },

    directories,

    async mount(id) {
      const container = record(id);
      return mountLayer(store, {
        layerId: container.layer,
        readOnly: false,
        options: mountOptions(container, settings.mountOptions),
      });
    },

    async unmount(id, { force = false } = {}) {
      const container = store.containers.read().find((other) => other.id === id);
      if (!container) return false;
      return unmountLayer(store, container.layer, force);
    },

    async delete(id) {
      const directoriesOfContainer = paths.containerDirectories(id);
      if (!existsSync(paths.layerRecords)) return;
      await store.changeLayers((layers, trash) =>
        store.containers.locked('write', async (containers) => {
          await removeLayers(store, layers, trash, ownedLayers(layers.all(), id, containers.all()));
          for (const directory of directoriesOfContainer) rmSync(directory, { recursive: true, force: true });
          if (!containers.get(id)) return;
          containers.drop(id);
          containers.save();
        }),
      );
    },

    async lookup(idOrName) {
      const containers = store.containers.read();
      const found = containers.find(({ id }) => id === idOrName) ?? containers.find(({ names }) => names?.includes(idOrName));
      return entries(found ? [found] : [])[0];
    },

    async list() {
      return entries(store.containers.read());
    },

    async rename(id, name) {
      await store.containers.locked('write', (containers) => {
        const container = containers.get(id);
        if (!container) throw missing(id);
        refuseTakenName(paths, containers, { id, name });
        if (container.names?.length === 1 && container.names[0] === name) return;
        containers.put({ ...container, names: [name] });
        containers.save();
      });
    },

    async size(id) {
      return directorySize(join(paths.layerDirectory(record(id).layer), 'diff'));
    },

    async baseSize(id) {
      let size = 0;
      for (const path of lowerDirectories(id)) size += await directorySize(path);
      return size;
    },

    async diff(id) {
      const { overlayChanges } = await import('@tspod/archive');
      return overlayChanges(join(paths.layerDirectory(record(id).layer), 'diff'), lowerDirectories(id));
    },

    async layout(id) {
      const directory = paths.layerDirectory(record(id).layer);
      const merged = entries([record(id)])[0]?.mountPoint;
      return {
        LowerDir: lowerDirectories(id).join(':'),
        ...(merged === undefined ? {} : { MergedDir: merged }),
        UpperDir: join(directory, 'diff'),
        WorkDir: join(directory, 'work'),
      };
    },

    async *layerArchive(id, { whole = false } = {}) {
      const { layer } = record(id);
      const { packTree } = await import('@tspod/archive');
      if (!whole) {
        yield* packTree(join(paths.layerDirectory(layer), 'diff'), { whiteouts: 'overlay' });
        return;
      }
      const root = await this.mount(id);
      try {
        yield* packTree(root);
      } finally {
        await this.unmount(id);
      }
    },

    async close() {
      await store.close();
    },
  };
}

/** @throws {NotSupportedError} for containers whose ids are shifted, which other programs may have made here. */
function mountOptions(container: ContainerRecord, defaults: readonly string[] = []): readonly string[] {
  if ((container.uidmap?.length ?? 0) > 0 || (container.gidmap?.length ?? 0) > 0) {
    throw new NotSupportedError(`container ${container.id} has id maps, which are not supported`, { code: 'id-maps' });
  }
  const flags = container.flags ?? {};
  const own = flags.MountOpts;
  const label = flags.MountLabel;
  return [
    ...(Array.isArray(own) && own.length > 0 ? own.map(String) : defaults),
    ...(flags.Volatile === true ? ['volatile'] : []),
    ...(typeof label === 'string' && label ? [`context="${label}"`] : []),
  ];
}
