import { existsSync, mkdirSync } from 'node:fs';
import { CorruptError, readTextIfThere } from '@tspod/core';
import { lockFile, replaceFile } from '@tspod/linux';
import type { ContainerPaths } from './dir-paths.ts';

/** How often a container's root is mounted. Lies on tmpfs, so that a reboot takes it back. */
export interface MountCount {
  readonly count: number;
  readonly path: string;
}

/** The count as it stands, or undefined when it is not mounted. */
export function readMountCount(paths: ContainerPaths): MountCount | undefined {
  const text = readTextIfThere(paths.mounts);
  if (text === undefined) return undefined;
  const value = parse(text) as Partial<MountCount> | null | undefined;
  const { count, path } = value ?? {};
  if (typeof count !== 'number' || typeof path !== 'string') {
    throw new CorruptError(`${paths.mounts} can't be used`, {
      code: 'corrupt-record',
      path: paths.mounts,
      hint: 'stop the container, remove the file and start it again',
    });
  }
  return count > 0 ? { count, path } : undefined;
}

/** Replaces the count by what `change` makes of it, with the lock held. */
export async function changeMountCount<Next extends MountCount | undefined>(
  paths: ContainerPaths,
  change: (current: MountCount | undefined) => Next,
): Promise<Next> {
  mkdirSync(paths.runDirectory, { recursive: true, mode: 0o700 });
  const lock = await lockFile(paths.lock, 'write');
  try {
    const current = readMountCount(paths);
    const next = change(current);
    if (next !== current) replaceFile(paths.mounts, JSON.stringify(next ?? { count: 0, path: '' }));
    return next;
  } finally {
    lock.release();
  }
}

/** Whether a container was mounted at all since the last reboot. */
export function hasMountCount(paths: ContainerPaths): boolean {
  return existsSync(paths.mounts);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
