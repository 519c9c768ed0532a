import { closeSync, constants, openSync, readSync } from 'node:fs';
import { release } from 'node:os';
import { InvalidArgumentError, UnavailableError } from '@tspod/core';
import { AT_FDCWD, checked, lastErrno, rawSystemCall } from './libc.ts';
import { longestMountData, mount } from './mount.ts';
import { MS, parseMountOptions } from './mount-options.ts';
import { O_PATH } from './open-flags.ts';
import { systemError } from './system-error.ts';

export interface OverlayMount {
  /** Topmost first, at least one; the kernel takes 500. */
  readonly lowerDirectories: readonly string[];
  /** Without it the mount can't be written to. */
  readonly upper?: { readonly directory: string; readonly work: string } | undefined;
  readonly target: string;
  /** fstab words and options of overlayfs, e.g. `nodev`, `volatile`, `metacopy=on`; no words about propagation. */
  readonly options?: readonly string[] | undefined;
}

const fsopen = rawSystemCall('fsopen', ['str', 'uint']);
const fsconfig = rawSystemCall('fsconfig', ['int', 'uint', 'str', 'str', 'int']);
const fsmount = rawSystemCall('fsmount', ['int', 'uint', 'uint']);
const moveMount = rawSystemCall('move_mount', ['int', 'str', 'int', 'str', 'uint']);

const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const MOVE_MOUNT_F_EMPTY_PATH = 4;

/** Bytes that fsconfig(2) takes of a string. */
const longestValue = 255;

const attributeOfFlag: readonly (readonly [flag: number, attribute: number])[] = [
  [MS.rdonly, 0x1],
  [MS.nosuid, 0x2],
  [MS.nodev, 0x4],
  [MS.noexec, 0x8],
  [MS.noatime, 0x10],
  [MS.strictatime, 0x20],
  [MS.nodiratime, 0x80],
  [MS.nosymfollow, 0x200000],
];

/**
 * Mounts overlayfs on as many lower directories as the kernel takes: with mount(2) while its one page of options has room for
 * them, else with the mount calls that take one directory at a time (Linux 6.5), else with mount(2) on descriptors instead of
 * paths, which is enough for some two hundred directories.
 *
 * @throws {UnavailableError} when an older kernel can't take that many.
 * @throws {SystemError} with the kernel's own explanation when there is one.
 */
export function mountOverlay(overlay: OverlayMount): void {
  if (overlay.lowerDirectories.length === 0) {
    throw new InvalidArgumentError(`no lower directory for the overlay at ${overlay.target}`, { code: 'no-lower-directory' });
  }
  if (fitsInPage(overlay)) mountByPage(overlay);
  else if (kernelIsAtLeast(6, 5)) mountStepwise(overlay);
  else mountByDescriptors(overlay);
}

function mountByPage(overlay: OverlayMount): void {
  const options = [...(overlay.options ?? []), ...layerOptions(overlay)];
  mount({ source: 'overlay', target: overlay.target, type: 'overlay', options });
}

function fitsInPage(overlay: OverlayMount): boolean {
  const words = [...parseMountOptions(overlay.options ?? []).data, ...layerOptions(overlay)];
  return Buffer.byteLength(words.join(',')) <= longestMountData;
}

function layerOptions({ lowerDirectories, upper }: OverlayMount): string[] {
  const lower = `lowerdir=${lowerDirectories.map((path) => path.replace(/[\\,:]/g, '\\$&')).join(':')}`;
  return upper ? [lower, `upperdir=${escapeComma(upper.directory)}`, `workdir=${escapeComma(upper.work)}`] : [lower];
}

function escapeComma(path: string): string {
  return path.replace(/[\\,]/g, '\\$&');
}

/** fsopen(2) and its companions; a directory is one value instead of a part of a list. Needs Linux 6.5. */
export function mountStepwise(overlay: OverlayMount): void {
  const { target } = overlay;
  const mounted = makeOverlay(overlay);
  try {
    checked(moveMount(mounted, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), {
      syscall: 'move_mount',
      path: 'overlay',
      dest: target,
    });
  } finally {
    closeSync(mounted);
  }
}

/** An overlay that is mounted nowhere, and is gone when it is closed. */
export interface OpenedOverlay extends Disposable {
  /** For this process and its children, as long as it is open. */
  readonly path: string;
}

