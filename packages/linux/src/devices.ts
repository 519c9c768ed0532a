import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Device, HostDevices } from '@tspod/core';
import { hasCode } from './system-error.ts';

/** Directories of /dev that every container gets as mounts of its own, or that belong to other tools. */
const skippedDirectories = new Set(['.lxc', '.lxd-mounts', '.udev', 'fd', 'mqueue', 'pts', 'shm']);

/**
 * The device nodes below a directory in the order of their paths. As podman lists them for a privileged container: without the
 * console, and without fifos, sockets and links.
 */
export function listDevices(directory = '/dev'): Device[] {
  const devices: Device[] = [];
  for (const name of readdirSync(directory).sort()) {
    const path = join(directory, name);
    const stats = statUnlessGone(path);
    if (stats?.isDirectory()) {
      if (!skippedDirectories.has(name)) devices.push(...listDevices(path));
    } else if (stats && name !== 'console' && isDevice(stats)) {
      devices.push(deviceAt(path, stats));
    }
  }
  return devices;
}

/** What `Host.devicesAt` answers: every node below a directory counts, in the order of their paths, but for what symlinks lead to. */
export function devicesAt(path: string): HostDevices | undefined {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
  const stats = statUnlessGone(real);
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return { kind: 'directory', devices: nodesBelow(real, '') };
  if (!isDevice(stats)) return { kind: 'other' };
  return { kind: 'device', devices: [{ ...deviceAt(path, stats), below: '' }] };
}

function nodesBelow(directory: string, below: string): (Device & { readonly below: string })[] {
  return readdirSync(join(directory, below))
    .sort()
    .flatMap((name) => {
      const at = join(below, name);
      const path = join(directory, at);
      const stats = statUnlessGone(path);
      if (stats?.isDirectory()) return nodesBelow(directory, at);
      return stats !== undefined && isDevice(stats) ? [{ ...deviceAt(path, stats), below: at }] : [];
    });
}

function isDevice(stats: Stats): boolean {
  return stats.isBlockDevice() || stats.isCharacterDevice();
}

function deviceAt(path: string, stats: Stats): Device {
  return {
    path,
    type: stats.isBlockDevice() ? 'b' : 'c',
    ...deviceNumbers(stats.rdev),
    fileMode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
  };
}

/** Of the device node that `path` leads to; undefined when it leads to none. */
export function deviceNumbersAt(path: string): { readonly major: number; readonly minor: number } | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isBlockDevice() || stats?.isCharacterDevice() ? deviceNumbers(stats.rdev) : undefined;
}

/** Takes apart what makedev(3) puts together: 12 low bits of the major number, 8 of the minor one, the rest above. */
export function deviceNumbers(device: number): { readonly major: number; readonly minor: number } {
  const number = BigInt(device);
  return {
    major: Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n)),
    minor: Number((number & 0xffn) | ((number >> 12n) & 0xffffff00n)),
  };
}

function statUnlessGone(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
