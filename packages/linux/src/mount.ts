import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type HostMount, InvalidArgumentError, withUndoFailure } from '@tspod/core';
import { AT_FDCWD, checked, lastErrno, libraryFunction } from './libc.ts';
import { MS, parseMountOptions } from './mount-options.ts';
import { parseMountInfo } from './mountinfo.ts';
import { hasCode, systemError } from './system-error.ts';

/** mount(2) copies one page of options and drops the rest without a word. */
export const longestMountData = 4095;

const nativeMount = libraryFunction('mount', 'int', ['str', 'str', 'str', 'ulong', 'str']);
const nativeUnmount = libraryFunction('umount2', 'int', ['str', 'int']);
const nativeStatfs = libraryFunction('statfs', 'int', ['str', 'void *']);
const nativeStatx = libraryFunction('statx', 'int', ['int', 'str', 'int', 'uint', 'void *']);

const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_NO_AUTOMOUNT = 0x800;
const STATX_ATTR_MOUNT_ROOT = 0x2000n;

/** Flags that belong to a bind mount itself, and that statfs(2) reports with the values of mount(2). */
const bindFlags = MS.rdonly | MS.nosuid | MS.nodev | MS.noexec | MS.noatime | MS.nodiratime;
const changedByRemount = bindFlags | MS.relatime | MS.strictatime | MS.nosymfollow;

/**
 * mount(2), with fstab words as options.
 *
 * An empty `type` with a source is a bind mount; flags then change the new mount only (a second mount(2) call) and those of the
 * source that no word clears stay. An empty `type` and an empty source change the mount at `target`: its propagation, or with
 * `remount` its flags. When a later step fails the mount is taken away again.
 *
 * @throws {InvalidArgumentError} when the options are longer than the kernel reads.
 * @throws {SystemError} what the kernel says.
 */
export function mount(request: HostMount): void {
  const { source, target, type } = request;
  const { set, clear, propagation, data } = parseMountOptions(request.options);
  const text = data.join(',');
  if (Buffer.byteLength(text) > longestMountData) {
    throw new InvalidArgumentError(
      `mount options for ${target} are ${Buffer.byteLength(text)} bytes long, more than ${longestMountData}`,
      {
        code: 'mount-options-too-long',
        hint: 'the kernel would drop the rest; use fewer or shorter options',
      },
    );
  }
  const binds = (set & MS.remount) === 0 && ((set & MS.bind) !== 0 || (type === '' && source !== ''));
  const creates = binds || type !== '';
  if (binds) {
    callMount(source, target, null, MS.bind | (set & MS.rec), null);
  } else if ((set & MS.remount) !== 0 && (set & MS.bind) !== 0) {
    remountBind(target, set, clear);
  } else if (creates || (set & MS.remount) !== 0) {
    callMount(source || 'none', target, type || null, set, text || null);
  } else if (propagation.length === 0) {
    throw new InvalidArgumentError(`nothing to mount at ${target}: neither type nor source nor a change`, {
      code: 'empty-mount',
    });
  }
  const undoes = creates && (set & MS.remount) === 0;
  try {
    if (binds && ((set | clear) & changedByRemount) !== 0) remountBind(target, set, clear);
    for (const change of propagation) callMount('none', target, null, change, null);
  } catch (failure) {
    if (undoes) undoMount(target, failure);
    throw failure;
  }
}

/**
 * umount2(2), not following a symlink at the end of the path.
 * @returns false when nothing is mounted there or there is no such path.
 */
export function unmount(target: string, options: { readonly detach?: boolean } = {}): boolean {
  const flags = UMOUNT_NOFOLLOW | (options.detach ? MNT_DETACH : 0);
  if (nativeUnmount(target, flags) === 0) return true;
  const error = systemError(lastErrno(), { syscall: 'umount2', path: target });
  if (error.code === 'ENOENT') return false;
  // EINVAL also means a mount that is locked to a parent mount namespace.
  if (error.code === 'EINVAL' && !isMountPoint(target)) return false;
  throw error;
}

/** Whether something is mounted exactly at `path`. A symlink is none, and neither is a path that does not exist. */
export function isMountPoint(path: string): boolean {
  const result = Buffer.alloc(256);
  if (nativeStatx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, result) !== 0) {
    const error = systemError(lastErrno(), { syscall: 'statx', path });
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
  const attributes = result.readBigUInt64LE(8);
  const understood = result.readBigUInt64LE(56);
  if ((understood & STATX_ATTR_MOUNT_ROOT) !== 0n) return (attributes & STATX_ATTR_MOUNT_ROOT) !== 0n;
  return isListedMountPoint(path);
}

/** The answer of kernels before 5.8. */
export function isListedMountPoint(path: string): boolean {
  const parent = realpathSync(dirname(path));
  const canonical = path === '/' ? '/' : join(parent, basename(path));
  return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')).some((entry) => entry.mountPoint === canonical);
}

function callMount(source: string, target: string, type: string | null, flags: number, data: string | null): void {
  checked(nativeMount(source, target, type, flags, data), { syscall: 'mount', path: source, dest: target });
}

/** A bind mount takes its flags only when it is remounted, and a remount drops every flag that it does not repeat. */
function remountBind(target: string, set: number, clear: number): void {
  const replaced = (set & (MS.relatime | MS.strictatime)) === 0 ? clear : clear | MS.noatime;
  const present = mountFlags(target) & bindFlags & ~replaced;
  const wanted = present | (set & changedByRemount);
  callMount('none', target, null, MS.remount | MS.bind | wanted, null);
}

function mountFlags(path: string): number {
  const result = Buffer.alloc(256);
  checked(nativeStatfs(path, result), { syscall: 'statfs', path });
  return Number(result.readBigInt64LE(80));
}

function undoMount(target: string, failure: unknown): void {
  try {
    unmount(target, { detach: true });
  } catch (undoFailure) {
    throw withUndoFailure(failure, undoFailure);
  }
}
