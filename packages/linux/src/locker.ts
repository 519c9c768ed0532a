import { closeSync, fstatSync, mkdirSync, openSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, type Lock, type Locker } from '@tspod/core';
import { lastErrno, libraryFunction } from './libc.ts';
import { hasCode, systemError } from './system-error.ts';
import { createTurns } from './turns.ts';

export interface LinuxLockerSettings {
  /** Where the locks' files are; made (0700) with the first lock. Belongs into the run directory. */
  readonly directory: string;
}

const LOCK_EX = 2;
const LOCK_NB = 4;

/** A file name holds 255 bytes. */
const longestName = 250;

const flock = libraryFunction('flock', 'int', ['int', 'int']);

/** Locks by flock(2) on one file per name, `<directory>/<name>.lock`, so that a shell's flock(1) takes part. */
export function createLinuxLocker(settings: LinuxLockerSettings): Locker {
  const { directory } = settings;
  const turns = createTurns();

  function pathOf(name: string): string {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name) || name.length > longestName) {
      throw new InvalidArgumentError(`${JSON.stringify(name)} is not a name for a lock`, {
        code: 'invalid-lock-name',
        hint: `use at most ${longestName} letters, digits, underscores, dots and hyphens, a letter or digit first`,
      });
    }
    return join(directory, `${name}.lock`);
  }

  function attempt(name: string): Lock | undefined {
    const path = pathOf(name);
    for (;;) {
      const fd = openIn(directory, path);
      let isHeld = false;
      try {
        if (!tryFlock(fd, path)) return undefined;
        // A holder may have removed the file while it was waited for; then the lock is one that nobody else sees.
        isHeld = isFileAt(path, fd);
        if (isHeld) return heldLock(name, path, fd);
      } finally {
        if (!isHeld) closeSync(fd);
      }
    }
  }

  function heldLock(name: string, path: string, fd: number): Lock {
    let held = true;
    async function release(options: { readonly forget?: boolean } = {}): Promise<void> {
      if (!held) return;
      held = false;
      try {
        if (options.forget) unlinkIfPresent(path);
      } finally {
        closeSync(fd);
        turns.wake(name);
      }
    }
    return { name, release, [Symbol.asyncDispose]: () => release() };
  }

  return {
    specVersion: 'v1',
    pathOf,
    acquire: (name, options) => turns.take(name, () => attempt(name), options?.signal),
    tryAcquire: async (name) => turns.tryTake(name, () => attempt(name)),
  };
}

function openIn(directory: string, path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return openSync(path, 'a', 0o600);
}

function tryFlock(fd: number, path: string): boolean {
  if (flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
  const error = systemError(lastErrno(), { syscall: 'flock', path });
  if (error.code === 'EAGAIN') return false;
  throw error;
}

function isFileAt(path: string, fd: number): boolean {
  const named = statSync(path, { throwIfNoEntry: false, bigint: true });
  const opened = fstatSync(fd, { bigint: true });
  return named !== undefined && named.ino === opened.ino && named.dev === opened.dev;
}

function unlinkIfPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
