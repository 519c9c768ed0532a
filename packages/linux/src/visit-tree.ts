import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, type Stats } from 'node:fs';
import { O_PATH } from './open-flags.ts';
import { hasCode } from './system-error.ts';

/** Milliseconds of work between two turns of the event loop. */
const sliceLength = 5;

export interface TreeVisitor {
  /** The path itself, at last; to be followed: it is a link that stands for what was opened. */
  readonly top: (path: Buffer, stats: Stats) => void;
  /** What is below it, a directory after its content; not to be followed. */
  readonly below: (path: Buffer, stats: Stats) => void;
}

/**
 * Calls back for a file, or a directory and everything below it; also for what lies on other file systems there. Never leads outside of
 * it, whatever is moved meanwhile: what is gone then is left out.
 */
export async function visitTree(path: string, visitor: TreeVisitor): Promise<void> {
  const top = openSync(path, O_PATH);
  const turn = { start: performance.now() };
  try {
    const stats = fstatSync(top);
    const self = `/proc/self/fd/${top}`;
    if (stats.isDirectory()) await visitBelow(self, visitor, turn);
    visitor.top(Buffer.from(self), stats);
  } finally {
    closeSync(top);
  }
}

async function visitBelow(directory: string, visitor: TreeVisitor, turn: { start: number }): Promise<void> {
  for (const name of readdirSync(Buffer.from(`${directory}/`), { encoding: 'buffer' })) {
    if (performance.now() - turn.start > sliceLength) {
      await new Promise(setImmediate);
      turn.start = performance.now();
    }
    const path = Buffer.concat([Buffer.from(`${directory}/`), name]);
    try {
      const stats = lstatSync(path);
      if (stats.isDirectory()) {
        const handle = openSync(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
        try {
          await visitBelow(`/proc/self/fd/${handle}`, visitor, turn);
        } finally {
          closeSync(handle);
        }
      }
      visitor.below(path, stats);
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error; // moved meanwhile
    }
  }
}
