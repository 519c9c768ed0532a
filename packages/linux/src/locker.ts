import { closeSync, fstatSync, linkSync, mkdirSync, openSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, type Lock, type Locker, type LockOptions } from '@tspod/core';
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

const suffix = '.lock';

/**
 * Locks by flock(2) on one file per name, `<directory>/<name>.lock`, so that a shell's flock(1) takes part. The file of a transient
 * lock has a second name below `<directory>/transient` for as long as it is held; a new one is made there, locked, and linked into place,
 * so that at no moment a file is left that `sweep` does not find.
 */
export function createLinuxLocker(settings: LinuxLockerSettings): Locker {
  const { directory } = settings;
  const transient = join(directory, 'transient');
  const turns = createTurns();

  function pathOf(name: string): string {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name) || name.length > longestName) {
      throw new InvalidArgumentError(`${JSON.stringify(name)} is not a name for a lock`, {
        code: 'invalid-lock-name',
        hint: `use at most ${longestName} letters, digits, underscores, dots and hyphens, a letter or digit first`,
      });
    }
    return join(directory, `${name}${suffix}`);
  }

  function attempt(name: string, { transient: isTransient = false }: LockOptions = {}): Lock | undefined {
    const path = pathOf(name);
    const mark = isTransient ? join(transient, `${name}${suffix}`) : undefined;
    if (mark !== undefined && !isPresent(path)) {
      const fd = lockNew(mark, path);
      if (fd !== undefined) return heldLock(name, path, fd, mark);
    }
    const fd = lockAt(directory, path);
    if (fd === undefined) return undefined;
    try {
      if (mark !== undefined) linkOver(path, mark, transient);
    } catch (error) {
      closeSync(fd); // nobody would ever let go of it
      throw error;
    }
    return heldLock(name, path, fd, mark);
  }

  /** A lock that nobody else could have yet; undefined when somebody was faster. */
  function lockNew(mark: string, path: string): number | undefined {
    const fd = lockAt(transient, mark);
    if (fd === undefined) return undefined;
    try {
      linkSync(mark, path);
      return fd;
    } catch (error) {
      try {
        unlinkIfPresent(mark);
      } finally {
        closeSync(fd);
      }
      if (hasCode(error, 'EEXIST')) return undefined;
      throw error;
    }
  }

  function sweepOne(name: string): void {
    const mark = join(transient, name);
    if (!isPresent(mark)) return;
    const fd = lockAt(transient, mark);
    if (fd === undefined) return; // its holder lives
    try {
      const path = join(directory, name);
      if (isFileAt(path, fd)) unlinkIfPresent(path);
      unlinkIfPresent(mark);
    } finally {
      closeSync(fd);
    }
  }

  function heldLock(name: string, path: string, fd: number, mark: string | undefined): Lock {
    let held = true;
    async function release(options: { readonly forget?: boolean } = {}): Promise<void> {
      if (!held) return;
      held = false;
      try {
        if (options.forget) unlinkIfPresent(path);
        if (mark !== undefined) unlinkIfPresent(mark);
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
    acquire: (name, options) => turns.take(name, () => attempt(name, options), options?.signal),
    tryAcquire: async (name, options) => turns.tryTake(name, () => attempt(name, options)),
    async sweep() {
      for (const name of namesIn(transient)) sweepOne(name);
    },
    names: async () => [...new Set([...namesIn(directory), ...namesIn(transient)])].map((name) => name.slice(0, -suffix.length)),
  };
}

/** Locks the file, making it when it is missing; undefined when somebody holds it. */
function lockAt(directory: string, path: string): number | undefined {
  for (;;) {
    const fd = openIn(directory, path);
    let isHeld = false;
    try {
      if (!tryFlock(fd, path)) return undefined;
      // A holder may have removed the file while it was waited for; then the lock is one that nobody else sees.
      isHeld = isFileAt(path, fd);
      if (isHeld) return fd;
    } finally {
      if (!isHeld) closeSync(fd);
    }
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(suffix));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function isPresent(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Gives a held lock's file the second name, which may be that of an earlier file whose holder died. */
function linkOver(path: string, mark: string, directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  unlinkIfPresent(mark);
  linkSync(path, mark);
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
