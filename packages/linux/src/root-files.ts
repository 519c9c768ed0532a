import {
  closeSync,
  constants,
  fstatSync,
  lchownSync,
  mkdirSync,
  openSync,
  readSync,
  type Stats,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { constants as systemConstants } from 'node:os';
import { posix } from 'node:path';
import { InvalidArgumentError, NotFoundError, UnavailableError } from '@tspod/core';
import { lastErrno, rawSystemCall, terminated } from './libc.ts';
import { O_PATH } from './open-flags.ts';
import { hasCode, systemError } from './system-error.ts';

const openat2 = rawSystemCall('openat2', ['int', 'void *', 'void *', 'size_t']);

const O_CLOEXEC = 0o2000000;
const RESOLVE_NO_MAGICLINKS = 0x02n;
const RESOLVE_NO_SYMLINKS = 0x04n;
const RESOLVE_IN_ROOT = 0x10n;
const defaultLimit = 16 * 1024 * 1024;
/** The kernel asks to try again when a directory was moved while it resolved `..`; whoever moves them for ever gets an error. */
const attemptsWhileMoved = 64;

const { EAGAIN, ELOOP, ENOENT, ENOSYS, ENOTDIR, EPERM } = systemConstants.errno;

/**
 * The content of a regular file below `root`, resolved as if `root` were `/`; undefined when there is none. Anything else that may
 * be there (a fifo, a device, a link of /proc) is never opened.
 * @param limit bytes at most.
 * @throws {InvalidArgumentError} when the file is longer.
 * @throws {UnavailableError} on kernels before 5.6.
 */
export function readFileInRoot(root: string, path: string, limit = defaultLimit): Buffer | undefined {
  return withPathInRoot(root, path, (handle, stats) => {
    if (!stats.isFile()) return undefined;
    // The handle names exactly what was looked at; opening it again can't lead elsewhere.
    const fd = openSync(`/proc/self/fd/${handle}`, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return readUpTo(fd, stats.size, limit, `${path} in ${root}`);
    } finally {
      closeSync(fd);
    }
  });
}

/** Appends to a regular file below `root`, resolved likewise. @throws {NotFoundError} `no-such-file` */
export function appendFileInRoot(root: string, path: string, text: string): void {
  const isDone = withPathInRoot(root, path, (handle, stats) => {
    if (!stats.isFile()) return undefined;
    const fd = openSync(`/proc/self/fd/${handle}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.from(text);
      for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
      return true;
    } finally {
      closeSync(fd);
    }
  });
  if (!isDone) throw new NotFoundError(`there is no file ${path} in ${root}`, { code: 'no-such-file' });
}

/**
 * Makes a symlink at `path` below `root`, whose directory is resolved likewise and made where only that is missing. What is there already
 * stays, and where there is no such directory nothing happens.
 */
export function linkInRoot(
  root: string,
  path: string,
  target: string,
  owner: { readonly uid: number; readonly gid: number },
): void {
  const directory = posix.dirname(path);
  withPathInRoot(root, posix.dirname(directory), (handle) => {
    unlessThere(() => mkdirSync(`/proc/self/fd/${handle}/${posix.basename(directory)}`, 0o755));
  });
  withPathInRoot(root, directory, (handle, stats) => {
    if (!stats.isDirectory()) return;
    const link = `/proc/self/fd/${handle}/${posix.basename(path)}`;
    unlessThere(() => {
      symlinkSync(target, link);
      lchownSync(link, owner.uid, owner.gid);
    });
  });
}

function unlessThere(make: () => void): void {
  try {
    make();
  } catch (error) {
    if (!hasCode(error, 'EEXIST', 'ENOTDIR')) throw error;
  }
}

/** What is at `path` below `root`, resolved likewise. */
export function statInRoot(root: string, path: string): 'file' | 'directory' | 'other' | undefined {
  return withPathInRoot(root, path, (_, stats) => {
    if (stats.isFile()) return 'file';
    return stats.isDirectory() ? 'directory' : 'other';
  });
}

function withPathInRoot<Result>(root: string, path: string, use: (handle: number, stats: Stats) => Result): Result | undefined {
  const rootHandle = openSync(root, O_PATH | constants.O_DIRECTORY);
  try {
    const handle = openInRoot(rootHandle, path);
    if (handle === undefined) return undefined;
    try {
      return use(handle, fstatSync(handle));
    } finally {
      closeSync(handle);
    }
  } finally {
    closeSync(rootHandle);
  }
}

/** What a path below a root may lead through, and what the handle is for. */
export interface OpenInRoot {
  /** open(2) flags; default: O_PATH, a handle that can be looked at but not read. */
  readonly flags?: number | undefined;
  /** Answer undefined where there is a symlink on the way or at the end. Default: symlinks are followed as if the root were `/`. */
  readonly withoutSymlinks?: boolean | undefined;
}

/**
 * Opens what is at `path` below the directory of `rootHandle`, resolved as if that were `/`; undefined when the path leads nowhere.
 * The caller closes the handle.
 * @param path text, or bytes that need not be UTF-8.
 * @throws {UnavailableError} on kernels before 5.6.
 */
export function openInRoot(rootHandle: number, path: string | Buffer, options: OpenInRoot = {}): number | undefined {
  const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (options.withoutSymlinks ? RESOLVE_NO_SYMLINKS : 0n);
  const how = openHow((options.flags ?? O_PATH) | O_CLOEXEC, resolve);
  const bytes = terminated(path.length === 0 ? '.' : path);
  for (let attempts = 1; ; attempts++) {
    const handle = openat2(rootHandle, bytes, how, how.length);
    if (handle >= 0) return handle;
    const errno = lastErrno();
    if (errno === ENOENT || errno === ENOTDIR || errno === ELOOP) return undefined;
    if (errno === EAGAIN && attempts < attemptsWhileMoved) continue;
    if (errno === ENOSYS || errno === EPERM) {
      throw new UnavailableError(`the kernel can't open ${path} confined to a root directory`, {
        code: 'no-openat2',
        hint: 'use Linux 5.6 or later, and a seccomp profile that allows openat2',
        cause: systemError(errno, { syscall: 'openat2', path: path.toString() }),
      });
    }
    throw systemError(errno, { syscall: 'openat2', path: path.toString() });
  }
}

/** `struct open_how`. */
function openHow(flags: number, resolve: bigint): Buffer {
  return Buffer.from(BigUint64Array.of(BigInt(flags), 0n, resolve).buffer);
}

/** @param expected bytes; the file may change, and files of /proc say that they are empty. */
function readUpTo(fd: number, expected: number, limit: number, name: string): Buffer {
  const chunks: Buffer[] = [];
  let total = expected > limit ? expected : 0;
  while (total <= limit) {
    const chunk = Buffer.allocUnsafe(Math.max(expected - total, 4096));
    const length = readSync(fd, chunk);
    if (length === 0) return Buffer.concat(chunks, total);
    chunks.push(chunk.subarray(0, length));
    total += length;
  }
  throw new InvalidArgumentError(`${name} is longer than ${limit} bytes`, { code: 'file-too-long' });
}
