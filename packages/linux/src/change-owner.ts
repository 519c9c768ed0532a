import { chownSync, lchownSync, type Stats } from 'node:fs';
import { visitTree } from './visit-tree.ts';

/**
 * Gives a file, or a directory with everything below it, to a user and a group. A symlink below it is changed itself, never what it leads
 * to. What belongs to them already is left alone, and keeps its set-user-id bits.
 */
export async function changeOwner(path: string, uid: number, gid: number): Promise<void> {
  const isOthers = (stats: Stats) => stats.uid !== uid || stats.gid !== gid;
  await visitTree(path, {
    top(file, stats) {
      if (isOthers(stats)) chownSync(file, uid, gid);
    },
    below(file, stats) {
      if (isOthers(stats)) lchownSync(file, uid, gid);
    },
  });
}
