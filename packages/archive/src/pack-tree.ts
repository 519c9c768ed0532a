import { type BigIntStats, closeSync, constants, fstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { NotFoundError, NotSupportedError } from '@tspod/core';
import { deviceNumbers, hasCode, listAttributes, O_PATH, openInRoot, readAttribute } from '@tspod/linux';
import { travels } from './attributes.ts';
import { type ByteText, fromText, toBytes, toText } from './byte-text.ts';
import { entryPath, handlePath, openEntry, using } from './handle.ts';
import { encodeHeader, endOfArchive } from './header.ts';
import { type Member, type MemberKind, paddingOf } from './member.ts';
import type { ArchiveObserver } from './observer.ts';
import { opaqueMarker, whiteoutPrefix } from './whiteouts.ts';

export interface PackSource {
  /** Below the root. Symlinks on the way are followed as if the root were `/`; one at the end is packed as what it is. */
  readonly path: string;
  /** Its name in the archive; empty: only what is in it, for a directory. Default: the path without leading slashes. */
  readonly name?: string | undefined;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface PackOptions {
  /** Default: everything below the root, named relative to it, without an entry for the root itself. */
  readonly sources?: readonly PackSource[] | undefined;
  /** Names in the archive, without slashes around, of what to leave out with everything below it. */
  readonly exclude?: ((name: string) => boolean) | undefined;
  /** The owner that the archive names. Default: the file's. */
  readonly owner?: ((owner: Owner) => Owner) | undefined;
  /**
   * `overlay`: the tree is an overlay's upper directory, and what it hides is written as OCI layers do (`.wh.…`). Default: `keep`, device
   * nodes like others.
   */
  readonly whiteouts?: 'keep' | 'overlay' | undefined;
  /** Write times to the nanosecond, which makes each header longer. Default: whole seconds, as images have them. */
  readonly exactTimes?: boolean | undefined;
  readonly observer?: ArchiveObserver | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes that are handed out at a time, about. */
const batchSize = 256 * 1024;
const pieceSize = 1024 * 1024;
/** Directories that are kept open while what is deeper is worked on. */
const openDepth = 64;
const nanosecondsPerSecond = 1_000_000_000n;

/**
 * A tree as a tar archive (ustar with pax headers), the same bytes for the same tree: entries in the order of their names' bytes, parents
 * first, hard links to the first of their names, sockets left out.
 *
 * The tree may change meanwhile and may be hostile: nothing outside `root` is ever looked at, and what vanishes is left out. A file that
 * shrinks while it is read is filled up with zeroes.
 *
 * @throws {NotFoundError} `no-such-file` for a source that is not there.
 */
export async function* packTree(root: string, options: PackOptions = {}): AsyncGenerator<Buffer, void, undefined> {
  let batch: Buffer[] = [];
  let length = 0;
  for (const piece of archivePieces(root, options)) {
    batch.push(piece);
    length += piece.length;
    if (length < batchSize) continue;
    options.signal?.throwIfAborted();
    yield batch.length === 1 ? piece : Buffer.concat(batch, length);
    batch = [];
    length = 0;
  }
  options.signal?.throwIfAborted();
  yield Buffer.concat(batch, length);
}

function* archivePieces(root: string, options: PackOptions): Generator<Buffer, void, undefined> {
  const rootHandle = openSync(root, O_PATH | constants.O_DIRECTORY);
  const packer = new Packer(rootHandle, options);
  try {
    for (const source of options.sources ?? [{ path: '', name: '' }]) yield* packer.source(root, source);
    options.observer?.bytes(endOfArchive);
    yield endOfArchive;
  } finally {
    packer.close();
    closeSync(rootHandle);
  }
}

/** A directory whose entries are being packed. */
interface OpenDirectory {
  /** Below the root. */
  readonly path: ByteText;
  /** In the archive, empty or with a slash at its end. */
  readonly prefix: ByteText;
  readonly entries: readonly ByteText[];
  next: number;
  handle: number | undefined;
}

class Packer {
  readonly #root: number;
  readonly #options: PackOptions;
  /** Names of files that have several, by device and number. */
  readonly #linked = new Map<string, ByteText>();
  readonly #open: OpenDirectory[] = [];

  constructor(root: number, options: PackOptions) {
    this.#root = root;
    this.#options = options;
  }

  close(): void {
    for (const { handle } of this.#open.splice(0)) if (handle !== undefined) closeSync(handle);
  }

  *source(root: string, source: PackSource): Generator<Buffer, void, undefined> {
    const path = fromText(source.path).replace(/\/+$/, '');
    const name = source.name === undefined ? path.replace(/^\/+/, '') : fromText(source.name);
    const handle = openInRoot(this.#root, toBytes(path), { flags: O_PATH | constants.O_NOFOLLOW });
    if (handle === undefined) {
      throw new NotFoundError(`${source.path || '/'} in ${root}: no such file or directory`, { code: 'no-such-file' });
    }
    try {
      const stats = fstatSync(handle, { bigint: true });
      if (name !== '') yield* this.#member(handle, stats, name, () => this.#linkAt(path));
      if (stats.isDirectory()) this.#enter(handle, path, name === '' ? '' : `${name.replace(/\/+$/, '')}/`);
    } finally {
      closeSync(handle);
    }
    yield* this.#directories();
  }

  *#directories(): Generator<Buffer, void, undefined> {
    for (let directory = this.#open.at(-1); directory; directory = this.#open.at(-1)) {
      const entry = directory.entries[directory.next++];
      if (entry === undefined) {
        if (directory.handle !== undefined) closeSync(directory.handle);
        this.#open.pop();
        continue;
      }
      const name = `${directory.prefix}${entry}`;
      if (this.#options.exclude?.(toText(name))) continue;
      const parent = this.#handleOf(directory);
      if (parent === undefined) continue;
      const handle = openEntry(parent, entry);
      if (handle === undefined) continue;
      try {
        const stats = fstatSync(handle, { bigint: true });
        yield* this.#member(handle, stats, name, () => readLink(parent, entry));
        if (stats.isDirectory()) this.#enter(handle, `${directory.path}/${entry}`, `${name}/`);
      } finally {
        closeSync(handle);
      }
    }
  }

  /** Goes on with the entries of a directory. */
  #enter(handle: number, path: ByteText, prefix: ByteText): void {
    const reader = openSync(handlePath(handle), constants.O_RDONLY | constants.O_DIRECTORY);
    const entries = readdirSync(handlePath(reader), { encoding: 'latin1' }).sort();
    if (this.#open.length >= openDepth) {
      const far = this.#open[this.#open.length - openDepth];
      if (far?.handle !== undefined) {
        closeSync(far.handle);
        far.handle = undefined;
      }
    }
    this.#open.push({ path, prefix, entries, next: 0, handle: reader });
  }

  #handleOf(directory: OpenDirectory): number | undefined {
    directory.handle ??= openInRoot(this.#root, toBytes(directory.path), {
      flags: constants.O_RDONLY | constants.O_DIRECTORY,
      withoutSymlinks: true,
    });
    return directory.handle;
  }

  /** The target of the symlink at `path`, whose parents are resolved anew. */
  #linkAt(path: ByteText): ByteText | undefined {
    const cut = path.lastIndexOf('/') + 1;
    const parent = openInRoot(this.#root, toBytes(path.slice(0, cut)));
    return parent === undefined ? undefined : using(parent, (handle) => readLink(handle, path.slice(cut)));
  }

  *#member(
    handle: number,
    stats: BigIntStats,
    name: ByteText,
    link: () => ByteText | undefined,
  ): Generator<Buffer, void, undefined> {
    const kind = kindOf(stats);
    if (kind === undefined) return;
    const overlay = this.#options.whiteouts === 'overlay';
    if (overlay && kind === 'character' && stats.rdev === 0n) {
      yield* this.#marker(hiding(name), stats);
      return;
    }
    const common = this.#common(stats, handle, name, overlay);
    if (kind !== 'directory' && stats.nlink > 1n) {
      const key = `${stats.dev}:${stats.ino}`;
      const first = this.#linked.get(key);
      if (first !== undefined) {
        yield* this.#header({ ...common, name, kind: 'link', linkName: first, attributes: new Map() });
        this.#options.observer?.member({ name, size: 0 });
        return;
      }
      this.#linked.set(key, name);
    }
    if (kind === 'file') {
      yield* this.#file(handle, { ...common, name, kind, size: Number(stats.size) });
      return;
    }
    if (kind === 'symlink') {
      const linkName = link();
      if (linkName === undefined) return;
      yield* this.#header({ ...common, name, kind, linkName });
    } else if (kind === 'directory') {
      const directoryName = `${name.replace(/\/+$/, '')}/`;
      yield* this.#header({ ...common, name: directoryName, kind });
      this.#options.observer?.member({ name: directoryName, size: 0 });
      if (overlay && isOpaque(handle)) yield* this.#marker(`${directoryName}${opaqueMarker}`, stats);
      return;
    } else {
      const device = kind === 'fifo' ? { major: 0, minor: 0 } : deviceNumbers(Number(stats.rdev));
      yield* this.#header({ ...common, name, kind, ...device });
    }
    this.#options.observer?.member({ name, size: 0 });
  }

  #common(stats: BigIntStats, handle: number, name: ByteText, overlay: boolean) {
    const { owner, exactTimes } = this.#options;
    const own = { uid: Number(stats.uid), gid: Number(stats.gid) };
    const attributes = new Map<string, Buffer>();
    for (const attribute of listAttributes(handlePath(handle))) {
      if (overlay && /^trusted\.overlay\.(metacopy|redirect)$/.test(attribute)) throw partialFile(name, attribute);
      if (!travels(attribute)) continue;
      const value = readAttribute(handlePath(handle), attribute);
      if (value !== undefined) attributes.set(attribute, value);
    }
    const inSeconds = stats.mtimeNs - (((stats.mtimeNs % nanosecondsPerSecond) + nanosecondsPerSecond) % nanosecondsPerSecond);
    return {
      mode: Number(stats.mode & 0o7777n),
      ...(owner ? owner(own) : own),
      size: 0,
      modified: exactTimes ? stats.mtimeNs : inSeconds,
      linkName: '',
      major: 0,
      minor: 0,
      attributes,
    };
  }

  *#header(member: Member): Generator<Buffer, void, undefined> {
    const bytes = encodeHeader(member);
    this.#options.observer?.bytes(bytes);
    yield bytes;
  }

  /** An empty file that says something to whoever unpacks the layer. */
  *#marker(name: ByteText, stats: BigIntStats): Generator<Buffer, void, undefined> {
    const modified = stats.mtimeNs - (stats.mtimeNs % nanosecondsPerSecond);
    yield* this.#header({
      ...{ name, kind: 'file', mode: 0, uid: 0, gid: 0, size: 0, modified },
      ...{ linkName: '', major: 0, minor: 0, attributes: new Map() },
    });
    this.#options.observer?.member({ name, size: 0 });
  }

  *#file(handle: number, member: Member): Generator<Buffer, void, undefined> {
    const { observer } = this.#options;
    const padding = Buffer.alloc(paddingOf(member.size));
    // The handle names exactly what was looked at: opening it again can't lead to a device or a fifo.
    const file = openSync(handlePath(handle), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      yield* this.#header(member);
      for (let left = member.size; left > 0; ) {
        const piece = Buffer.allocUnsafe(Math.min(left, pieceSize));
        const read = readSync(file, piece);
        if (read === 0) piece.fill(0);
        const content = read === 0 ? piece : piece.subarray(0, read);
        observer?.content(content);
        yield content;
        left -= content.length;
      }
    } finally {
      closeSync(file);
    }
    observer?.member({ name: member.name, size: member.size });
    if (padding.length === 0) return;
    observer?.bytes(padding);
    yield padding;
  }
}

function kindOf(stats: BigIntStats): MemberKind | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'character';
  if (stats.isBlockDevice()) return 'block';
  return stats.isFIFO() ? 'fifo' : undefined;
}

/** Undefined when it is none, or none any more. */
function readLink(directory: number, name: ByteText): ByteText | undefined {
  try {
    return readlinkSync(entryPath(directory, name), { encoding: 'latin1' });
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EINVAL')) return undefined;
    throw error;
  }
}

/** The name by which a layer says that `name` of the layers below is gone. */
function hiding(name: ByteText): ByteText {
  const cut = name.lastIndexOf('/') + 1;
  return `${name.slice(0, cut)}${whiteoutPrefix}${name.slice(cut)}`;
}

function isOpaque(handle: number): boolean {
  return readAttribute(handlePath(handle), 'trusted.overlay.opaque')?.toString() === 'y';
}

function partialFile(name: ByteText, attribute: string): NotSupportedError {
  return new NotSupportedError(`${toText(name)} is kept as a mere change of a file below it (${attribute})`, {
    code: 'partial-overlay-file',
    hint: 'mount overlays without the options metacopy and redirect_dir',
  });
}
