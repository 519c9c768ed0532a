import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from '../contracts/image-store.ts';
import { InvalidStateError } from '../errors.ts';
import type { RuntimeParts } from './parts.ts';

/** A container that another program keeps in one of our storages. */
export interface ExternalContainer {
  readonly id: string;
  readonly names: readonly string[];
  /** `buildah`: a container of a build; `storage`: of some other program. */
  readonly owner: 'buildah' | 'storage';
  /** Empty: made of no image. */
  readonly imageId: string;
  /** A name of that image; empty: it has none. */
  readonly imageName: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly mounted: boolean;
}

/** Every container of other programs in the usable storages, oldest first. */
export async function externalContainers(parts: RuntimeParts): Promise<ExternalContainer[]> {
  const names = new Map((await parts.images.list()).map(({ id, names: [name = ''] }) => [id, name]));
  const found: ExternalContainer[] = [];
  for (const storage of parts.storages) {
    if (!(await storage.probe()).usable) continue;
    for (const entry of await storage.list()) {
      const marked = existsSync(join(storage.directories(entry.id).staticDir, 'buildah.json'));
      const { id, imageId, createdAt, mounted } = entry;
      const imageName = names.get(imageId) ?? '';
      found.push({ id, names: entry.names, owner: marked ? 'buildah' : 'storage', imageId, imageName, createdAt, mounted });
    }
  }
  const own = await ownIds(parts); // not before: what one of our processes makes meanwhile would be taken for foreign
  return found.filter(({ id }) => !own.has(id)).sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
}

/** Those that are being made are among them. */
async function ownIds({ state }: RuntimeParts): Promise<ReadonlySet<string>> {
  const intents = await state.intents();
  const containers = await state.containers();
  const making = intents.flatMap((intent) => (intent.object === 'container' ? [intent.id] : []));
  return new Set([...making, ...containers.map(({ config }) => config.id)]);
}

/** Takes the containers of builds away that were made of an image, and others that are not mounted: those may be running. */
export async function removeExternalContainers(parts: RuntimeParts, image: Image): Promise<void> {
  for (const { id, imageId, owner, mounted } of await externalContainers(parts)) {
    if (imageId !== image.id || (mounted && owner !== 'buildah')) continue;
    await removeFromStorages(parts, id);
  }
}

export async function removeExternalContainer(
  parts: RuntimeParts,
  { id, names: [name = id], mounted }: ExternalContainer,
  force: boolean,
): Promise<void> {
  if (mounted && !force) {
    throw new InvalidStateError(
      `container "${name}" is mounted and cannot be removed without using force: container state improper`,
      {
        code: 'container-mounted',
        actual: 'mounted',
        allowed: ['not mounted'],
      },
    );
  }
  await removeFromStorages(parts, id);
}

async function removeFromStorages({ storages }: RuntimeParts, id: string): Promise<void> {
  for (const storage of storages) await storage.delete(id);
}
