import type { ProcessIdentity } from '../container/state.ts';
import type { Owner } from '../isolation/id-maps.ts';
import type { FileChange } from './file-changes.ts';

/**
 * Trees of files that may belong to a container: everything in them may be hostile and may change at any moment. Whatever is asked for,
 * nothing outside the tree is looked at or changed.
 */
export interface FileTrees {
  readonly specVersion: 'v1';

  /** The tree below a directory of the host. @throws a system error, `ENOENT` or `ENOTDIR`, when there is none. */
  openDirectory(path: string): Promise<FileTree>;

  /**
   * What that process has as its root directory, with all of its mounts.
   * @throws {NotFoundError} `no-such-process` when exactly that process no longer runs.
   */
  openRootOf(process: ProcessIdentity): Promise<FileTree>;

  /**
   * What would turn the tree below one directory of the host into that below another, in the order of the paths. A file has changed when its
   * type, mode, owner, size, time or target differs; a directory, when its mode or owner does, or something came into it or left it. What is
   * in a directory that went is not told.
   */
  changes(before: string, after: string): Promise<readonly FileChange[]>;
}

/**
 * One tree. Paths begin at its root, with or without a slash; symlinks on the way are followed as if the root were `/`. Dispose of it.
 */
export interface FileTree extends Disposable {
  /** What is at the path; a symlink at its end is not followed. Undefined when the path leads nowhere. */
  look(path: string): Promise<FileStatus | undefined>;

  /** The file, or the directory with everything below it, as an uncompressed tar stream that takes no memory while nobody reads. */
  pack(path: string, options?: PackFiles): AsyncIterable<Uint8Array>;

  /**
   * Unpacks a tar archive, compressed or not, into the directory at `path`.
   * @throws {InvalidArgumentError} `archive-…`, naming the member: `archive-mount-point` where it would replace what something is mounted on.
   */
  unpack(archive: AsyncIterable<Uint8Array>, path: string, options?: UnpackFiles): Promise<void>;

  /** Removes what is at the path, with everything below it; a symlink at its end is not followed. Nothing there is success. */
  remove(path: string): Promise<void>;
}

export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  /** Type and permissions, as lstat(2) has them. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** ISO 8601. */
  readonly modifiedAt: string;
  /** Of a symlink. */
  readonly target: string | undefined;
}

export interface PackFiles {
  /** Its name in the archive; empty: only what is in the directory. Default: the last word of the path. */
  readonly name?: string | undefined;
  /** Names in the archive, without slashes around, of what to leave out with everything below it. Default: none. */
  readonly without?: readonly string[] | undefined;
  /** Names in the archive, likewise, besides which all others are left out; of a directory that is itself alone. Default: everything. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Times to the nanosecond. Default: whole seconds. */
  readonly exactTimes?: boolean | undefined;
  /** The owner that the archive names. Default: the file's. */
  readonly owner?: ((owner: Owner) => Owner) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface UnpackFiles {
  /** Another name for the first word of each member's name. Default: its own. */
  readonly topName?: string | undefined;
  /** First words of members' names; what begins otherwise is left out. Default: everything. */
  readonly onlyTop?: ReadonlySet<string> | undefined;
  /** To whom what the archive gives to somebody belongs, or everything. Default: to whom the archive says. */
  readonly owner?: Owner | ((owner: Owner) => Owner) | undefined;
  /** Replace directories by other things and other things by directories. Default: false, and that is an `archive-conflict`. */
  readonly replaceDirectories?: boolean | undefined;
  /** Leave out device nodes. Default: false. */
  readonly withoutDevices?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}
