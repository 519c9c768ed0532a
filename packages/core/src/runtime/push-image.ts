import type { Image } from '../contracts/image-store.ts';
import type { ManifestListPart, PushRequest } from '../contracts/image-transport.ts';
import { InvalidArgumentError, NotFoundError } from '../errors.ts';
import { registryReference } from '../reference.ts';
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

/** Pushes an image; of a list of manifests the image that fits this machine. Answers the digest that it has there. */
export async function pushImage(
  parts: RuntimeParts,
  image: Image,
  destination: string,
  options: PushOptions,
): Promise<{ readonly digest: string }> {
  const imageId = image.isManifestList ? await instanceForThisMachine(parts, image) : image.id;
  const result = await parts.transport.push({ ...options, imageId, destination: pushDestination(destination) });
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
  const list = { document: JSON.stringify(document), parts: await listParts(parts, document), all };
  const result = await parts.transport.push({ ...options, imageId: image.id, destination: pushDestination(destination), list });
  await recordEvent(parts, { type: 'image', action: 'push', id: image.id, name: destination });
  return result;
}

interface ManifestList {
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform?: { readonly architecture?: string; readonly os?: string };
  }[];
}

async function listParts(parts: RuntimeParts, document: unknown): Promise<ManifestListPart[]> {
  const { manifests = [] } = document as ManifestList;
  return Promise.all(manifests.map(async ({ digest }) => ({ digest, imageId: (await imageWith(parts, digest)).id })));
}

async function instanceForThisMachine(parts: RuntimeParts, image: Image): Promise<string> {
  const { document } = await parts.images.manifest(image.id);
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const found = (document as ManifestList).manifests?.find(
    ({ platform }) => platform?.architecture === architecture && platform.os === 'linux',
  );
  if (found === undefined) {
    throw new NotFoundError(`no image found in manifest list for architecture ${architecture}, variant "", OS linux`, {
      code: 'no-such-image',
    });
  }
  return (await imageWith(parts, found.digest)).id;
}

async function imageWith(parts: RuntimeParts, digest: string): Promise<Image> {
  const image = (await parts.images.list()).find(({ digests }) => digests.includes(digest));
  if (image !== undefined) return image;
  throw new NotFoundError(`image ${digest} of the list is not in the store`, {
    code: 'no-such-image',
    hint: 'pull the image that the list names first',
  });
}
