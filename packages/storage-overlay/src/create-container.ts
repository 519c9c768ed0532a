import { chownSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  AlreadyExistsError,
  generateId,
  hostId,
  type IdMaps,
  NotFoundError,
  NotSupportedError,
  type RootfsRequest,
  withUndoFailure,
} from '@tspod/core';
import { containerTool } from './container-tool.ts';
import { openPassage, toRecord } from './id-maps.ts';
import { discardLayerDirectory, makeLayerDirectory } from './layer-directory.ts';
import type { LockedTable } from './record-table.ts';
import type { ContainerRecord, ImageRecord, LayerRecord } from './records.ts';
import type { Store } from './store.ts';
import { checkedId, type StorePaths } from './store-paths.ts';
import type { Trash } from './trash.ts';

/**
 * Flag of a container's layer that holds the container's id. Other tools keep flags that they don't know, and so a layer whose
 * container was never recorded can be found.
 */
export const ownerFlag = 'tspod.container';

/** Makes the layer, then the record, then the directories of a container: at every moment a crash leaves what `ownedLayers` finds. */
export async function createContainer(store: Store, request: RootfsRequest): Promise<void> {
  const { id, name, source } = request;
  checkedId(id);
  if (source.kind !== 'image') {
    throw new NotSupportedError(`overlay storage can't use the directory ${source.path} as a root filesystem`, {
      code: 'directory-root',
      hint: 'use storage "dir"',
    });
  }
  const { imageId, imageName } = source;
  await store.changeLayers(async (layers, trash) => {
    const image = findImage(store, imageId);
    if (!image) throw new NotFoundError(`${imageName || imageId}: image not known`, { code: 'no-such-image' });
    await store.containers.locked('write', async (containers) => {
      refuseTaken(store.paths, containers, id, name);
      const layer = newLayer(layers, request, image);
      try {
        makeLayer(store, layers, layer, request.idMaps);
        containers.put(newRecord(request, image, layer));
        containers.save();
        for (const directory of store.paths.containerDirectories(id)) {
          mkdirSync(join(directory, 'userdata'), { recursive: true, mode: 0o700 });
        }
        if (request.idMaps !== undefined) giveAway(store.paths, containers.get(id), request.idMaps);
      } catch (failure) {
        undoCreation(store, layers, containers, trash, layer.id, id, failure);
      }
    });
  });
}

/** Layers that were made for the container, whether it was recorded or not. */
export function ownedLayers(
  layers: readonly LayerRecord[],
  containerId: string,
  containers: readonly ContainerRecord[],
): readonly LayerRecord[] {
  const recorded = containers.find((container) => container.id === containerId)?.layer;
  const isFree = (layerId: string) => !containers.some(({ id, layer }) => layer === layerId && id !== containerId);
  return layers.filter((layer) => layer.id === recorded || (layer.flags?.[ownerFlag] === containerId && isFree(layer.id)));
}

function findImage(store: Store, imageId: string): ImageRecord | undefined {
  for (const { images } of [store, ...store.additional]) {
    const image = images.read().find(({ id }) => id === imageId);
    if (image) return image;
  }
  return undefined;
}

function refuseTaken(paths: StorePaths, containers: LockedTable<ContainerRecord>, id: string, name: string): void {
  if (containers.get(id))
    throw new AlreadyExistsError(`container ${id} exists already in ${paths.graphRoot}`, { code: 'id-exists' });
  refuseTakenName(paths, containers, { id, name });
}

/** @throws {AlreadyExistsError} `container-exists` when another container, also of another program, has the name. */
export function refuseTakenName(
  paths: StorePaths,
  containers: LockedTable<ContainerRecord>,
  { id, name }: { readonly id: string; readonly name: string },
): void {
  const holder = containers.all().find((other) => other.id !== id && other.names?.includes(name));
  if (!holder) return;
  throw new AlreadyExistsError(`the container name "${name}" is already in use by ${holder.id}`, {
    code: 'container-exists',
    hint: containerTool(paths, holder).hint,
  });
}

function newLayer(layers: LockedTable<LayerRecord>, { id, name, mountLabel }: RootfsRequest, image: ImageRecord): LayerRecord {
  const layerName = `${name}-layer`;
  // What another program left half made may hold the name, which nothing depends on.
  const isTaken = layers.all().some(({ names }) => names?.includes(layerName));
  return {
    id: generateId(),
    ...(!isTaken && { names: [layerName] }),
    ...(image.layer && { parent: image.layer }),
    ...(mountLabel && { mountlabel: mountLabel }),
    created: new Date().toISOString(),
    flags: { [ownerFlag]: id },
  };
}

function makeLayer(store: Store, layers: LockedTable<LayerRecord>, layer: LayerRecord, idMaps: IdMaps | undefined): void {
  const parents = store.chainOf(layer.parent, layers.all());
  layers.put({ ...layer, flags: { ...layer.flags, incomplete: true } });
  layers.save();
  makeLayerDirectory(store.paths, layer.id, parents, idMaps);
  layers.put(layer);
  layers.save();
}

/** The container's own directories become those of its root. */
function giveAway(paths: StorePaths, record: ContainerRecord | undefined, { uid, gid }: IdMaps): void {
  if (record === undefined) return;
  openPassage(paths, record);
  for (const directory of paths.containerDirectories(record.id)) {
    chownSync(join(directory, 'userdata'), hostId(uid, 0) ?? 0, hostId(gid, 0) ?? 0);
  }
}

function newRecord(request: RootfsRequest, image: ImageRecord, layer: LayerRecord): ContainerRecord {
  const { id, name, mountLabel = '', processLabel = '', mountOptions = [], volatile = false } = request;
  const created = request.createdAt ?? new Date().toISOString();
  const metadata = {
    'image-name': request.source.kind === 'image' ? request.source.imageName : '',
    'image-id': image.id,
    name,
    'created-at': Math.floor(Date.parse(created) / 1000),
    ...(mountLabel && { mountlabel: mountLabel }),
  };
  return {
    id,
    names: [name],
    image: image.id,
    layer: layer.id,
    metadata: JSON.stringify(metadata),
    created,
    ...(request.idMaps && { uidmap: toRecord(request.idMaps.uid), gidmap: toRecord(request.idMaps.gid) }),
    flags: {
      MountLabel: mountLabel,
      ...(mountOptions.length > 0 && { MountOpts: mountOptions }),
      ProcessLabel: processLabel,
      ...(volatile && { Volatile: true }),
    },
  };
}

function undoCreation(
  store: Store,
  layers: LockedTable<LayerRecord>,
  containers: LockedTable<ContainerRecord>,
  trash: Trash,
  layerId: string,
  containerId: string,
  failure: unknown,
): never {
  try {
    for (const directory of store.paths.containerDirectories(containerId)) rmSync(directory, { recursive: true, force: true });
    if (containers.get(containerId)) {
      containers.drop(containerId);
      containers.save();
    }
    discardLayerDirectory(store.paths, layerId, trash);
    layers.drop(layerId);
    layers.save();
  } catch (undoFailure) {
    throw withUndoFailure(failure, undoFailure);
  }
  throw failure;
}
