import { closeSync, constants, openSync } from 'node:fs';
import { lastErrno, libraryFunction } from './libc.ts';
import { systemError } from './system-error.ts';
import { createTurns } from './turns.ts';

const LOCK_EX = 2;
const LOCK_NB = 4;

const flock = libraryFunction('flock', 'int', ['int', 'int']);
const turns = createTurns();

/** A file that nobody else who asks by flock(2) has at the same time. The kernel frees it when its holder dies. */
export interface FlockedFile {
  readonly fd: number;
  /** Idempotent. */
  release(): void;
}

/** Opens a file for reading and writing, making it (0600) when it is missing, and waits for its lock without blocking the event loop. */
export function flockFile(path: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<FlockedFile> {
  return turns.take(path, () => attempt(path), options.signal);
}

function attempt(path: string): FlockedFile | undefined {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  if (flock(fd, LOCK_EX | LOCK_NB) === 0) return held(path, fd);
  const error = systemError(lastErrno(), { syscall: 'flock', path });
  closeSync(fd);
  if (error.code === 'EAGAIN') return undefined;
  throw error;
}

function held(path: string, fd: number): FlockedFile {
  let isHeld = true;
  return {
    fd,
    release() {
      if (!isHeld) return;
      isHeld = false;
      closeSync(fd);
      turns.wake(path);
    },
  };
}
