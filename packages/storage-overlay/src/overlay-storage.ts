import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NotFoundError, type Owner, ownerInContainer, type RootfsEntry, type RootfsStorage, unusable, usable } from '@tspod/core';
import { directorySize, isMountPoint, withUserNamespace } from '@tspod/linux';
import { createContainer, ownedLayers, refuseTakenName } from './create-container.ts';
import { idMapsOf, openPassage } from './id-maps.ts';
import { contentDirectories } from './layer-directory.ts';
import { mountLayer, unmountLayer } from './layer-mounts.ts';
import type { ContainerRecord } from './records.ts';
import { type ChainedLayer, removeLayers, type Store } from './store.ts';
import { storeFault } from './store-check.ts';

/** A monitor that is just ending may write an exit into a directory that is being removed: then once more. */
const withLateFiles = { recursive: true, force: true, maxRetries: 5, retryDelay: 5 } as const;

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
        idMaps: idMapsOf(container),
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
    capabilities: { imageRoots: true, directoryRoots: false, needsImage: true, commitsChanges: true, mapsIds: true },

    async probe() {
      const fault = storeFault(paths, settings);
      return fault ? unusable(fault.message) : usable;
    },

    async status() {
      return (await import('./driver-status.ts')).driverStatus(paths.graphRoot, settings.mountOptions ?? []);
    },

    async create(request) {
      await createContainer(store, request);
      return directories(request.id);
    },

    directories,

    async mount(id) {
      const container = record(id);
      const request = { layerId: container.layer, readOnly: false, options: mountOptions(container, settings.mountOptions) };
      const idMaps = idMapsOf(container);
      if (idMaps === undefined) return mountLayer(store, request);
      openPassage(paths, container);
      return withUserNamespace(idMaps, (userNamespace) => mountLayer(store, { ...request, userNamespace }));
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
          for (const directory of directoriesOfContainer) rmSync(directory, withLateFiles);
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
      const container = record(id);
      const { layer } = container;
      const idMaps = idMapsOf(container);
      const owner = (onHost: Owner) => ownerInContainer(idMaps, onHost);
      const { packTree } = await import('@tspod/archive');
      if (!whole) {
        yield* packTree(join(paths.layerDirectory(layer), 'diff'), { whiteouts: 'overlay', owner });
        return;
      }
      const root = await this.mount(id);
      try {
        yield* packTree(root, { owner });
      } finally {
        await this.unmount(id);
      }
    },

    async check(request) {
      const { checkStore } = await import('./check-store.ts');
      return checkStore(store, request);
    },

    async close() {
      await store.close();
    },
  };
}

function mountOptions(container: ContainerRecord, defaults: readonly string[] = []): readonly string[] {
  const flags = container.flags ?? {};
  const own = flags.MountOpts;
  const label = flags.MountLabel;
  return [
    ...(Array.isArray(own) && own.length > 0 ? own.map(String) : defaults),
    ...(flags.Volatile === true ? ['volatile'] : []),
    ...(typeof label === 'string' && label ? [`context="${label}"`] : []),
  ];
}
