import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';
import { randomBytes } from '@tspod/core';
import { lastErrno, libraryFunction } from './libc.ts';
import { systemError } from './system-error.ts';
import { createTurns } from './turns.ts';

/** How long a record of the last writer is; anything shorter was never written. */
const recordLength = 64;

/**
 * A lock of containers/storage on a whole file: an open file description lock, which conflicts with the POSIX record locks of
 * podman and its relatives but is not lost when this process closes another descriptor of the same file. The kernel frees it when
 * its holder dies.
 */
export interface RecordLock {
  readonly path: string;
  readonly kind: RecordLockKind;
  readonly fd: number;
  /** The 64 bytes that the last writer left, or an empty buffer when there was none. To be compared, not understood. */
  readRecord(): Buffer;
  /** Leaves a new record, so that every other process sees that something changed. Needs the write lock. */
  writeRecord(): Buffer;
  /** Idempotent. */
  release(): void;
}

export type RecordLockKind = 'read' | 'write';

export interface RecordLockOptions {
  /** Makes the file (0644) when it is missing. Default: true. */
  readonly create?: boolean | undefined;
  /** Opens the file for reading only, for stores that this process must not write to; only read locks. Default: false. */
  readonly readOnly?: boolean | undefined;
}

const F_OFD_SETLK = 37;
const F_RDLCK = 0;
const F_WRLCK = 1;

const fcntl = libraryFunction('fcntl', 'int', ['int', 'int', 'void *']);
const turns = createTurns();
let recordsWritten = 0n;

/**
 * Waits for the lock without blocking the event loop.
 * @throws {SystemError} when the file can't be opened.
 * @throws the signal's reason.
 */
export function lockFile(
  path: string,
  kind: RecordLockKind,
  options: RecordLockOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<RecordLock> {
  return turns.take(path, () => attempt(path, kind, options), options.signal);
}

/** The lock, or undefined at once when it is held in a way that excludes `kind`, or others wait for it. */
export function tryLockFile(path: string, kind: RecordLockKind, options: RecordLockOptions = {}): RecordLock | undefined {
  return turns.tryTake(path, () => attempt(path, kind, options));
}

function attempt(path: string, kind: RecordLockKind, options: RecordLockOptions): RecordLock | undefined {
  const fd = openSync(path, openFlags(options), 0o644);
  if (fcntl(fd, F_OFD_SETLK, wholeFile(kind)) === 0) return heldLock(path, kind, fd);
  const error = systemError(lastErrno(), { syscall: 'fcntl', path });
  closeSync(fd);
  if (error.code === 'EAGAIN' || error.code === 'EACCES') return undefined;
  throw error;
}

function openFlags({ create = true, readOnly = false }: RecordLockOptions): number {
  return (readOnly ? constants.O_RDONLY : constants.O_RDWR) | (create ? constants.O_CREAT : 0);
}

/** `struct flock` as 64-bit architectures have it: from the start of the file to its end, wherever that will be. */
function wholeFile(kind: RecordLockKind): Buffer {
  const range = Buffer.alloc(32);
  range[endianness() === 'LE' ? 0 : 1] = kind === 'read' ? F_RDLCK : F_WRLCK;
  return range;
}

function heldLock(path: string, kind: RecordLockKind, fd: number): RecordLock {
  let held = true;
  return {
    path,
    kind,
    fd,
    readRecord() {
      const record = Buffer.alloc(recordLength);
      return record.subarray(0, readSync(fd, record, 0, recordLength, 0) === recordLength ? recordLength : 0);
    },
    writeRecord() {
      const record = newRecord();
      writeSync(fd, record, 0, recordLength, 0);
      return record;
    },
    release() {
      if (!held) return;
      held = false;
      closeSync(fd);
      turns.wake(path);
    },
  };
}

/** Laid out as containers/storage does: time in nanoseconds, a counter, the process, noise. */
function newRecord(): Buffer {
  const record = Buffer.alloc(recordLength);
  record.writeBigUInt64LE(BigInt(Date.now()) * 1_000_000n, 0);
  record.writeBigUInt64LE(++recordsWritten, 8);
  record.writeUInt32LE(process.pid, 16);
  randomBytes(recordLength - 20).copy(record, 20);
  return record;
}
