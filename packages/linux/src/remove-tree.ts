import { lstatSync, readdirSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from './system-error.ts';

/** Milliseconds of work between two turns of the event loop. */
const sliceLength = 5;

/**
 * Removes a directory with everything below it, or a file. Not there is success. Faster than Node's own for the small trees that
 * containers leave, and unlike its synchronous one it lets the event loop run while it removes large ones.
 */
export async function removeTree(path: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isDirectory()) {
    unlinkSync(path);
    return;
  }
  try {
    await removeDirectory(path, { start: performance.now() });
  } catch (error) {
    // A tree can be deeper than a path can be long; this goes by descriptors.
    if (!hasCode(error, 'ENAMETOOLONG')) throw error;
    rmSync(path, { recursive: true });
  }
}

async function removeDirectory(directory: string, slice: { start: number }): Promise<void> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (performance.now() - slice.start > sliceLength) {
      await new Promise(setImmediate);
      slice.start = performance.now();
    }
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await removeDirectory(path, slice);
    else unlinkSync(path);
  }
  rmdirSync(directory);
}
