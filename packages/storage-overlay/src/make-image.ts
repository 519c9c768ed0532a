import { createHash } from 'node:crypto';
import { chmodSync, chownSync, copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  AlreadyExistsError,
  CorruptError,
  generateId,
  type ImageData,
  type LayerContent,
  type NewImage,
  NotFoundError,
  withUndoFailure,
} from '@tspod/core';
import { defaultManifestKey } from './big-data.ts';
import { digestOf, recordImage } from './image-records.ts';
import { discardLayerDirectory, makeLayerDirectory } from './layer-directory.ts';
import type { LockedTable } from './record-table.ts';
import type { ImageRecord, LayerRecord } from './records.ts';
import { type StagedLayer, stageLayer } from './stage-layer.ts';
import type { ChainedLayer, Store } from './store.ts';
import { openBin, type Trash } from './trash.ts';

/** Makes an image; its layer is unpacked before anything is locked, and put in its place under the locks. */
export async function makeImage(store: Store, request: NewImage): Promise<string> {
  await store.changeLayers(() => undefined); // makes the store if there is none
  const bin = openBin(store.paths.trash);
  try {
    const staged = request.layer && (await stageLayer(request.layer, bin.path, request.signal));
    return await store.changeLayers((layers, trash) =>
      store.images.locked('write', async (images) => {
        const below = baseLayers(store, images, layers, request.base);
        const layer = staged && placeLayer(store, layers, trash, staged, below);
        try {
          return recordNewImage(store, images, request, layer?.id ?? below[0]?.id, [
            ...below.map(contentOf).reverse(),
            ...(staged ? [staged] : []),
          ]);
        } catch (failure) {
          if (layer?.isNew) discardAfter(store, layers, trash, layer.id, failure);
          throw failure;
        }
      }),
    );
  } finally {
    await bin.remove();
  }
}

/** Makes an image without layers, which holds nothing but documents. */
export function makeImageList(store: Store, name: string, data: ImageData): Promise<string> {
  return store.changeLayers(() =>
    store.images.locked('write', (images) => {
      const holder = images.all().find(({ names }) => names?.includes(name));
      if (holder) {
        throw new AlreadyExistsError(
          `image name "${name}" is already associated with image "${holder.id}": that name is already in use`,
          { code: 'image-name-in-use', hint: 'choose another name, or add to the list that is there' },
        );
      }
      const manifest = data[defaultManifestKey];
      const record = {
        id: generateId(),
        ...(manifest && { digest: digestOf(manifest) }),
        created: new Date().toISOString(),
      };
      return recordImage(store.paths, images, record, data, [name]).id;
    }),
  );
}

/** Uppermost first. */
function baseLayers(
  store: Store,
  images: LockedTable<ImageRecord>,
  layers: LockedTable<LayerRecord>,
  base: string | undefined,
): readonly ChainedLayer[] {
  if (base === undefined) return [];
  const foreign = store.additional.flatMap((other) => other.images.read());
  const image = images.get(base) ?? foreign.find(({ id }) => id === base);
  if (!image) throw new NotFoundError(`${base}: image not known`, { code: 'no-such-image' });
  return store.chainOf(image.layer, layers.all());
}

function contentOf({ id, record, directory }: ChainedLayer): LayerContent {
  const { 'diff-digest': digest, 'diff-size': size } = record;
  if (digest !== undefined && size !== undefined && size >= 0) return { digest, size };
  throw new CorruptError(`layer ${id} in ${directory} has no recorded content, so that nothing can be built on it`, {
    code: 'corrupt-layer',
    path: directory,
    hint: 'remove the image and pull it again',
  });
}

/** The layer with this content above those; the one that is there is used as it is. */
function placeLayer(
  store: Store,
  layers: LockedTable<LayerRecord>,
  trash: Trash,
  staged: StagedLayer,
  below: readonly ChainedLayer[],
): { readonly id: string; readonly isNew: boolean } {
  const { paths } = store;
  const parent = below[0];
  const id = layerId(parent?.id, staged.digest);
  if (layers.get(id) || store.additional.some((other) => other.layers.read().some((layer) => layer.id === id))) {
    return { id, isNew: false };
  }
  const record: LayerRecord = {
    id,
    ...(parent && { parent: parent.id }),
    created: new Date().toISOString(),
    'compressed-diff-digest': staged.digest,
    'compressed-size': staged.size,
    'diff-digest': staged.digest,
    'diff-size': staged.size,
    uidset: staged.uids,
    gidset: staged.gids,
  };
  try {
    layers.put({ id, ...(parent && { parent: parent.id }), created: record.created ?? '', flags: { incomplete: true } });
    layers.save();
    if (existsSync(paths.layerDirectory(id))) discardLayerDirectory(paths, id, trash);
    makeLayerDirectory(paths, id, below);
    takeTree(staged.tree, join(paths.layerDirectory(id), 'diff'));
    copyFileSync(staged.tarSplit, join(paths.layerRecords, `${id}.tar-split.gz`));
    layers.put(record);
    layers.save();
  } catch (failure) {
    discardAfter(store, layers, trash, id, failure);
  }
  return { id, isNew: true };
}

/** Puts the unpacked tree in place of the empty one, with the mode and owner that this one got from its parent. */
function takeTree(tree: string, diff: string): void {
  const { mode, uid, gid } = statSync(diff);
  chmodSync(tree, mode & 0o7777);
  chownSync(tree, uid, gid);
  rmSync(diff, { recursive: true });
  renameSync(tree, diff);
}

/** As every tool computes it: content above the same layers has the same id. */
function layerId(parent: string | undefined, digest: string): string {
  const own = digest.replace(/^sha256:/, '');
  return parent === undefined ? own : createHash('sha256').update(`${parent}+${own}`).digest('hex');
}

function recordNewImage(
  store: Store,
  images: LockedTable<ImageRecord>,
  request: NewImage,
  topLayer: string | undefined,
  contents: readonly LayerContent[],
): string {
  const { config, manifest } = request.describe(contents);
  const configDigest = digestOf(config);
  const manifestBytes = manifest({ digest: configDigest, size: config.length });
  const manifestDigest = digestOf(manifestBytes);
  const id = configDigest.replace(/^sha256:/, '');
  const record = images.get(id) ?? {
    id,
    digest: manifestDigest,
    ...(topLayer && { layer: topLayer }),
    metadata: '{}',
    created: request.createdAt,
  };
  const data = {
    [configDigest]: config,
    [`${defaultManifestKey}-${manifestDigest}`]: manifestBytes,
    [defaultManifestKey]: manifestBytes,
  };
  return recordImage(store.paths, images, record, data, request.names).id;
}

function discardAfter(store: Store, layers: LockedTable<LayerRecord>, trash: Trash, id: string, failure: unknown): never {
  try {
    discardLayerDirectory(store.paths, id, trash);
    layers.drop(id);
    layers.save();
  } catch (undoFailure) {
    throw withUndoFailure(failure, undoFailure);
  }
  throw failure;
}