/** Undefined before Linux 6.5. @throws {SystemError} as `mountOverlay`. */
export function openOverlay(overlay: Omit<OverlayMount, 'target' | 'upper'>): OpenedOverlay | undefined {
  if (!kernelIsAtLeast(6, 5)) return undefined;
  const fd = makeOverlay({ ...overlay, target: 'nowhere' });
  // of a link the dot makes the directory that it leads to
  return { path: `/proc/${process.pid}/fd/${fd}/.`, [Symbol.dispose]: () => closeSync(fd) };
}

/** Answers a descriptor of the mount, which is the caller's to close. */
function makeOverlay(overlay: OverlayMount): number {
  const { target, lowerDirectories, upper } = overlay;
  const { set, data } = parseMountOptions(overlay.options ?? []);
  const handles = openHandles();
  const context = handles.add(checked(fsopen('overlay', FSOPEN_CLOEXEC), { syscall: 'fsopen', path: target }));
  const inContext = (syscall: string, result: number): number => {
    if (result >= 0) return result;
    const errno = lastErrno();
    throw systemError(errno, { syscall, path: 'overlay', dest: target, details: contextLog(context) });
  };
  const setValue = (key: string, value: string) => inContext('fsconfig', fsconfig(context, FSCONFIG_SET_STRING, key, value, 0));
  const shortName = (path: string) => (Buffer.byteLength(path) <= longestValue ? path : handles.nameOf(path));
  try {
    setValue('source', 'overlay');
    for (const directory of lowerDirectories) setValue('lowerdir+', shortName(directory));
    if (upper) {
      setValue('upperdir', escapeComma(shortName(upper.directory)));
      setValue('workdir', escapeComma(shortName(upper.work)));
    }
    for (const word of data) {
      const [key = '', ...value] = word.split('=');
      if (value.length > 0) setValue(key, value.join('='));
      else inContext('fsconfig', fsconfig(context, FSCONFIG_SET_FLAG, key, null, 0));
    }
    if ((set & MS.rdonly) !== 0) inContext('fsconfig', fsconfig(context, FSCONFIG_SET_FLAG, 'ro', null, 0));
    inContext('fsconfig', fsconfig(context, FSCONFIG_CMD_CREATE, null, null, 0));
    return inContext('fsmount', fsmount(context, FSMOUNT_CLOEXEC, attributesOf(set)));
  } finally {
    handles.close();
  }
}

/** mount(2) on `/proc/self/fd/<n>` in place of paths, for kernels that know no better. */
export function mountByDescriptors(overlay: OverlayMount): void {
  const handles = openHandles();
  try {
    const shortened = { ...overlay, lowerDirectories: overlay.lowerDirectories.map(handles.nameOf) };
    if (!fitsInPage(shortened)) {
      throw new UnavailableError(
        `kernel ${release()} can't mount an overlay of ${overlay.lowerDirectories.length} layers at ${overlay.target}`,
        {
          code: 'too-many-layers',
          hint: 'use Linux 6.5 or later, or an image with fewer layers',
        },
      );
    }
    mountByPage(shortened);
  } finally {
    handles.close();
  }
}

function attributesOf(flags: number): number {
  return attributeOfFlag.reduce(
    (attributes, [flag, attribute]) => ((flags & flag) === 0 ? attributes : attributes | attribute),
    0,
  );
}

/** What the kernel wrote into the context: one message per read, such as `e overlay: No changes allowed in reconfigure`. */
function contextLog(context: number): string {
  const messages: string[] = [];
  const buffer = Buffer.alloc(1024);
  try {
    for (;;) messages.push(buffer.toString('utf8', 2, readSync(context, buffer)).trim());
  } catch {
    // ENODATA ends the log; with any other error, too, the failure that is being explained is the one to report.
    return messages.join('; ');
  }
}

function kernelIsAtLeast(major: number, minor: number): boolean {
  const [presentMajor = 0, presentMinor = 0] = release()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return presentMajor > major || (presentMajor === major && presentMinor >= minor);
}

/** Descriptors that are closed together. */
function openHandles() {
  const opened: number[] = [];
  const add = (fd: number) => {
    opened.push(fd);
    return fd;
  };
  return {
    add,
    nameOf: (path: string) => `/proc/self/fd/${add(openSync(path, O_PATH | constants.O_DIRECTORY))}`,
    close() {
      for (const fd of opened.splice(0)) closeSync(fd);
    },
  };
}
