import { posix } from 'node:path';
import { InvalidArgumentError, NotFoundError } from '../../errors.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { containerPlace, hostPlace, type Place } from '../copy/place.ts';
import { type ResolvedPath, resolvePath } from '../copy/resolve-path.ts';

/** One side of a copy. A path of the host is absolute; one of a container begins at its root. */
export type CopySide =
  | { readonly container: { readonly id: string; readonly name: string }; readonly path: string }
  | { readonly host: string };

export type CopySource = CopySide | { readonly archive: AsyncIterable<Uint8Array> };
/** The function gets the pieces of a tar archive, and is awaited each time. */
export type CopyTarget = CopySide | { readonly write: (piece: Uint8Array) => Promise<void> | void };

export interface CopyOptions {
  /** Leave each file to whom it belongs, rather than to the container's user. Default: false. */
  readonly keepOwners?: boolean | undefined;
  /** Replace directories by files and files by directories. Default: false. */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Copies files between the host, containers and tar archives, by the rules of `podman cp`: a file goes into a directory that is there, or
 * to a name in one; a directory likewise, and of `DIRECTORY/.` only what is in it. Paths of a container never lead out of it.
 *
 * @throws {NotFoundError} `no-such-file`; {InvalidArgumentError} `not-a-directory`, `copy-into-itself`, `archive-…`
 */
export async function copy(parts: RuntimeParts, from: CopySource, to: CopyTarget, options: CopyOptions = {}): Promise<void> {
  if ('archive' in from) {
    if ('write' in to) throw new InvalidArgumentError('one side of a copy must be a container', { code: 'no-container' });
    await using target = await open(parts, to);
    const place = await existing(target, to);
    if (place.status?.kind !== 'directory') throw notADirectory('destination must be a directory when copying from stdin');
    await place.tree.unpack(from.archive, place.path, unpackOptions(target, to, options));
    return;
  }
  await using source = await open(parts, from);
  const found = await existing(source, from);
  const isDirectory = found.status?.kind === 'directory';
  const path = pathOf(from);
  const isContent = isDirectory && (/(^|\/)\.?$/.test(path) ? path.endsWith('.') || found.shown === '/' : false);
  const ownName = 'host' in from ? posix.basename(path) : posix.basename(found.shown);
  const name = /^\.{0,2}$/.test(ownName) ? posix.basename(found.shown) : ownName;
  const { signal } = options;
  if ('write' in to) {
    for await (const piece of found.tree.pack(found.path, { name: isContent ? '' : name, exactTimes: true, signal }))
      await to.write(piece);
    return;
  }
  await using target = await open(parts, to);
  const place = await destination(target, to);
  if (isDirectory && place.status && place.status.kind !== 'directory') {
    throw notADirectory('destination must be a directory when copying a directory');
  }
  if (isDirectory && sameSide(from, to) && `${place.shown}/`.startsWith(found.shown === '/' ? '/' : `${found.shown}/`)) {
    throw new InvalidArgumentError(`${path}: a directory can't be copied into itself`, { code: 'copy-into-itself' });
  }
  const goesInside = place.status?.kind === 'directory';
  const into = goesInside ? place.path : posix.dirname(place.path);
  const newName = goesInside ? (isContent ? '' : name) : posix.basename(place.path);
  const archive = found.tree.pack(found.path, { name: newName, exactTimes: true, signal });
  await place.tree.unpack(archive, into, unpackOptions(target, to, options));
}

function open(parts: RuntimeParts, side: CopySide): Promise<Place> {
  return 'host' in side ? hostPlace(parts) : containerPlace(parts, side.container.id);
}

function unpackOptions(place: Place, to: CopySide, { keepOwners, overwrite, signal }: CopyOptions) {
  return {
    owner: keepOwners && 'container' in to ? undefined : place.owner,
    replaceDirectories: overwrite,
    withoutDevices: 'host' in to,
    signal,
  };
}

async function existing(place: Place, side: CopySide): Promise<ResolvedPath> {
  const found = await resolvePath(place.trees, pathOf(side));
  if (found?.status === undefined) throw missing(side);
  return found;
}

/** What is there, or the name that is still free in a directory that is there. */
async function destination(place: Place, side: CopySide): Promise<ResolvedPath> {
  const found = await resolvePath(place.trees, pathOf(side));
  if (found === undefined || (found.status === undefined && pathOf(side).endsWith('/'))) throw missing(side);
  const kind = found.status?.kind;
  if (kind === 'other') throw notADirectory(`${pathOf(side)} must be a directory or a regular file`);
  if (pathOf(side).endsWith('/') && kind !== 'directory') throw missing(side);
  return found;
}

function pathOf(side: CopySide): string {
  return 'host' in side ? side.host : side.path;
}

function sameSide(one: CopySide, other: CopySide): boolean {
  if ('host' in one || 'host' in other) return 'host' in one && 'host' in other;
  return one.container.id === other.container.id;
}

function missing(side: CopySide): NotFoundError {
  const where = 'host' in side ? 'the host' : `container ${side.container.name}`;
  return new NotFoundError(`"${pathOf(side)}" could not be found on ${where}: no such file or directory`, {
    code: 'no-such-file',
  });
}

function notADirectory(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'not-a-directory' });
}
