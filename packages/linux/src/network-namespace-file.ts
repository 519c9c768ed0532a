import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomBytes } from '@tspod/core';
import { isMountPoint, mount, unmount } from './mount.ts';
import { bindNewNetworkNamespace } from './network-namespace.ts';
import { hasCode } from './system-error.ts';

const directory = '/run/netns';

/** A path for a new network namespace, where `ip netns` and podman have theirs; nothing is there yet. */
export function newNetworkNamespacePath(): string {
  const hex = randomBytes(16).toString('hex');
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  return join(directory, `netns-${uuid}`);
}

/** @throws {SystemError} what the kernel says. */
export function makeNetworkNamespace(path: string): void {
  const parent = dirname(path);
  mkdirSync(parent, { recursive: true, mode: 0o755 });
  // as `ip netns` and podman do: when one of them did it later, it would cover ours, which could not be unmounted any more
  if (!isMountPoint(parent)) mount({ source: parent, target: parent, type: '', options: ['rbind', 'rshared'] });
  closeSync(openSync(path, 'wx', 0o444));
  bindNewNetworkNamespace(path);
}

export function isNetworkNamespace(path: string): boolean {
  try {
    return isMountPoint(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Idempotent. The namespace goes with the last process in it. */
export function removeNetworkNamespace(path: string): void {
  if (isNetworkNamespace(path)) unmount(path, { detach: true });
  rmSync(path, { force: true });
}
