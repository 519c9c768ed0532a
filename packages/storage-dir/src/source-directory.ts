import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, NotFoundError } from '@tspod/core';
import { hasCode } from '@tspod/linux';

/** Where the engine keeps what infra containers are made of, below the graph root: no part of the storage. */
const infraRoots = 'tspod/infra';

/**
 * The canonical path of a caller's directory that may become a root filesystem.
 * @throws {NotFoundError} `no-such-file`; {InvalidArgumentError} `not-a-directory`, or `directory-in-store` when it lies in the
 * graph root, or holds it and is to be overlaid.
 */
export function sourceDirectory(path: string, overlay: boolean, graphRoot: string): string {
  const directory = existing(path);
  const store = statSync(graphRoot, { throwIfNoEntry: false }) ? realpathSync(graphRoot) : graphRoot;
  if (isWithin(directory, store) && !isWithin(directory, join(store, infraRoots))) {
    throw new InvalidArgumentError(`the root filesystem ${path} is inside the graph root ${graphRoot}`, {
      code: 'directory-in-store',
      hint: 'use a copy of it outside the store',
    });
  }
  if (overlay && isWithin(store, directory)) {
    throw new InvalidArgumentError(`the root filesystem ${path} can't be overlaid: the graph root ${graphRoot} is inside it`, {
      code: 'directory-in-store',
      hint: 'use it without an overlay, or another graph root',
    });
  }
  return directory;
}

function existing(path: string): string {
  try {
    const directory = realpathSync(path);
    if (statSync(directory).isDirectory()) return directory;
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'ENOTDIR')) throw cause;
    throw new NotFoundError(`the root filesystem ${path} does not exist`, { code: 'no-such-file', cause });
  }
  throw new InvalidArgumentError(`the root filesystem ${path} is not a directory`, { code: 'not-a-directory' });
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}
