import type { FileStatus, FileTree } from '../../contracts/file-trees.ts';
import { InvalidArgumentError } from '../../errors.ts';

/** Links that the kernel follows for one path, too. */
const linkLimit = 40;

/** A tree that is, or will be, mounted at a place of a container's root. */
export interface PlacedTree {
  /** Absolute, without a slash at its end; empty for the root. */
  readonly destination: string;
  /** Opened when a path first leads there; undefined when what is to be mounted is gone: what is below shows then. */
  open(): Promise<OpenTree | undefined>;
}

export interface OpenTree {
  readonly tree: FileTree;
  /** The one file of the tree, a path below its root, that is mounted. Default: all of the tree is. */
  readonly file?: string | undefined;
}

/** Where a path of a container leads: an existing file, or a name that is missing in a directory that is there. */
export interface ResolvedPath {
  readonly tree: FileTree;
  /** Below the tree's root, without symlinks. */
  readonly path: string;
  /** As the container sees it. */
  readonly shown: string;
  /** Undefined when the last word is missing. */
  readonly status: FileStatus | undefined;
  /** It is a file that is mounted by itself, whose name can't be taken away. */
  readonly isMountedFile: boolean;
}

/**
 * Follows a path word by word through a container's root and what is mounted into it, as the kernel would inside; undefined when one of
 * its parents is missing. Each tree is only asked for paths of its own, and confines them once more.
 * @throws {InvalidArgumentError} `too-many-links`
 */
export async function resolvePath(trees: readonly PlacedTree[], path: string): Promise<ResolvedPath | undefined> {
  let waiting = wordsOf(path);
  let current: readonly string[] = [];
  let links = 0;
  let found = await at(trees, current);
  for (let word = waiting.shift(); word !== undefined; word = waiting.shift()) {
    if (found.status?.kind !== 'directory' && !isOnTheWay(trees, found)) return undefined;
    if (word === '..') {
      current = current.slice(0, -1);
      found = await at(trees, current);
      continue;
    }
    const next = await at(trees, [...current, word]);
    const target = next.status?.target;
    if (target === undefined) {
      current = [...current, word];
      found = next;
      continue;
    }
    if (++links > linkLimit) {
      throw new InvalidArgumentError(`${path}: too many levels of symbolic links`, { code: 'too-many-links' });
    }
    waiting = [...wordsOf(target), ...waiting];
    if (target.startsWith('/')) {
      current = [];
      found = await at(trees, current);
    }
  }
  return found;
}

function wordsOf(path: string): string[] {
  return path.split('/').filter((word) => word !== '' && word !== '.');
}

/** Whether it is missing, and will be made because something is mounted below it. */
function isOnTheWay(trees: readonly PlacedTree[], { shown, status }: ResolvedPath): boolean {
  return status === undefined && trees.some(({ destination }) => destination.startsWith(`${shown}/`));
}

async function at(trees: readonly PlacedTree[], words: readonly string[]): Promise<ResolvedPath> {
  const shown = `/${words.join('/')}`;
  const isIn = ({ destination }: PlacedTree) =>
    destination === '' || shown === destination || shown.startsWith(`${destination}/`);
  const innermostFirst = trees.filter(isIn).sort((one, other) => other.destination.length - one.destination.length);
  for (const { destination, open } of innermostFirst) {
    const opened = await open();
    if (opened === undefined) continue;
    const { tree, file } = opened;
    const path = file ?? (shown.slice(destination.length) || '/');
    return { tree, path, shown, status: await tree.look(path), isMountedFile: file !== undefined };
  }
  throw new Error(`no tree has ${shown}`);
}
