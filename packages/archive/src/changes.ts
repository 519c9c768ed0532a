import { type BigIntStats, constants, fstatSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import type { FileChange } from '@tspod/core';
import { O_PATH, openInRoot, readAttribute } from '@tspod/linux';
import { type ByteText, toBytes, toText } from './byte-text.ts';
import { entryPath, handlePath, openEntry, using } from './handle.ts';

const nanosecondsPerSecond = 1_000_000_000n;

/**
 * What an overlay's upper directory changes about the directories below it (uppermost first), in the order of the paths. A directory
 * counts as changed when its time, mode or owner differs, or when something was added to it or taken from it.
 */
export function overlayChanges(upper: string, lowers: readonly string[]): FileChange[] {
  const changes = new Changes();
  withDirectories([upper, ...lowers], ([top, ...below]) => {
    const visit = (path: ByteText, isHidden: boolean) => {
      for (const name of entriesOf(top as number, path)) {
        const own = `${path}${name}`;
        const stats = statusOf(top as number, own);
        if (stats === undefined) continue;
        if (isWhiteout(stats)) {
          changes.add('deleted', own);
          continue;
        }
        const old = isHidden ? undefined : visibleBelow(below, own);
        if (old === undefined) changes.add('added', own);
        else if (!stats.isDirectory() || !isSame(stats, old)) changes.add('changed', own);
        if (stats.isDirectory()) visit(`${own}/`, old === undefined || isOpaque(top as number, own));
      }
    };
    visit('', false);
  });
  return changes.sorted();
}

/** What differs between two whole trees, in the order of the paths. `directoryTimes`: a directory's own time counts, too. */
export function treeChanges(
  before: string,
  after: string,
  { directoryTimes = true }: { readonly directoryTimes?: boolean } = {},
): FileChange[] {
  const changes = new Changes();
  withDirectories([before, after], ([old, now]) => {
    const visit = (path: ByteText) => {
      const names = new Set([...entriesOf(old as number, path), ...entriesOf(now as number, path)]);
      for (const name of names) {
        const own = `${path}${name}`;
        const was = statusOf(old as number, own);
        const is = statusOf(now as number, own);
        if (is === undefined) {
          if (was !== undefined) changes.add('deleted', own);
          continue;
        }
        if (was === undefined) changes.add('added', own);
        else if (!isSame(is, was, directoryTimes) || linkOf(now as number, own, is) !== linkOf(old as number, own, was))
          changes.add('changed', own);
        if (is.isDirectory()) visit(`${own}/`);
      }
    };
    visit('');
  });
  return changes.sorted();
}

class Changes {
  readonly #kinds = new Map<ByteText, FileChange['kind']>();

  add(kind: FileChange['kind'], path: ByteText): void {
    this.#kinds.set(path, kind);
    const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    if (kind !== 'changed' && parent !== '' && !this.#kinds.has(parent)) this.#kinds.set(parent, 'changed');
  }

  sorted(): FileChange[] {
    const paths = [...this.#kinds.keys()].sort();
    return paths.map((path) => ({ kind: this.#kinds.get(path) ?? 'changed', path: `/${toText(path)}` }));
  }
}

function withDirectories(paths: readonly string[], use: (handles: readonly number[]) => void): void {
  const [first, ...rest] = paths;
  const open = (left: readonly string[], handles: readonly number[]): void => {
    const [path, ...others] = left;
    if (path === undefined) use(handles);
    else using(openSync(path, O_PATH | constants.O_DIRECTORY), (handle) => open(others, [...handles, handle]));
  };
  if (first !== undefined) open([first, ...rest], []);
}

function statusOf(root: number, path: ByteText): BigIntStats | undefined {
  const handle = openInRoot(root, toBytes(path), { flags: O_PATH | constants.O_NOFOLLOW, withoutSymlinks: true });
  return handle === undefined ? undefined : using(handle, () => fstatSync(handle, { bigint: true }));
}

function entriesOf(root: number, path: ByteText): readonly ByteText[] {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const handle = openInRoot(root, toBytes(path), { flags, withoutSymlinks: true });
  return handle === undefined ? [] : using(handle, () => readdirSync(handlePath(handle), { encoding: 'latin1' }));
}

/** What the layers below show at a path. */
function visibleBelow(lowers: readonly number[], path: ByteText): BigIntStats | undefined {
  for (const lower of lowers) {
    const found = statusOf(lower, path);
    if (found !== undefined) return isWhiteout(found) ? undefined : found;
    if (hidesBelow(lower, path)) return undefined;
  }
  return undefined;
}

/** Whether a layer that does not have the path keeps those further down from showing theirs. */
function hidesBelow(lower: number, path: ByteText): boolean {
  for (let cut = path.indexOf('/'); cut !== -1; cut = path.indexOf('/', cut + 1)) {
    const parent = path.slice(0, cut);
    const stats = statusOf(lower, parent);
    if (stats === undefined) return false;
    if (!stats.isDirectory() || isOpaque(lower, parent)) return true;
  }
  return false;
}

function isWhiteout(stats: BigIntStats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0n;
}

function isOpaque(root: number, path: ByteText): boolean {
  const handle = openInRoot(root, toBytes(path), { withoutSymlinks: true });
  if (handle === undefined) return false;
  return using(handle, () => readAttribute(handlePath(handle), 'trusted.overlay.opaque')?.toString() === 'y');
}

/** Copies may have lost the fractions of seconds. */
function isSame(one: BigIntStats, other: BigIntStats, directoryTimes = true): boolean {
  if (one.mode !== other.mode || one.uid !== other.uid || one.gid !== other.gid || one.rdev !== other.rdev) return false;
  if (one.isDirectory() && !directoryTimes) return true;
  if (!one.isDirectory() && one.size !== other.size) return false;
  return (
    one.mtimeNs === other.mtimeNs ||
    (one.mtimeNs / nanosecondsPerSecond === other.mtimeNs / nanosecondsPerSecond && hasWholeSeconds(one, other))
  );
}

function hasWholeSeconds(one: BigIntStats, other: BigIntStats): boolean {
  return one.mtimeNs % nanosecondsPerSecond === 0n || other.mtimeNs % nanosecondsPerSecond === 0n;
}

function linkOf(root: number, path: ByteText, stats: BigIntStats): ByteText | undefined {
  if (!stats.isSymbolicLink()) return undefined;
  const cut = path.lastIndexOf('/') + 1;
  const parent = openInRoot(root, toBytes(path.slice(0, cut)), { withoutSymlinks: true });
  if (parent === undefined) return undefined;
  return using(parent, () => {
    const link = openEntry(parent, path.slice(cut));
    if (link === undefined) return undefined;
    return using(link, () => readlinkSync(entryPath(parent, path.slice(cut)), { encoding: 'latin1' }));
  });
}
