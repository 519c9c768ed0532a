import { constants } from 'node:fs';
import { posix } from 'node:path';
import { InvalidArgumentError, NotFoundError } from '../../errors.ts';
import { type Owner, ownerInContainer, ownerOnHost } from '../../isolation/id-maps.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { containerPlace, hostPlace, type Place } from '../copy/place.ts';
import { type ResolvedPath, resolvePath } from '../copy/resolve-path.ts';

/** One side of a copy. A path of the host is absolute, and `given` is how messages name it; one of a container begins at its root. */
export type CopySide =
  | { readonly container: { readonly id: string; readonly name: string }; readonly path: string }
  | { readonly host: string; readonly given?: string | undefined };

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
 * to a name in one; a directory likewise, and of `DIRECTORY/.` only what is in it. Paths of a container never lead out of it. A copy of a
 * container's whole root is one without `/dev`, `/proc` and `/sys`. A file that is a mount of its own is not replaced.
 *
 * @throws {NotFoundError} `no-such-file`; {InvalidArgumentError} `not-a-directory`, `copy-into-itself`, `kernel-files`,
 * `special-file`, `archive-…`
 */
export async function copy(parts: RuntimeParts, from: CopySource, to: CopyTarget, options: CopyOptions = {}): Promise<void> {
  if ('archive' in from) {
    if ('write' in to) throw new InvalidArgumentError('one side of a copy must be a container', { code: 'no-container' });
    await using target = await open(parts, to);
    const place = await existing(target, to);
    if (place.status?.kind !== 'directory') throw notADirectory('destination must be a directory when copying from stdin');
    await place.tree.unpack(notEmpty(from.archive), place.path, unpackOptions(target, to, options));
    return;
  }
  await using source = await open(parts, from);
  const found = await existing(source, from);
  if ('container' in from && /^\/(proc|sys)(\/|$)/.test(found.shown)) throw kernelFiles(from);
  const without = 'container' in from && found.shown === '/' ? ['dev', 'proc', 'sys'] : undefined;
  const isDirectory = found.status?.kind === 'directory';
  const path = pathOf(from);
  if ('host' in from && !isDirectory && /\/\.?$/.test(path)) throw missing(from, 'not a directory');
  refuseSpecialFile(from, to, found.status?.mode ?? 0);
  const isContent = isDirectory && (/(^|\/)\.?$/.test(path) ? path.endsWith('.') || found.shown === '/' : false);
  const ownName = 'host' in from ? posix.basename(path) : posix.basename(found.shown);
  const name = /^\.{0,2}$/.test(ownName) ? posix.basename(found.shown) : ownName;
  const { signal } = options;
  const owner = (onHost: Owner) => ownerInContainer(source.idMaps, onHost);
  if ('write' in to) {
    const archive = found.tree.pack(found.path, { name: isContent ? '' : name, without, exactTimes: true, owner, signal });
    for await (const piece of archive) await to.write(piece);
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
  if (place.isMountedFile) {
    throw new InvalidArgumentError(`${pathOf(to)} is a mount point: device or resource busy`, {
      code: 'archive-mount-point',
      hint: 'change the file of the host that is mounted there',
    });
  }
  const goesInside = place.status?.kind === 'directory';
  const into = goesInside ? place.path : posix.dirname(place.path);
  const newName = goesInside ? (isContent ? '' : name) : posix.basename(place.path);
  const archive = found.tree.pack(found.path, {
    name: newName,
    without: without?.map((word) => posix.join(newName, word)),
    exactTimes: true,
    owner,
    signal,
  });
  await place.tree.unpack(archive, into, unpackOptions(target, to, options));
}

function open(parts: RuntimeParts, side: CopySide): Promise<Place> {
  return 'host' in side ? hostPlace(parts) : containerPlace(parts, side.container.id);
}

function unpackOptions(place: Place, to: CopySide, { keepOwners, overwrite, signal }: CopyOptions) {
  return {
    owner: keepOwners && 'container' in to ? (owner: Owner) => ownerOnHost(place.idMaps, owner) : place.owner,
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

async function* notEmpty(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let isEmpty = true;
  for await (const piece of archive) {
    if (piece.length > 0) isEmpty = false;
    yield piece;
  }
  if (isEmpty) {
    throw new InvalidArgumentError('source must be a (compressed) tar archive when copying from stdin', {
      code: 'archive-empty',
    });
  }
}

/** Their sizes are not those of their content, and what most of them say is for processes of the container. */
function kernelFiles(side: CopySide): InvalidArgumentError {
  return new InvalidArgumentError(`${pathOf(side)} is below /proc or /sys, and files of the kernel are not copied`, {
    code: 'kernel-files',
    hint: 'read them in the container, by exec CONTAINER cat FILE',
  });
}

function pathOf(side: CopySide): string {
  return 'host' in side ? side.host : side.path;
}

function shownPath(side: CopySide): string {
  return 'host' in side ? (side.given ?? side.host) : side.path;
}

function sameSide(one: CopySide, other: CopySide): boolean {
  if ('host' in one || 'host' in other) return 'host' in one && 'host' in other;
  return one.container.id === other.container.id;
}

/** As one file among others they are left out; alone, nothing would be copied at all. */
function refuseSpecialFile(from: CopySide, to: CopyTarget, mode: number): void {
  const type = mode & constants.S_IFMT;
  const isDevice = type === constants.S_IFCHR || type === constants.S_IFBLK;
  if (type !== constants.S_IFSOCK && !(isDevice && 'host' in to)) return;
  throw new InvalidArgumentError(
    `${shownPath(from)}: ${isDevice ? 'a device is not copied to the host' : 'a socket is not copied'}`,
    {
      code: 'special-file',
    },
  );
}

function missing(side: CopySide, why = 'no such file or directory'): NotFoundError {
  const where = 'host' in side ? 'the host' : `container ${side.container.name}`;
  return new NotFoundError(`"${shownPath(side)}" could not be found on ${where}: ${why}`, { code: 'no-such-file' });
}

function notADirectory(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'not-a-directory' });
}
