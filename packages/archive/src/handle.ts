import { closeSync, constants, openSync, readdirSync } from 'node:fs';
import { hasCode, O_PATH } from '@tspod/linux';
import { type ByteText, toBytes } from './byte-text.ts';

/**
 * A path by which the kernel comes to exactly the file that a descriptor stands for, whatever has happened to its name since; a symlink
 * that it stands for is not followed.
 */
export function handlePath(handle: number): Buffer {
  return Buffer.from(`/proc/self/fd/${handle}`);
}

/** The entry `name`, one word without a slash, of the directory that a descriptor stands for. */
export function entryPath(directory: number, name: ByteText): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), toBytes(name)]);
}

/** A descriptor of whatever has this name in the directory, symlinks not followed, nothing opened; undefined when there is nothing. */
export function openEntry(directory: number, name: ByteText): number | undefined {
  try {
    return openSync(entryPath(directory, name), O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

export function using<Result>(handle: number, use: (handle: number) => Result): Result {
  try {
    return use(handle);
  } finally {
    closeSync(handle);
  }
}

/** Names of what is in the directory that a descriptor stands for. */
export function namesIn(directory: number): ByteText[] {
  const reader = openSync(handlePath(directory), constants.O_RDONLY | constants.O_DIRECTORY);
  return using(reader, () => readdirSync(handlePath(reader), { encoding: 'latin1' }));
}
