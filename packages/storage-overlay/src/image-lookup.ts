import { type ImageLookup, InvalidArgumentError } from '@tspod/core';
import type { ImageRecord } from './records.ts';

const shortestPrefix = 3;

/** The image that a reference means: the names in their order, then an id, a digest, or the beginning of an id. */
export function findImage(images: readonly ImageRecord[], { names, idOrPrefix }: ImageLookup): ImageRecord | undefined {
  for (const name of names) {
    const found = images.find((image) => image.names?.includes(name)) ?? byDigestedName(images, name);
    if (found) return found;
  }
  return idOrPrefix ? byId(images, idOrPrefix) : undefined;
}

/** `repository@sha256:…` means an image with that digest that has, under whatever tag, a name in that repository. */
function byDigestedName(images: readonly ImageRecord[], name: string): ImageRecord | undefined {
  const [reference = '', digest] = name.split('@');
  if (!digest) return undefined;
  const repository = withoutTag(reference);
  return images.find(
    (image) => hasDigest(image, digest) && image.names?.some((other) => withoutTag(other.split('@')[0] ?? '') === repository),
  );
}

function byId(images: readonly ImageRecord[], text: string): ImageRecord | undefined {
  const digits = text.replace(/^sha256:/, '');
  const exact = images.find(({ id }) => id === digits) ?? images.find((image) => hasDigest(image, `sha256:${digits}`));
  if (exact || digits.length < shortestPrefix || !/^[0-9a-f]+$/.test(digits)) return exact;
  const found = images.filter(({ id }) => id.startsWith(digits));
  if (found.length > 1) {
    throw new InvalidArgumentError(
      `"${text}" is the beginning of ${found.length} image ids: ${found.map(({ id }) => id).join(', ')}`,
      {
        code: 'ambiguous-image',
        hint: 'give more digits',
      },
    );
  }
  return found[0];
}

function hasDigest(image: ImageRecord, digest: string): boolean {
  if (image.digest === digest) return true;
  return Object.entries(image['big-data-digests'] ?? {}).some(([key, value]) => key.startsWith('manifest') && value === digest);
}

function withoutTag(reference: string): string {
  return reference.replace(/:[^/:]*$/, '');
}
