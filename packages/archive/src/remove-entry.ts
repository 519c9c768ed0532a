import { constants, openSync, rmdirSync, unlinkSync } from 'node:fs';
import { hasCode, O_PATH } from '@tspod/linux';
import type { ByteText } from './byte-text.ts';
import { entryPath, namesIn, using } from './handle.ts';

/** Removes an entry with everything below it. Goes by handles, so that a symlink put into its place meanwhile leads nowhere. */
export function removeEntry(directory: number, name: ByteText): void {
  const path = entryPath(directory, name);
  try {
    unlinkSync(path);
    return;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    if (!hasCode(error, 'EISDIR', 'EPERM')) throw error;
  }
  const inner = openSync(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  using(inner, () => {
    for (const entry of namesIn(inner)) removeEntry(inner, entry);
  });
  rmdirSync(path);
}
