import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { hasCode, makeNode, O_PATH, openInRoot, setTimes, writeAttribute } from '@tspod/linux';
import { archiveError } from './archive-error.ts';
import { travels } from './attributes.ts';
import { ByteSource } from './byte-source.ts';
import { type ByteText, fromText, toBytes, toText } from './byte-text.ts';
import { entryPath, handlePath, namesIn, openEntry, using } from './handle.ts';
import type { Member } from './member.ts';
import type { ArchiveObserver } from './observer.ts';
import type { Owner } from './pack-tree.ts';
import { ArchiveReader } from './read-archive.ts';
import { removeEntry } from './remove-entry.ts';
import { opaqueMarker, whiteoutPrefix } from './whiteouts.ts';

export interface UnpackOptions {
  /** The directory below the root that the archive goes to; members can't leave it by `..`. Default: the root. */
  readonly into?: string | undefined;
  /** Leave out device nodes. Default: false. */
  readonly withoutDevices?: boolean | undefined;
  /**
   * What `.wh.…` members mean. `overlay`: the root is the upper directory of an overlay, which gets what hides there; the archive's
   * own entry for the root is then ignored, as all tools have it. `remove`: the root holds the layers below already. Default: `keep`, ordinary files.
   */
  readonly whiteouts?: 'keep' | 'overlay' | 'remove' | undefined;
  /** The name below the root that a member gets, or undefined to leave it out. Default: its own. */
  readonly rename?: ((name: string) => string | undefined) | undefined;
  /** The owner of what is made. Default: the archive's. */
  readonly owner?: ((owner: Owner) => Owner) | undefined;
  /** Replace directories by other things and other things by directories. Default: true. */
  readonly replaceDirectories?: boolean | undefined;
  /** Keep mode, owner and time of directories that are there already, if the archive has them too. Default: false. */
  readonly keepDirectories?: boolean | undefined;
  /** Bytes of content and number of members at most. Default: no limit. */
  readonly limits?: { readonly bytes?: number | undefined; readonly members?: number | undefined } | undefined;
  readonly observer?: ArchiveObserver | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Unpacked {
  readonly members: number;
  /** Of content. */
  readonly bytes: number;
}

const permissionsOfParents = 0o755;
const { S_IFBLK, S_IFCHR, S_IFIFO } = constants;
const S_TYPE = { character: S_IFCHR, block: S_IFBLK, fifo: S_IFIFO } as const;

/**
 * Unpacks an uncompressed tar archive below `root`, as root: owners, modes, times, extended attributes, hard links, devices.
 *
 * Whatever the archive says and whatever else happens in the tree meanwhile, nothing outside `root` is read or changed: symlinks are
 * followed as if the root were `/`, and never at the end of a name. What is there is replaced, but directories stay. Members with
 * `..` that lead out of the root are refused, and so are those that would replace a mount point. What was unpacked before a failure stays.
 *
 * @throws {InvalidArgumentError} `archive-…`, naming the member; {NotSupportedError} `archive-member-kind`
 */
export async function unpackTree(
  archive: AsyncIterable<Uint8Array>,
  root: string,
  options: UnpackOptions = {},
): Promise<Unpacked> {
  const source = new ByteSource(archive);
  const reader = new ArchiveReader(source, options.observer);
  const unpacker = new Unpacker(root, options);
  let members = 0;
  let bytes = 0;
  try {
    for (let member = await reader.next(); member; member = await reader.next()) {
      options.signal?.throwIfAborted();
      members += 1;
      bytes += member.size;
      checkLimits(options, members, bytes, member.name);
      await unpacker.unpack(member, (use) => reader.content(member as Member, use));
    }
    unpacker.finish();
  } finally {
    unpacker.close();
    await source.close();
  }
  return { members, bytes };
}

type Content = (use: (piece: Buffer) => void) => Promise<void>;

function checkLimits({ limits }: UnpackOptions, members: number, bytes: number, name: ByteText): void {
  if (members > (limits?.members ?? Number.POSITIVE_INFINITY)) {
    throw archiveError('archive-too-large', `there are more than ${limits?.members} members`, name);
  }
  if (bytes > (limits?.bytes ?? Number.POSITIVE_INFINITY)) {
    throw archiveError('archive-too-large', `the content exceeds ${limits?.bytes} bytes`, name);
  }
}

class Unpacker {
  readonly #root: number;
  readonly #options: UnpackOptions;
  readonly #into: ByteText;
  /** The directory that the last member went to; the next one usually does, too. */
  #parent: { readonly path: ByteText; readonly handle: number } | undefined;
  /** Times of directories, set when nothing changes in them any more. */
  readonly #times = new Map<ByteText, bigint>();
  /** What this archive has made, which its own opaque markers don't hide. */
  readonly #made = new Set<ByteText>();

