import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { NotFoundError, withUndoFailure } from '@tspod/core';
import { isMountPoint, mount, mountIdMapped, mountOverlay, type OpenedOverlay, openOverlay, unmount } from '@tspod/linux';
import { mappedHome } from './id-maps.ts';
import { contentDirectories } from './layer-directory.ts';
import { type ChainedLayer, ensureHomeMount, type Store } from './store.ts';

export interface LayerMount {
  readonly layerId: string;
  readonly readOnly: boolean;
  readonly options: readonly string[];
  /** Descriptor of the user namespace as which the owners of what lies below the layer are seen. */
  readonly userNamespace?: number | undefined;
}

/**
 * Mounts a layer with all that is below it, or counts one more when it is mounted already, and answers the path.
 * @throws {NotFoundError} `no-such-layer`.
 */
export function mountLayer(store: Store, request: LayerMount): Promise<string> {
  const { layerId } = request;
  return store.lockStorage(() =>
    store.changeLayers((layers) => {
      const own = layers.get(layerId);
      const isKnown = own !== undefined || store.additional.some((other) => other.layers.read().some(({ id }) => id === layerId));
      if (!isKnown) throw new NotFoundError(`layer ${layerId} is gone`, { code: 'no-such-layer' });
      const chain = store.chainOf(layerId, layers.all());
      return store.mounts.locked('write', (mounts) => {
        const counted = mounts.get(layerId);
        if (counted && counted.count > 0 && isMountPoint(counted.path)) {
          mounts.put({ ...counted, count: counted.count + 1 });
          mounts.save();
          return counted.path;
        }
        ensureHomeMount(store.paths);
        const path = mountPointOf(store, layerId);
        // Mounted but not counted: whoever mounted it died before it could count, or an older tool dropped the count.
        if (!isMountPoint(path)) mountChain(chain, path, request);
        try {
          mounts.put({ id: layerId, path, count: 1 });
          mounts.save();
        } catch (failure) {
          undoMount(path, failure);
        }
        return path;
      });
    }),
  );
}

/** A layer with all that is below it, to be read by this process; undefined where the kernel can't. @throws {NotFoundError} `no-such-layer`. */
export function openLayer(
  store: Store,
  { layerId, options }: Pick<LayerMount, 'layerId' | 'options'>,
): OpenedOverlay | undefined {
  return openOverlay(readOnlyOverlay(store, layerId, options));
}

function readOnlyOverlay(store: Store, layerId: string, options: readonly string[]) {
  const chain = store.chainOf(layerId, store.readLayers());
  const [top] = chain;
  if (!top) throw new NotFoundError(`layer ${layerId} is gone`, { code: 'no-such-layer' });
  return { lowerDirectories: [...chain.flatMap(contentOf), emptyDirectory(top)], options: [...options, 'ro'] };
}

/** Mounts a layer with all that is below it on a directory of the caller's, read-only and uncounted. @throws {NotFoundError} `no-such-layer` */
export function mountLayerAt(store: Store, { layerId, options }: Pick<LayerMount, 'layerId' | 'options'>, target: string): void {
  mountOverlay({ ...readOnlyOverlay(store, layerId, options), target });
  try {
    mount({ source: '', target, type: '', options: ['private'] });
  } catch (failure) {
    undoMount(target, failure);
  }
}

/** Takes one mount of a layer back, or all of them, and answers whether it is still mounted. Not mounted is success. */
export function unmountLayer(store: Store, layerId: string, force: boolean): Promise<boolean> {
  return store.changeLayers(() =>
    store.mounts.locked('write', (mounts) => {
      const counted = mounts.get(layerId);
      if (counted && counted.count > 1 && !force) {
        mounts.put({ ...counted, count: counted.count - 1 });
        mounts.save();
        return true;
      }
      // Without a count, too: older tools drop the counts of layers that they don't know.
      unmount(counted?.path ?? mountPointOf(store, layerId), { detach: true });
      if (counted) {
        mounts.drop(layerId);
        mounts.save();
      }
      return false;
    }),
  );
}

function mountPointOf(store: Store, layerId: string): string {
  const own = store.paths.layerDirectory(layerId);
  return existsSync(own) ? join(own, 'merged') : store.paths.foreignMountPoint(layerId);
}

function mountChain(
  chain: readonly ChainedLayer[],
  target: string,
  { layerId, readOnly, options, userNamespace }: LayerMount,
): void {
  const [top, ...below] = chain;
  if (!top) throw new NotFoundError(`layer ${layerId} is gone`, { code: 'no-such-layer' });
  const lowerDirectories = below.flatMap(contentOf);
  if (lowerDirectories.length === 0) lowerDirectories.push(emptyDirectory(top));
  mkdirSync(target, { recursive: true, mode: 0o700 });
  if (readOnly) {
    mountOverlay({ lowerDirectories: [...contentOf(top), ...lowerDirectories], target, options: [...options, 'ro'] });
    return;
  }
  const [upper = '', ...pushedDown] = contentOf(top);
  const work = join(top.directory, 'work');
  // Left by a volatile mount; the kernel refuses the directory while it is there.
  rmSync(join(work, 'work', 'incompat', 'volatile'), { recursive: true, force: true });
  const mountOn = (lower: readonly string[]) =>
    mountOverlay({ lowerDirectories: lower, upper: { directory: upper, work }, target, options });
  if (userNamespace === undefined) mountOn([...pushedDown, ...lowerDirectories]);
  else withMappedHomes(top, below, userNamespace, (lower) => mountOn([...pushedDown, ...lower]));
}

/**
 * Has `use` mount on the content of the layers with mapped owners, by mounts of their homes that are gone again afterwards: the overlay
 * keeps what it needs of them. A layer whose copy was given other owners is used as it is.
 */
function withMappedHomes(
  top: ChainedLayer,
  layers: readonly ChainedLayer[],
  userNamespace: number,
  use: (lowerDirectories: readonly string[]) => void,
): void {
  const homes: string[] = [];
  const mapped = (path: string, home: string) => {
    if (!homes.includes(home)) {
      const place = mappedHome(top.directory, homes.length);
      mkdirSync(place, { recursive: true, mode: 0o700 });
      mountIdMapped(home, place, userNamespace);
      homes.push(home);
    }
    return join(mappedHome(top.directory, homes.indexOf(home)), relative(home, path));
  };
  try {
    const lower = layers.flatMap((layer) => {
      const isCopied = (layer.record.uidmap?.length ?? 0) > 0 || (layer.record.gidmap?.length ?? 0) > 0;
      return isCopied ? contentOf(layer) : contentOf(layer).map((path) => mapped(path, dirname(layer.directory)));
    });
    use(lower.length > 0 ? lower : [mapped(emptyDirectory(top), dirname(top.directory))]);
  } finally {
    homes.forEach((_, number) => void unmount(mappedHome(top.directory, number), { detach: true }));
  }
}

function contentOf(layer: ChainedLayer): readonly string[] {
  const isMapped = (layer.record.uidmap?.length ?? 0) > 0 || (layer.record.gidmap?.length ?? 0) > 0;
  return contentDirectories(layer, isMapped);
}

function emptyDirectory(layer: ChainedLayer): string {
  const path = join(layer.directory, 'empty');
  if (!existsSync(path)) mkdirSync(path, { mode: 0o700 });
  return path;
}

function undoMount(path: string, failure: unknown): never {
  try {
    unmount(path, { detach: true });
  } catch (undoFailure) {
    throw withUndoFailure(failure, undoFailure);
  }
  throw failure;
}
