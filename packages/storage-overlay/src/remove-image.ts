import { InUseError, NotFoundError } from '@tspod/core';
import { readConfig } from './big-data.ts';
import { layerIdsBelow, parentAmong } from './image-parents.ts';
import { removeUnrecorded } from './image-records.ts';
import type { LockedTable } from './record-table.ts';
import type { ContainerRecord, ImageRecord, LayerRecord } from './records.ts';
import { removeLayers, type Store } from './store.ts';

/** Removes an image, the layers that only it needed, and, unless they are kept, its nameless parents that nothing needs any more. */
export function removeImage(store: Store, imageId: string, keepParents: boolean): Promise<readonly string[]> {
  return store.changeLayers((layers, trash) =>
    store.images.locked('write', (images) =>
      store.containers.locked('read', async (containers) => {
        const image = images.get(imageId);
        if (!image) throw new NotFoundError(`${imageId}: image not known`, { code: 'no-such-image' });
        const users = usersOf(image, containers);
        if (users.length > 0) {
          throw new InUseError(
            `image ${image.names?.[0] ?? imageId} is used by ${users.join(', ')}: image is in use by a container`,
            {
              code: 'image-in-use',
              users,
              hint: 'remove the containers first; `podman ps --all --external` lists those of other programs',
            },
          );
        }
        const removed: string[] = [];
        for (let doomed: ImageRecord | undefined = image; doomed; ) {
          const parent: ImageRecord | undefined = keepParents
            ? undefined
            : danglingParent(store, doomed, images, layers, containers);
          images.drop(doomed.id);
          images.save();
          removeUnrecorded(store.paths, images);
          await removeLayers(store, layers, trash, unneededLayers(doomed, images, layers, containers));
          removed.push(doomed.id);
          doomed = parent;
        }
        return removed;
      }),
    ),
  );
}

function usersOf(image: ImageRecord, containers: LockedTable<ContainerRecord>): readonly string[] {
  return containers
    .all()
    .filter((container) => container.image === image.id)
    .map(({ id }) => id);
}

/** From the top downwards, as long as no other image, no container and no other layer needs them. */
function unneededLayers(
  image: ImageRecord,
  images: LockedTable<ImageRecord>,
  layers: LockedTable<LayerRecord>,
  containers: LockedTable<ContainerRecord>,
): readonly LayerRecord[] {
  const all = layers.all();
  const unneeded: LayerRecord[] = [];
  const isUnneeded = (layer: LayerRecord) =>
    !images.all().some((other) => other.layer === layer.id || other['mapped-layers']?.includes(layer.id)) &&
    !containers.all().some((container) => container.layer === layer.id) &&
    !all.some((other) => other.parent === layer.id && !unneeded.includes(other));
  for (const top of [...(image['mapped-layers'] ?? []), image.layer]) {
    for (const id of layerIdsBelow(top, all)) {
      const layer = all.find((other) => other.id === id);
      if (!layer || unneeded.includes(layer)) continue;
      if (!isUnneeded(layer)) break;
      unneeded.push(layer);
    }
  }
  return unneeded;
}

/** The image without a name that this one was built from, when it is no other image's parent and no container's image. */
function danglingParent(
  store: Store,
  image: ImageRecord,
  images: LockedTable<ImageRecord>,
  layers: LockedTable<LayerRecord>,
  containers: LockedTable<ContainerRecord>,
): ImageRecord | undefined {
  const isNameless = ({ names }: ImageRecord) => (names?.length ?? 0) === 0;
  const candidates = images.all().filter((other) => other.id !== image.id && other.layer && isNameless(other));
  if (candidates.length === 0) return undefined;
  const configOf = (other: ImageRecord) => readConfig(store.paths, other);
  const parent = parentAmong(candidates, image, layers.all(), configOf);
  if (!parent || usersOf(parent, containers).length > 0) return undefined;
  const siblings = images.all().filter((other) => other.id !== image.id && other.id !== parent.id && other.layer);
  return siblings.some((other) => parentAmong([parent], other, layers.all(), configOf)) ? undefined : parent;
}
