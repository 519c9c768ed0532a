import type { FileStatus, FileTree } from '../../contracts/file-trees.ts';
import { InvalidArgumentError } from '../../errors.ts';

/** Links that the kernel follows for one path, too. */
const linkLimit = 40;

/** A tree that is, or will be, mounted at a place of a container's root. */
export interface PlacedTree {
  /** Absolute, without a slash at its end; empty for the root. */
  readonly destination: string;
  readonly tree: FileTree;
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
    if (found.status?.kind !== 'directory') return undefined;
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

async function at(trees: readonly PlacedTree[], words: readonly string[]): Promise<ResolvedPath> {
  const shown = `/${words.join('/')}`;
  const isIn = ({ destination }: PlacedTree) =>
    destination === '' || shown === destination || shown.startsWith(`${destination}/`);
  const placed = trees.filter(isIn).reduce((one, other) => (other.destination.length > one.destination.length ? other : one));
  const path = shown.slice(placed.destination.length) || '/';
  return { tree: placed.tree, path, shown, status: await placed.tree.look(path) };
}