  constructor(root: string, options: UnpackOptions) {
    this.#into = normalise(fromText(options.into ?? ''), '');
    this.#root = openSync(root, O_PATH | constants.O_DIRECTORY);
    this.#options = options;
  }

  close(): void {
    this.#forgetParent();
    closeSync(this.#root);
  }

  /** Deepest directories first. */
  finish(): void {
    this.#forgetParent();
    for (const [path, modified] of [...this.#times].sort(([one], [other]) => (one < other ? 1 : -1))) {
      const handle = openInRoot(this.#root, toBytes(path), { flags: O_PATH | constants.O_DIRECTORY, withoutSymlinks: true });
      if (handle !== undefined) using(handle, () => setTimes(handlePath(handle), modified));
    }
  }

  async unpack(member: Member, content: Content): Promise<void> {
    if (member.kind === 'symlink' && member.linkName.includes('\0')) normalise(member.linkName, member.name);
    const name = this.#nameOf(member.name, member.name);
    const ignore = () => content(() => {});
    if (name === undefined) return ignore();
    if (this.#options.withoutDevices && (member.kind === 'character' || member.kind === 'block')) return ignore();
    if (name === this.#into) {
      if (member.kind === 'directory' && this.#options.whiteouts !== 'overlay') this.#dressTop(member);
      else if (member.kind !== 'directory') throw archiveError('archive-conflict', 'it would replace the root', member.name);
      return ignore();
    }
    const cut = name.lastIndexOf('/') + 1;
    const last = name.slice(cut);
    const parent = this.#directory(name.slice(0, cut).replace(/\/$/, ''), member.name);
    if (this.#options.whiteouts !== 'keep' && this.#options.whiteouts !== undefined && last.startsWith(whiteoutPrefix)) {
      this.#hide(parent, name.slice(0, cut), last);
      return ignore();
    }
    try {
      await this.#make(parent, last, name, member, content);
    } catch (error) {
      throw describe(error, member.name);
    }
    if (this.#options.whiteouts === 'remove') this.#remember(name);
  }

  /** Its normal form without slashes around; empty for the root. */
  #nameOf(raw: ByteText, member: ByteText): ByteText | undefined {
    const { rename } = this.#options;
    const renamed = rename ? rename(toText(raw)) : raw;
    if (renamed === undefined) return undefined;
    const name = normalise(rename ? fromText(renamed) : renamed, member);
    if (this.#into === '') return name;
    return name === '' ? this.#into : `${this.#into}/${name}`;
  }

  #remember(name: ByteText): void {
    for (let path = name; path !== '' && !this.#made.has(path); path = path.slice(0, Math.max(path.lastIndexOf('/'), 0))) {
      this.#made.add(path);
    }
  }

  /** A handle on the directory with this path, which is made if it is missing, with its parents. Valid until the next call. */
  #directory(path: ByteText, member: ByteText): number {
    if (path === '') return this.#root;
    if (this.#parent?.path === path) return this.#parent.handle;
    this.#forgetParent();
    const handle = this.#openDirectory(path) ?? this.#makeParents(path, member);
    this.#parent = { path, handle };
    return handle;
  }

  #openDirectory(path: ByteText): number | undefined {
    return openInRoot(this.#root, toBytes(path), { flags: O_PATH | constants.O_DIRECTORY });
  }

  #makeParents(path: ByteText, member: ByteText): number {
    const words = path.split('/');
    let handle = openSync(handlePath(this.#root), O_PATH | constants.O_DIRECTORY);
    try {
      for (const [index, word] of words.entries()) {
        const below = words.slice(0, index + 1).join('/');
        const next = this.#openDirectory(below) ?? this.#makeParent(handle, word, below, member);
        closeSync(handle);
        handle = next;
      }
      return handle;
    } catch (error) {
      closeSync(handle);
      throw error;
    }
  }

  #makeParent(directory: number, word: ByteText, path: ByteText, member: ByteText): number {
    try {
      mkdirSync(entryPath(directory, word), permissionsOfParents);
      const made = this.#openDirectory(path);
      if (made !== undefined) {
        chmodSync(handlePath(made), permissionsOfParents);
        return made;
      }
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    throw archiveError('archive-conflict', `${JSON.stringify(toText(path))} on the way to it is no directory`, member);
  }

  #forgetParent(): void {
    if (this.#parent) closeSync(this.#parent.handle);
    this.#parent = undefined;
  }

  #dressTop(member: Member): void {
    if (this.#options.keepDirectories) return;
    this.#dress(this.#directory(this.#into, member.name), member);
    this.#times.set(this.#into, member.modified);
  }

  async #make(parent: number, last: ByteText, name: ByteText, member: Member, content: Content): Promise<void> {
    const path = entryPath(parent, last);
    const wasThere = this.#makeRoom(parent, last, name, member);
    if (member.kind === 'file') {
      await this.#makeFile(path, member, content);
      return;
    }
    if (member.kind === 'link') {
      this.#makeLink(path, member);
      return content(() => {});
    }
    if (member.kind === 'directory') {
      if (!wasThere) mkdirSync(path, 0o700);
      if (!wasThere || !this.#options.keepDirectories) this.#times.set(name, member.modified);
    } else if (member.kind === 'symlink') symlinkSync(toBytes(member.linkName), path);
    else makeNode(path, S_TYPE[member.kind] | (member.mode & 0o777), member);
    if (wasThere && this.#options.keepDirectories) return content(() => {});
    const handle = openSync(path, O_PATH | constants.O_NOFOLLOW);
    using(handle, () => {
      this.#dress(handle, member);
      if (member.kind !== 'directory') setTimes(handlePath(handle), member.modified);
    });
    return content(() => {});
  }

  /** Takes away what is in the way. Answers whether a directory is there, which a directory goes on with. */
  #makeRoom(parent: number, last: ByteText, name: ByteText, member: Member): boolean {
    const present = openEntry(parent, last);
    if (present === undefined) return false;
    const isDirectory = using(present, () => fstatSync(present).isDirectory());
    if (isDirectory && member.kind === 'directory') return true;
    if (isDirectory !== (member.kind === 'directory') && this.#options.replaceDirectories === false) {
      throw archiveError(
        'archive-conflict',
        isDirectory ? 'a directory is in its place, and it is none' : 'it is a directory, and something else is in its place',
        member.name,
      );
    }
    refuseMountPoints(parent, last, member.name);
    this.#forgetOtherParent(parent);
    removeEntry(parent, last);
    for (const path of this.#times.keys()) if (path === name || path.startsWith(`${name}/`)) this.#times.delete(path);
    return false;
  }

  /** The path of the remembered directory may lead elsewhere now; the handle is still in use. */
  #forgetOtherParent(inUse: number): void {
    if (this.#parent && this.#parent.handle !== inUse) this.#forgetParent();
  }

  async #makeFile(path: Buffer, member: Member, content: Content): Promise<void> {
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
    const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      let length = 0;
      let written = 0;
      await content((piece) => {
        // A long run of zeroes becomes a hole.
        if (piece.length < holeSize || !isEmpty(piece)) {
          for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at, piece.length - at, length + at);
          written = length + piece.length;
        }
        length += piece.length;
      });
      if (written < length) ftruncateSync(file, length);
      this.#dress(file, member);
      setTimes(handlePath(file), member.modified);
    } finally {
      closeSync(file);
    }
  }

  #makeLink(path: Buffer, member: Member): void {
    const target = this.#nameOf(member.linkName, member.name);
    const missing = () =>
      archiveError('archive-link-target', `there is no ${JSON.stringify(toText(member.linkName))} to link to`, member.name);
    if (target === undefined || target === '') throw missing();
    const cut = target.lastIndexOf('/') + 1;
    const directory = openInRoot(this.#root, toBytes(target.slice(0, cut)), { flags: O_PATH | constants.O_DIRECTORY });
    if (directory === undefined) throw missing();
    using(directory, () => {
      try {
        linkSync(entryPath(directory, target.slice(cut)), path);
      } catch (error) {
        if (hasCode(error, 'ENOENT')) throw missing();
        throw error;
      }
    });
  }

  /** Owner first: changing it takes set-user-id bits and capabilities away. */
  #dress(handle: number, member: Member): void {
    const { owner } = this.#options;
    const path = handlePath(handle);
    const { uid, gid } = owner ? owner(member) : member;
    chownSync(path, uid, gid);
    if (member.kind === 'file') fchmodSync(handle, member.mode);
    else if (member.kind !== 'symlink') chmodSync(path, member.mode);
    for (const [name, value] of member.attributes) {
      if (!travels(name)) continue;
      try {
        writeAttribute(path, name, value);
      } catch (error) {
        // Users' attributes are no part of every file system, and of no symlink; what runs with capabilities would break without them.
        if (!name.startsWith('user.') || !hasCode(error, 'ENOTSUP', 'EOPNOTSUPP', 'EPERM')) throw error;
      }
    }
  }

  #hide(parent: number, prefix: ByteText, marker: ByteText): void {
    const overlay = this.#options.whiteouts === 'overlay';
    if (marker === opaqueMarker) {
      if (overlay) writeAttribute(handlePath(parent), 'trusted.overlay.opaque', Buffer.from('y'));
      else this.#removeOthers(parent, prefix);
      return;
    }
    // Other markers with a doubled prefix are notes that an old union file system made for itself.
    if (marker.startsWith(`${whiteoutPrefix}${whiteoutPrefix}`)) return;
    const hidden = marker.slice(whiteoutPrefix.length);
    if (hidden === '' || hidden === '.' || hidden === '..') {
      throw archiveError('archive-path-escapes', 'it hides no name', `${prefix}${marker}`);
    }
    const present = openEntry(parent, hidden);
    if (present !== undefined) {
      closeSync(present);
      refuseMountPoints(parent, hidden, `${prefix}${marker}`);
      removeEntry(parent, hidden);
    }
    if (overlay) makeNode(entryPath(parent, hidden), S_IFCHR, { major: 0, minor: 0 });
  }

  #removeOthers(parent: number, prefix: ByteText): void {
    const others = namesIn(parent).filter((name) => !this.#made.has(`${prefix}${name}`));
    for (const name of others) refuseMountPoints(parent, name, `${prefix}${opaqueMarker}`);
    for (const name of others) removeEntry(parent, name);
  }
}

const holeSize = 4096;
const noBytes = Buffer.alloc(64 * 1024);

function isEmpty(piece: Buffer): boolean {
  if (piece[0] !== 0 || piece[piece.length - 1] !== 0) return false;
  for (let at = 0; at < piece.length; at += noBytes.length) {
    const part = piece.subarray(at, at + noBytes.length);
    if (part.compare(noBytes, 0, part.length) !== 0) return false;
  }
  return true;
}

/** @throws {InvalidArgumentError} `archive-path-escapes` */
function normalise(name: ByteText, member: ByteText): ByteText {
  if (name.includes('\0')) throw archiveError('archive-damaged', 'a name in it contains a zero byte', member);
  if (!/(^|\/)\.{0,2}(\/|$)/.test(name)) return name;
  const words: ByteText[] = [];
  for (const word of name.split('/')) {
    if (word === '' || word === '.') continue;
    if (word !== '..') words.push(word);
    else if (words.pop() === undefined) {
      throw archiveError('archive-path-escapes', `${JSON.stringify(toText(name))} leads out of the directory`, member);
    }
  }
  return words.join('/');
}

/**
 * Refuses to take away an entry that something is mounted on, or on anything below it. The kernel would only refuse that in the mount's own
 * namespace: from another one, as a container's root is seen from here, it takes the mount away together with the entry.
 * @throws {InvalidArgumentError} `archive-mount-point`
 */
function refuseMountPoints(directory: number, name: ByteText, member: ByteText): void {
  const handle = openEntry(directory, name);
  if (handle === undefined) return;
  using(handle, () => {
    if (mountIdOf(handle) !== mountIdOf(directory)) {
      const reason = `${JSON.stringify(toText(name))}, which it would replace, is a mount point: device or resource busy`;
      throw archiveError('archive-mount-point', reason, member);
    }
    if (!fstatSync(handle).isDirectory()) return;
    for (const entry of namesIn(handle)) refuseMountPoints(handle, entry, member);
  });
}

/** Of the mount that a descriptor leads through: proc_pid_fdinfo(5). */
function mountIdOf(handle: number): string | undefined {
  return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${handle}`, 'latin1'))?.[1];
}

/** Names the member of which a system call speaks in paths of /proc. */
function describe(error: unknown, member: ByteText): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  return Object.assign(new Error(`unpacking ${JSON.stringify(toText(member))}: ${error.message}`, { cause: error }), { code });
}
