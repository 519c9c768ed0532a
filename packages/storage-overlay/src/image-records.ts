import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageData } from '@tspod/core';
import { replaceFile } from '@tspod/linux';
import { bigDataFileName } from './big-data.ts';
import { withName, withoutName } from './image-names.ts';
import type { LockedTable } from './record-table.ts';
import type { ImageRecord } from './records.ts';
import type { StorePaths } from './store-paths.ts';

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * The record with documents added or replaced, whose files are written. Until the record is saved nobody looks for new ones, so that a
 * crash before that leaves an image as it was.
 */
function withData(paths: StorePaths, image: ImageRecord, data: ImageData): ImageRecord {
  const directory = paths.imageDirectory(image.id);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const names = [...(image['big-data-names'] ?? [])];
  const sizes = { ...image['big-data-sizes'] };
  const digests = { ...image['big-data-digests'] };
  for (const [key, bytes] of Object.entries(data)) {
    replaceFile(join(directory, bigDataFileName(key)), bytes, { durable: true });
    if (!names.includes(key)) names.push(key);
    sizes[key] = bytes.length;
    digests[key] = digestOf(bytes);
  }
  return { ...image, 'big-data-names': names, 'big-data-sizes': sizes, 'big-data-digests': digests };
}

/**
 * Adds an image, or replaces it, and takes its names from those that have them. What was written of a new one goes when it can't be
 * recorded.
 */
export function recordImage(
  paths: StorePaths,
  images: LockedTable<ImageRecord>,
  image: ImageRecord,
  data: ImageData,
  names: readonly string[],
): ImageRecord {
  const before = images.all();
  try {
    const recorded = names.reduce(withName, withData(paths, image, data));
    for (const other of before.filter(({ id }) => id !== image.id)) {
      const left = names.reduce(withoutName, other);
      if (left !== other) images.put(left);
    }
    images.put(recorded);
    images.save();
    return recorded;
  } catch (failure) {
    const isNew = !before.some(({ id }) => id === image.id);
    if (isNew) rmSync(paths.imageDirectory(image.id), { recursive: true, force: true });
    throw failure;
  }
}

/** Adds and replaces documents of an image that is there. A new default manifest is one more by which the image is known. */
export function putImageData(paths: StorePaths, images: LockedTable<ImageRecord>, image: ImageRecord, data: ImageData): void {
  images.put(withData(paths, image, data));
  images.save();
}
