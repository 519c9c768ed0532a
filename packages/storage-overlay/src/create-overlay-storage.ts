import type { ImageStore, RootfsStorage } from '@tspod/core';
import { createOverlayImages } from './overlay-images.ts';
import type { OverlaySettings } from './overlay-settings.ts';
import { createOverlayRootfs } from './overlay-storage.ts';
import { openStore } from './store.ts';

export interface OverlayStorage {
  readonly storage: RootfsStorage;
  readonly images: ImageStore;
}

/**
 * The root filesystems and the images of one containers/storage store. Nothing is read or made before the first call; closing
 * `storage` closes both.
 *
 * @throws {InvalidArgumentError} `relative-path` when a root is not absolute.
 */
export function createOverlayStorage(settings: OverlaySettings): OverlayStorage {
  const store = openStore(settings);
  return { storage: createOverlayRootfs(store), images: createOverlayImages(store) };
}
