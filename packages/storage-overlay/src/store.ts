import { chmodSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CorruptError, UnavailableError } from '@tspod/core';
import { hasMountsBelow, isMountPoint, lockFile, mount, unmount } from '@tspod/linux';
import { discardLayerDirectory, type PlacedLayer } from './layer-directory.ts';
import type { OverlaySettings } from './overlay-settings.ts';
import { createRecordTable, isIncomplete, type LockedTable, type RecordTable } from './record-table.ts';
import {
  type ContainerRecord,
  containerFields,
  type ImageRecord,
  imageFields,
  type LayerRecord,
  layerFields,
  type MountRecord,
  mountFields,
} from './records.ts';
import { storeFault } from './store-check.ts';
import { createStorePaths, type StorePaths } from './store-paths.ts';
import { createTrash, emptyAbandonedTrash, type Trash } from './trash.ts';

/**
 * The records of one store and the rules for changing them. Locks are taken in this order, which all programs share: storage,
 * layers, images, containers; that of the mounts is taken and released within any of them.
 */
export interface Store {
  readonly paths: StorePaths;
  readonly settings: OverlaySettings;
  readonly images: RecordTable<ImageRecord>;
  readonly containers: RecordTable<ContainerRecord>;
  readonly mounts: RecordTable<MountRecord>;
  /** Layers of this store, read without a lock. */
  readLayers(): readonly LayerRecord[];
  /** Stores whose images can be used but not changed. */
  readonly additional: readonly AdditionalStore[];
  /**
   * Locks the layers for writing. The store is made when it is missing, and what crashed programs left half done is removed
   * first. What `use` puts into the trash is gone when this resolves.
   */
  changeLayers<Result>(use: (layers: LockedTable<LayerRecord>, trash: Trash) => Promise<Result> | Result): Promise<Result>;
  /** Keeps layers from being changed while `use` looks at all of them, half-made ones too. */
  lookAtLayers<Result>(use: (layers: LockedTable<LayerRecord>) => Promise<Result> | Result): Promise<Result>;
  /** Takes the lock that keeps other programs from mounting and unmounting the driver's home. */
  lockStorage<Result>(use: () => Promise<Result>): Promise<Result>;
  /**
   * The layers from `layerId` down to the base, each with its directory.
   * @throws {CorruptError} when one is missing.
   */
  chainOf(layerId: string | undefined, layers: readonly LayerRecord[]): readonly ChainedLayer[];
  /** What podman does at the end of a command: takes the mount of the driver's home away when no layer is mounted any more. */
  close(): Promise<void>;
}

export interface AdditionalStore {
  readonly paths: StorePaths;
  readonly layers: RecordTable<LayerRecord>;
  readonly images: RecordTable<ImageRecord>;
}

export interface ChainedLayer extends PlacedLayer {
  readonly record: LayerRecord;
  readonly isForeign: boolean;
}

export function openStore(settings: OverlaySettings): Store {
  const paths = createStorePaths(settings);
  const tables = createGraphTables(paths);
  const mounts = createRecordTable<MountRecord>({
    directory: paths.mountRecords,
    name: 'mountpoints',
    fields: mountFields,
    hasVolatile: false,
    durable: false,
  });
  const additional = (settings.additionalImageStores ?? []).map((graphRoot): AdditionalStore => {
    const itsPaths = createStorePaths({ graphRoot, runRoot: settings.runRoot });
    return { paths: itsPaths, ...createGraphTables(itsPaths) };
  });
  let prepared: Promise<void> | undefined;

  async function prepareOnce(): Promise<void> {
    const fault = storeFault(paths, settings);
    if (fault) throw fault;
    makeStoreDirectories(paths);
    await emptyAbandonedTrash(paths.trash);
  }

  function prepare(): Promise<void> {
    prepared ??= prepareOnce().catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  }

  const store: Store = {
    paths,
    settings,
    images: tables.images,
    containers: tables.containers,
    mounts,
    additional,
    readLayers: () => tables.layers.read(),
    async changeLayers(use) {
      await prepare();
      const trash = createTrash(paths.trash);
      try {
        return await tables.layers.locked('write', async (layers) => {
          await removeIncompleteLayers(store, layers, trash);
          return use(layers, trash);
        });
      } finally {
        await trash.empty();
      }
    },
    async lookAtLayers(use) {
      // a reboot has emptied the run root, and its records have their lock there
      mkdirSync(paths.mountRecords, { recursive: true, mode: 0o700 });
      return tables.layers.locked('read', use);
    },
    async lockStorage(use) {
      await prepare();
      const lock = await lockFile(paths.storageLock, 'write');
      try {
        return await use();
      } finally {
        lock.release();
      }
    },
    chainOf: (layerId, layers) => chain(layerId, layers, paths, additional),
    async close() {
      // Whoever only read has nothing to take away.
      if (!prepared) return;
      await releaseHomeMount(store);
      prepared = undefined;
    },
  };
  return store;
}

