import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ImageData, isId } from '@tspod/core';
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
  for (const name of readdirSync(directory)) if (isDraft(name)) rmSync(join(directory, name), { force: true });
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
  removeUnrecorded(paths, images);
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

/**
 * Removes the directories of images that nobody recorded, or that were dropped: their makers and removers were killed, for all of them hold
 * the lock of the images from the first document to the record.
 */
export function removeUnrecorded(paths: StorePaths, images: LockedTable<ImageRecord>): void {
  for (const id of unrecordedImages(paths, images.all())) rmSync(paths.imageDirectory(id), { recursive: true, force: true });
}

/** Ids of which there are documents and no record. */
export function unrecordedImages(paths: StorePaths, images: readonly ImageRecord[]): readonly string[] {
  if (!existsSync(paths.imageRecords)) return [];
  const recorded = new Set(images.map(({ id }) => id));
  return readdirSync(paths.imageRecords).filter((name) => isId(name) && !recorded.has(name));
}

/** A file that was about to replace another one. */
export function isDraft(name: string): boolean {
  return name.startsWith('.tmp-');
}
