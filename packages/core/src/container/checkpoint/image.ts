import type { Image } from '../../contracts/image-store.ts';
import { InvalidArgumentError } from '../../errors.ts';
import { imageDocuments } from '../../images/documents.ts';
import { normaliseReference } from '../../reference.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { runtimeOf } from '../backends.ts';
import type { LockedContainer } from '../guard.ts';

const annotationPrefix = 'io.podman.annotations.checkpoint.';
/** By which such an image is known. */
const runtimeAnnotation = `${annotationPrefix}runtime.name`;

/** Makes an image whose only layer is a checkpoint, described as podman does. @throws {InvalidArgumentError} `invalid-reference` */
export async function makeImage(
  { parts, config }: LockedContainer,
  name: string,
  layer: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Image> {
  const facts = await parts.host.facts();
  const { version } = await runtimeOf(parts, config).version();
  const createdAt = new Date().toISOString();
  const image = config.rootfs.kind === 'image' ? config.rootfs : { imageId: '', imageName: '' };
  const annotations = {
    name: config.name,
    rawImageName: image.imageName,
    rootfsImageID: image.imageId,
    rootfsImageName: image.imageName,
    'podman.version': parts.engineVersion,
    'runtime.name': config.runtime,
    'runtime.version': version,
    'conmon.version': (await parts.monitor.version()).version,
    'host.arch': facts.architecture,
    'host.kernel': facts.kernel,
    'cgroups.version': `v${facts.cgroupVersion}`,
    'distribution.name': facts.distribution.id,
    'distribution.version': facts.distribution.version,
  };
  return parts.images.create({
    ...{ layer, names: [normaliseReference(name)], createdAt, signal },
    describe: (layers) =>
      imageDocuments(
        {
          ...{ format: 'oci', createdAt, architecture: facts.architecture, os: 'linux', config: {} },
          history: [{ created: createdAt, created_by: '/bin/sh' }],
          annotations: Object.fromEntries(
            Object.entries(annotations).map(([key, value]) => [`${annotationPrefix}${key}`, value]),
          ),
        },
        layers,
      ),
  });
}

/** @throws {InvalidArgumentError} `not-a-checkpoint` */
export async function requireCheckpointImage(parts: RuntimeParts, id: string): Promise<void> {
  const { document } = await parts.images.manifest(id);
  const { annotations } = document as { readonly annotations?: Readonly<Record<string, string>> };
  if (annotations?.[runtimeAnnotation] !== undefined) return;
  throw new InvalidArgumentError(`image is not a checkpoint: ${id}`, {
    code: 'not-a-checkpoint',
    hint: 'give an image that `container checkpoint --create-image` made',
  });
}
