import type { ImageConfig } from '@tspod/core';
import type { ImageRecord, LayerRecord } from './records.ts';

/** Layer ids from `layerId` to the base, as far as the records go. */
export function layerIdsBelow(layerId: string | undefined, layers: readonly LayerRecord[]): readonly string[] {
  const ids: string[] = [];
  for (let id = layerId; id && !ids.includes(id); id = layers.find((layer) => layer.id === id)?.parent) ids.push(id);
  return ids;
}

/**
 * The nearest image among `candidates` that `child` was built from: its layers are below the child's, and its history is how
 * the child's begins.
 */
export function parentAmong(
  candidates: readonly ImageRecord[],
  child: ImageRecord,
  layers: readonly LayerRecord[],
  configOf: (image: ImageRecord) => ImageConfig,
): ImageRecord | undefined {
  const below = layerIdsBelow(child.layer, layers);
  if (below.length === 0) return undefined; // a list of manifests has no config either
  const history = historyOf(configOf(child));
  return candidates
    .filter((candidate) => candidate.id !== child.id && candidate.layer !== undefined && below.includes(candidate.layer))
    .map((image) => ({ image, history: historyOf(configOf(image)) }))
    .filter(
      (candidate) =>
        candidate.history.length < history.length && candidate.history.every((entry, index) => entry === history[index]),
    )
    .sort((one, other) => other.history.length - one.history.length)[0]?.image;
}

function historyOf(config: ImageConfig): readonly string[] {
  return (config.history ?? []).map((entry) => JSON.stringify(entry));
}
