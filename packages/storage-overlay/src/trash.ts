import { existsSync, mkdirSync, readdirSync, renameSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { randomBytes } from '@tspod/core';
import { removeTree, tryLockFile } from '@tspod/linux';

/**
 * Directories on their way out: moved aside at once, while the records are locked, and removed when they no longer are. Laid out
 * as newer releases of containers/storage do: whoever can lock `lock-<x>` may remove `temp-dir-<x>`, because its owner died.
 */
export interface Trash {
  /** Moves a directory of the same file system here. Not there is success. */
  take(path: string): void;
  /** Removes what was taken. Idempotent. */
  empty(): Promise<void>;
}

export function createTrash(directory: string): Trash {
  let bin: Bin | undefined;
  let taken = 0;

  return {
    take(path) {
      if (!existsSync(path)) return;
      bin ??= openBin(directory);
      renameSync(path, join(bin.path, `${taken++}-${basename(path)}`));
    },
    async empty() {
      if (!bin) return;
      const full = bin;
      bin = undefined;
      await full.remove();
    },
  };
}

/** Removes what processes left that died between taking and emptying. What can't be removed is warned about and stays. */
export async function emptyAbandonedTrash(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) {
    if (!name.startsWith('lock-')) continue;
    const lock = tryLockFile(join(directory, name), 'write');
    if (!lock) continue;
    try {
      await removeTree(join(directory, name.replace(/^lock-/, 'temp-dir-')));
      unlinkSync(lock.path);
    } catch (error) {
      process.emitWarning(`what was removed earlier can't be deleted: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      lock.release();
    }
  }
}

/** A directory that is removed by its owner, or by whoever finds its owner dead. */
export interface Bin {
  readonly path: string;
  remove(): Promise<void>;
}

export function openBin(directory: string): Bin {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (;;) {
    const name = randomBytes(8).toString('hex');
    const lock = tryLockFile(join(directory, `lock-${name}`), 'write');
    // Between making and locking the file another process may have taken it for abandoned.
    if (!lock || !existsSync(lock.path)) {
      lock?.release();
      continue;
    }
    const path = join(directory, `temp-dir-${name}`);
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (failure) {
      unlinkSync(lock.path);
      lock.release();
      throw failure;
    }
    return {
      path,
      async remove() {
        try {
          await removeTree(path);
          unlinkSync(lock.path);
        } finally {
          lock.release();
        }
      },
    };
  }
}
