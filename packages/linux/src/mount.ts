import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type HostMount, InvalidArgumentError, withUndoFailure } from '@tspod/core';
import { AT_FDCWD, checked, lastErrno, libraryFunction } from './libc.ts';
import { MS, type ParsedMountOptions, parseMountOptions } from './mount-options.ts';
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
 * With the word `bind` or `rbind`, or with a source but no type, it binds: flags then are those of the new mount only, and those of
 * the source stay unless a word clears them. With `remount`, or with neither type nor source, it changes what is mounted at
 * `target`: its flags or its propagation. When a later step of a new mount fails, the mount is taken away again.
 *
 * @throws {InvalidArgumentError} when a bind mount has options that are no flags, or options are longer than the kernel reads.
 * @throws {SystemError} what the kernel says.
 */
export function mount(request: HostMount): void {
  const { source, target } = request;
  const parsed = parseMountOptions(request.options);
  const kind = kindOf(request, parsed);
  checkData(kind, target, parsed.data.join(','));
  if (kind === 'change') {
    changeMount(target, parsed);
    return;
  }
  if (kind === 'bind') callMount(source, target, null, MS.bind | (parsed.set & MS.rec), null);
  else callMount(source || 'none', target, request.type, parsed.set, parsed.data.join(',') || null);
  try {
    if (kind === 'bind' && ((parsed.set | parsed.clear) & changedByRemount) !== 0) remountBind(target, parsed);
    changePropagation(target, parsed);
  } catch (failure) {
    undoMount(target, failure);
    throw failure;
  }
}

type Kind = 'bind' | 'file system' | 'change';

function kindOf({ source, type }: HostMount, { set }: ParsedMountOptions): Kind {
  if ((set & MS.remount) !== 0) return 'change';
  if ((set & MS.bind) !== 0 || type === 'bind') return 'bind';
  if (type !== '') return 'file system';
  return source === '' ? 'change' : 'bind';
}

function checkData(kind: Kind, target: string, data: string): void {
  const length = Buffer.byteLength(data);
  if (kind === 'bind' && length > 0) {
    throw new InvalidArgumentError(`a bind mount at ${target} has no options ${data}`, { code: 'invalid-bind-option' });
  }
  if (length > longestMountData) {
    throw new InvalidArgumentError(`mount options for ${target} are ${length} bytes long, more than ${longestMountData}`, {
      code: 'mount-options-too-long',
      hint: 'the kernel would drop the rest; use fewer or shorter options',
    });
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

/** Whether anything is mounted below `path`, which has no symlinks in it. */
export function hasMountsBelow(path: string): boolean {
  return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')).some(({ mountPoint }) => mountPoint.startsWith(`${path}/`));
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

/** Changes what is mounted at `target` already. */
function changeMount(target: string, parsed: ParsedMountOptions): void {
  const { set, data, propagation } = parsed;
  if ((set & MS.remount) !== 0 && (set & MS.bind) !== 0) {
    remountBind(target, parsed);
  } else if ((set & MS.remount) !== 0) {
    callMount('none', target, null, set, data.join(',') || null);
  } else if (propagation.length === 0) {
    throw new InvalidArgumentError(`nothing to mount at ${target}: no type, source or change`, { code: 'empty-mount' });
  }
  changePropagation(target, parsed);
}

/** A bind mount takes its flags only when it is remounted, and a remount drops every flag that it does not repeat. */
function remountBind(target: string, { set, clear }: ParsedMountOptions): void {
  const replaced = (set & (MS.relatime | MS.strictatime)) === 0 ? clear : clear | MS.noatime;
  const present = mountFlags(target) & bindFlags & ~replaced;
  callMount('none', target, null, MS.remount | MS.bind | present | (set & changedByRemount), null);
}

function changePropagation(target: string, { propagation }: ParsedMountOptions): void {
  for (const change of propagation) callMount('none', target, null, change, null);
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
