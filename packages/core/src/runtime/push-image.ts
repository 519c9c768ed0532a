import type { Image } from '../contracts/image-store.ts';
import type { ManifestListPart, PushRequest } from '../contracts/image-transport.ts';
import { InvalidArgumentError, NotFoundError } from '../errors.ts';
import { instanceForThisMachine } from '../images/entries-elsewhere.ts';
import { ManifestLists } from '../images/manifest-lists.ts';
import type { ManifestList } from '../oci/image-index.ts';
import { registryReference, repositoryPart } from '../reference.ts';
import { recordEvent } from './events.ts';
import type { RuntimeParts } from './parts.ts';

export type PushOptions = Omit<PushRequest, 'imageId' | 'destination' | 'list' | 'additionalNames'>;

const transports = ['docker', 'docker-archive', 'oci-archive', 'oci', 'dir', 'containers-storage', 'docker-daemon'];

/** A destination in a transport's words: a plain name is one of a registry. */
function pushDestination(text: string): string {
  const [transport = ''] = text.split(':');
  if (text.startsWith('docker://')) return `docker://${registryReference(text.slice('docker://'.length))}`;
  if (transports.includes(transport) && text.includes(':/')) return text;
  if (transports.includes(transport) && transport !== 'docker' && text.includes(':')) return text;
  return `docker://${registryReference(text)}`;
}

/**
 * Pushes an image; of a list of manifests the image that fits this machine. A docker-archive gets the name by which the image was found,
 * too, as podman has it. Answers the digest that it has there.
 */
export async function pushImage(
  parts: RuntimeParts,
  { image, name }: { readonly image: Image; readonly name: string | undefined },
  destination: string,
  options: PushOptions,
): Promise<{ readonly digest: string }> {
  const imageId = image.isManifestList ? await imageForThisMachine(parts, image) : image.id;
  const place = pushDestination(destination);
  const additionalNames =
    name !== undefined && place.startsWith('docker-archive:') && !place.endsWith(`:${name}`) && !name.includes('@') ? [name] : [];
  const result = await parts.transport.push({ ...options, imageId, destination: place, additionalNames });
  await recordEvent(parts, { type: 'image', action: 'push', id: imageId, name: destination });
  return result;
}

/** Pushes a list of manifests, with the images that it names unless `all` is false. */
export async function pushManifestList(
  parts: RuntimeParts,
  image: Image,
  destination: string,
  { all = true, ...options }: PushOptions & { readonly all?: boolean | undefined },
): Promise<{ readonly digest: string }> {
  if (!image.isManifestList) {
    throw new InvalidArgumentError(`${image.names[0] ?? image.id} is an image, not a list of manifests`, {
      code: 'not-a-manifest-list',
    });
  }
  const { document } = await parts.images.manifest(image.id);
  const list = { document: JSON.stringify(document), parts: await listParts(parts, image, document as ManifestList), all };
  const result = await parts.transport.push({ ...options, imageId: image.id, destination: pushDestination(destination), list });
  await recordEvent(parts, { type: 'image', action: 'push', id: image.id, name: destination });
  return result;
}

async function imageForThisMachine(parts: RuntimeParts, list: Image): Promise<string> {
  const { document } = await parts.images.manifest(list.id);
  const { digest } = instanceForThisMachine((document as ManifestList).manifests ?? []);
  const image = (await parts.images.list()).find(({ digests }) => digests.includes(digest));
  if (image === undefined) throw notInStore(digest);
  return image.id;
}

async function listParts(parts: RuntimeParts, list: Image, { manifests }: ManifestList): Promise<ManifestListPart[]> {
  const places = await new ManifestLists(parts).places(list);
  const images = await parts.images.list();
  return (manifests ?? []).map(({ digest }) => {
    const image = images.find(({ digests }) => digests.includes(digest));
    const place = places[digest];
    if (image !== undefined) return { digest, source: { imageId: image.id } };
    if (place === undefined || place.startsWith('containers-storage:')) throw notInStore(digest);
    const source = place.startsWith('docker://')
      ? `docker://${repositoryPart(place.slice('docker://'.length))}@${digest}`
      : place;
    return { digest, source: { place: source } };
  });
}

function notInStore(digest: string): NotFoundError {
  return new NotFoundError(`image ${digest} of the list is not in the store`, {
    code: 'no-such-image',
    hint: 'pull the image that the list names first',
  });
}
