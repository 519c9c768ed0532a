import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TransferOptions } from '../contracts/image-transport.ts';
import { InvalidArgumentError, NotFoundError } from '../errors.ts';
import { normaliseReference } from '../reference.ts';
import { recordEvent } from './events.ts';
import { findImage, noSuchImage } from './find-image.ts';
import type { RuntimeParts } from './parts.ts';

export type SaveFormat = 'docker-archive' | 'oci-archive' | 'oci-dir' | 'docker-dir';

export interface SaveOptions extends TransferOptions {
  /** The archive or directory to write. */
  readonly path: string;
  /** Default: `docker-archive`. */
  readonly format?: SaveFormat | undefined;
  /** Take further references as images, and not as names of the first; a docker-archive only. */
  readonly severalImages?: boolean | undefined;
  /** Compress the layers of a docker directory. */
  readonly compress?: boolean | undefined;
  /** Leave the layers of an OCI archive or directory as they are. */
  readonly acceptUncompressed?: boolean | undefined;
}

/** Writes an image, or several, to a file or directory. */
export async function saveImages(parts: RuntimeParts, references: readonly string[], options: SaveOptions): Promise<void> {
  const { path, format = 'docker-archive', severalImages, compress, acceptUncompressed, ...transfer } = options;
  if (path.includes(':')) {
    throw new InvalidArgumentError(`invalid filename (should not contain ':') "${path}"`, { code: 'invalid-option' });
  }
  if (!existsSync(dirname(path))) {
    throw new NotFoundError(`opening file "${path}": open ${path}: no such file or directory`, { code: 'no-such-file' });
  }
  const [reference = '', ...others] = references;
  if (severalImages) {
    if (format !== 'docker-archive') {
      throw new InvalidArgumentError(`unsupported format "${format}" for saving multiple images (only docker-archive)`, {
        code: 'invalid-option',
      });
    }
    await saveSeveral(parts, references, path, transfer);
    return;
  }
  const { image, name } = await found(parts, reference);
  const shared = { ...transfer, imageId: image.id, removeSignatures: true };
  const suffix = name === undefined ? '' : `:${name}`;
  switch (format) {
    case 'docker-archive':
      await parts.transport.push({
        ...shared,
        destination: `docker-archive:${path}${suffix}`,
        additionalNames: others.map(normaliseReference),
      });
      break;
    case 'oci-archive':
      await parts.transport.push({ ...shared, destination: `oci-archive:${path}${suffix}`, format: 'oci', acceptUncompressed });
      break;
    case 'oci-dir':
      await parts.transport.push({ ...shared, destination: `oci:${path}${suffix}`, format: 'oci', acceptUncompressed });
      break;
    case 'docker-dir':
      await parts.transport.push({ ...shared, destination: `dir:${path}`, format: 'v2s2', compress });
  }
  await recordEvent(parts, { type: 'image', action: 'save', id: image.id, name: path });
}

async function saveSeveral(
  parts: RuntimeParts,
  references: readonly string[],
  path: string,
  transfer: TransferOptions,
): Promise<void> {
  const images = new Map<string, string[]>();
  for (const reference of references) {
    const { image, name } = await found(parts, reference);
    images.set(image.id, [...(images.get(image.id) ?? []), ...(name === undefined ? [] : [name])]);
  }
  await parts.transport.saveSeveral({ ...transfer, path, images: [...images].map(([id, names]) => ({ id, names })) });
  for (const id of images.keys()) await recordEvent(parts, { type: 'image', action: 'save', id, name: path });
}

async function found(parts: RuntimeParts, reference: string) {
  const image = await findImage(parts, reference);
  if (image === undefined) throw noSuchImage(reference);
  return image;
}
