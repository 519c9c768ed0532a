import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NotFoundError, withUndoFailure } from '@tspod/core';
import { isMountPoint, mountOverlay, unmount } from '@tspod/linux';
import { contentDirectories } from './layer-directory.ts';
import { type ChainedLayer, ensureHomeMount, type Store } from './store.ts';

export interface LayerMount {
  readonly layerId: string;
  readonly readOnly: boolean;
  readonly options: readonly string[];
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

function mountChain(chain: readonly ChainedLayer[], target: string, { layerId, readOnly, options }: LayerMount): void {
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
  mountOverlay({
    lowerDirectories: [...pushedDown, ...lowerDirectories],
    upper: { directory: upper, work },
    target,
    options,
  });
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
