import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessAbsent } from '@tspod/core';

/**
 * Bytes of the files below a directory as podman counts them: by length, hard links once, directories as nothing. What others remove
 * meanwhile, even the directory itself, counts as nothing, too.
 */
export async function directorySize(directory: string): Promise<number> {
  const counted = new Set<bigint>();
  let size = 0n;
  const waiting = [directory];
  for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
    for (const entry of (await unlessAbsent(readdir(current, { withFileTypes: true }))) ?? []) {
      const path = join(current, entry.name);
      if (entry.isDirectory()) {
        waiting.push(path);
        continue;
      }
      const stats = await unlessAbsent(lstat(path, { bigint: true }));
      if (stats === undefined || (stats.nlink > 1n && counted.has(stats.ino))) continue;
      counted.add(stats.ino);
      size += stats.size;
    }
  }
  return Number(size);
}
