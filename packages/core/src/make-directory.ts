import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidArgumentError } from './errors.ts';

/** What a directory that somebody chose is for, and with which flag it is chosen. */
export interface DirectoryPurpose {
  readonly what: string;
  readonly flag: string;
  /** Default: 0700. */
  readonly mode?: number | undefined;
}

/**
 * Makes a directory that is named by a user, with those above it. A directory that is there is left as it is.
 *
 * Not with Node's `recursive`, which never comes to an end where the kernel answers ENOENT in a directory that exists, as in `/proc`.
 *
 * @throws {InvalidArgumentError} `unusable-directory`
 */
export function makeDirectory(path: string, { what, flag, mode = 0o700 }: DirectoryPurpose): void {
  try {
    makeMissing(path, mode);
  } catch (cause) {
    throw new InvalidArgumentError(`${path} can't be used as the ${what}: ${(cause as Error).message}`, {
      code: 'unusable-directory',
      hint: `name another directory with ${flag}`,
      cause,
    });
  }
}

function makeMissing(path: string, mode: number): void {
  if (isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeMissing(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // another process may have been faster
    if (!((error as NodeJS.ErrnoException).code === 'EEXIST' && isDirectory(path))) throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
