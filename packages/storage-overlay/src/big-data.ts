import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CorruptError, type ImageConfig } from '@tspod/core';
import { hasCode } from '@tspod/linux';
import type { ImageRecord } from './records.ts';
import type { StorePaths } from './store-paths.ts';

/** Key of the manifest to use unless another one is asked for. */
export const defaultManifestKey = 'manifest';

/** Registries take manifests of at most 4 MB; what is much larger would only fill the memory. */
const longestDocument = 64 * 1024 * 1024;

/** File name of a key: keys with anything but lower-case letters, digits and dots are encoded. */
export function bigDataFileName(key: string): string {
  return /^[a-z0-9.]+$/.test(key) && key !== '.' && key !== '..' ? key : `=${Buffer.from(key).toString('base64')}`;
}

/** A JSON document that is stored with an image. @throws {CorruptError} when it is missing or not valid. */
export function readDocument(paths: StorePaths, image: ImageRecord, key: string): unknown {
  const text = readData(paths, image, key).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw corruptData(paths, image, key, 'not valid', cause);
  }
}

/** A document that is stored with an image. @throws {CorruptError} when it is missing or far too large. */
export function readData(paths: StorePaths, image: ImageRecord, key: string): Buffer {
  const path = dataPath(paths, image, key);
  try {
    if (statSync(path).size > longestDocument) throw corruptData(paths, image, key, `larger than ${longestDocument} bytes`);
    return readFileSync(path);
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT') && !hasCode(cause, 'EISDIR')) throw cause;
    throw corruptData(paths, image, key, 'missing', cause);
  }
}

function dataPath(paths: StorePaths, image: ImageRecord, key: string): string {
  return join(paths.imageDirectory(image.id), bigDataFileName(key));
}

function corruptData(paths: StorePaths, image: ImageRecord, key: string, fault: string, cause?: unknown): CorruptError {
  const path = dataPath(paths, image, key);
  return new CorruptError(`${path}, the ${key} of image ${image.id}, is ${fault}`, {
    code: 'corrupt-image',
    path,
    hint: 'remove the image and pull it again',
    cause,
  });
}

/** @throws {CorruptError} when the stored config is missing or not valid. */
export function readConfig(paths: StorePaths, image: ImageRecord): ImageConfig {
  const config = readDocument(paths, image, configKey(paths, image));
  if (isObject(config)) return config as ImageConfig;
  const path = paths.imageDirectory(image.id);
  throw new CorruptError(`the config of image ${image.id} in ${path} is no object`, {
    code: 'corrupt-image',
    path,
    hint: 'remove the image and pull it again',
  });
}

/** The key of the config: the digest that the manifest gives, which for nearly all images is `sha256:<image id>`. */
function configKey(paths: StorePaths, image: ImageRecord): string {
  const usual = `sha256:${image.id}`;
  if (image['big-data-names']?.includes(usual)) return usual;
  const manifest = readDocument(paths, image, defaultManifestKey);
  const digest = isObject(manifest) && isObject(manifest.config) ? manifest.config.digest : undefined;
  return typeof digest === 'string' ? digest : usual;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