/** Makes the driver's home a mount point, as all programs do: they would otherwise mount it over our mounts. Needs the storage lock. */
export function ensureHomeMount({ home }: StorePaths): void {
  if (isMountPoint(home)) return;
  mount({ source: home, target: home, type: '', options: ['bind', 'private'] });
}

/** Also tells other programs to look again. */
async function releaseHomeMount(store: Store): Promise<void> {
  const { paths } = store;
  if (!isMountPoint(paths.home)) return;
  const lock = await lockFile(paths.storageLock, 'write');
  try {
    await store.changeLayers(() =>
      store.mounts.locked('write', (mounts) => {
        // old tools drop the counts of layers that they do not know
        if (mounts.all().some(({ count }) => count > 0) || hasMountsBelow(realpathSync(paths.home))) return;
        unmount(paths.home, { detach: true });
        lock.writeRecord();
      }),
    );
  } finally {
    lock.release();
  }
}

/**
 * Unmounts and removes layers; others that need them must have been ruled out. When it is interrupted the next program that
 * opens the store finishes it.
 */
export async function removeLayers(
  store: Store,
  layers: LockedTable<LayerRecord>,
  trash: Trash,
  doomed: readonly LayerRecord[],
): Promise<void> {
  if (doomed.length === 0) return;
  await store.mounts.locked('write', (mounts) => {
    for (const { id } of doomed) unmount(join(store.paths.layerDirectory(id), 'merged'), { detach: true });
    const counted = doomed.filter(({ id }) => mounts.get(id));
    for (const { id } of counted) mounts.drop(id);
    if (counted.length > 0) mounts.save();
  });
  const unmarked = doomed.filter((layer) => !isIncomplete(layer));
  for (const layer of unmarked) layers.put({ ...layer, flags: { ...layer.flags, incomplete: true } });
  if (unmarked.length > 0) layers.save();
  for (const { id } of doomed) {
    discardLayerDirectory(store.paths, id, trash);
    layers.drop(id);
  }
  layers.save();
}

async function removeIncompleteLayers(store: Store, layers: LockedTable<LayerRecord>, trash: Trash): Promise<void> {
  await removeLayers(store, layers, trash, layers.all().filter(isIncomplete));
}

function createGraphTables(paths: StorePaths) {
  const table = { hasVolatile: true, durable: true };
  return {
    layers: createRecordTable<LayerRecord>({ ...table, directory: paths.layerRecords, name: 'layers', fields: layerFields }),
    images: createRecordTable<ImageRecord>({
      ...table,
      hasVolatile: false,
      directory: paths.imageRecords,
      name: 'images',
      fields: imageFields,
    }),
    containers: createRecordTable<ContainerRecord>({
      ...table,
      directory: paths.containerRecords,
      name: 'containers',
      fields: containerFields,
    }),
  };
}

function makeStoreDirectories(paths: StorePaths): void {
  const isNew = !existsSync(paths.home);
  for (const path of [paths.home, paths.layerRecords, paths.imageRecords, paths.containerRecords, paths.mountRecords]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
  mkdirSync(join(paths.runRoot, 'overlay-containers'), { recursive: true, mode: 0o700 });
  if (!existsSync(paths.links)) {
    mkdirSync(paths.links, { mode: 0o755 });
    chmodSync(paths.links, 0o755);
  }
  const marker = join(paths.home, '.has-mount-program');
  if (isNew) writeFileSync(marker, 'false', { mode: 0o600 });
  else if (!existsSync(marker)) {
    throw new UnavailableError(`the store ${paths.graphRoot} does not say whether it was made with a mount program`, {
      code: 'unmarked-store',
      hint: `run \`podman --root ${dirname(marker)} info\` once, which finds out`,
    });
  }
}

function chain(
  layerId: string | undefined,
  layers: readonly LayerRecord[],
  paths: StorePaths,
  additional: readonly AdditionalStore[],
): readonly ChainedLayer[] {
  const chained: ChainedLayer[] = [];
  for (let id = layerId; id; ) {
    const layer = placedLayer(id, layers, paths, additional);
    const isRepeated = chained.some((other) => other.id === id);
    if (!layer || isRepeated) {
      const path = join(paths.layerRecords, 'layers.json');
      throw new CorruptError(`layer ${id} ${isRepeated ? 'is its own ancestor' : 'is missing'} in ${path}`, {
        code: 'corrupt-layer',
        path,
        hint: 'remove the image and pull it again',
      });
    }
    chained.push(layer);
    id = layer.record.parent;
  }
  return chained;
}

function placedLayer(
  id: string,
  layers: readonly LayerRecord[],
  paths: StorePaths,
  additional: readonly AdditionalStore[],
): ChainedLayer | undefined {
  const own = layers.find((layer) => layer.id === id && !isIncomplete(layer));
  if (own) return { id, record: own, directory: paths.layerDirectory(id), isForeign: false };
  for (const store of additional) {
    const record = store.layers.read().find((layer) => layer.id === id);
    if (record) return { id, record, directory: store.paths.layerDirectory(id), isForeign: true };
  }
  return undefined;
}
