import { isId } from '@tspod/core';
import { type ImageRecord, type LayerRecord, removeRecords, type StoreRecords } from './store-records.ts';

/** What a transfer found, and what it has begun to bring in: enough to take it back, also by another process. */
export interface TransferTrace {
  readonly layersBefore: readonly string[];
  readonly imagesBefore: readonly string[];
  /** Digests, or beginnings of digests, hexadecimal, of the blobs that the transfer named. */
  readonly blobs: readonly string[];
}

/**
 * Takes out of the store what a transfer that did not end well has left: its image, if that has no name yet, and those of its
 * layers that are new and that nothing uses. skopeo leaves both when it is stopped at the wrong moment. Layers that are half
 * written go, too. What other programs brought in meanwhile is told apart by the digests.
 */
export async function removeLeftovers(graphRoot: string, trace: TransferTrace): Promise<void> {
  await removeRecords(graphRoot, (records) => chooseLeftovers(records, trace));
}

/** @internal exported for its tests */
export function chooseLeftovers(
  { layers, images, usedLayers }: StoreRecords & { readonly usedLayers: ReadonlySet<string> },
  { layersBefore, imagesBefore, blobs }: TransferTrace,
): { readonly images: ReadonlySet<string>; readonly layers: ReadonlySet<string> } {
  const knownImages = new Set(imagesBefore);
  const isOurs = (digest: string | undefined) => {
    const hex = digest?.replace(/^sha256:/, '');
    return hex !== undefined && blobs.some((blob) => hex.startsWith(blob));
  };
  const isHalfAnImage = ({ id, names }: ImageRecord) =>
    isId(id) && !knownImages.has(id) && (names ?? []).length === 0 && isOurs(id);
  const goingImages = new Set(images.filter(isHalfAnImage).map(({ id }) => id));

  const knownLayers = new Set(layersBefore);
  const used = new Set(usedLayers);
  for (const image of images) {
    if (goingImages.has(image.id)) continue;
    for (const layer of [image.layer, ...(image['mapped-layers'] ?? [])]) if (layer !== undefined) used.add(layer);
  }
  const isNew = (layer: LayerRecord) =>
    isId(layer.id) &&
    !knownLayers.has(layer.id) &&
    (layer.flags?.incomplete === true || isOurs(layer['diff-digest']) || isOurs(layer['compressed-diff-digest']));
  const candidates = new Map(layers.filter(isNew).map((layer) => [layer.id, layer]));
  // whatever has a child that stays, stays; and so on down to the lowest
  for (let changed = true; changed; ) {
    changed = false;
    for (const { id, parent } of layers) {
      if (candidates.has(id) && used.has(id)) changed = candidates.delete(id) || changed;
      if (!candidates.has(id) && parent !== undefined && !used.has(parent)) {
        used.add(parent);
        changed = true;
      }
    }
  }
  return { images: goingImages, layers: new Set(candidates.keys()) };
}
