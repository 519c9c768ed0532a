import type { ProcessIdentity } from '../container/state.ts';

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
   * @throws {InvalidArgumentError} `archive-…`, naming the member.
   */
  unpack(archive: AsyncIterable<Uint8Array>, path: string, options?: UnpackFiles): Promise<void>;
}

export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  /** Type and permissions, as lstat(2) has them. */
  readonly mode: number;
  readonly size: number;
  /** ISO 8601. */
  readonly modifiedAt: string;
  /** Of a symlink. */
  readonly target: string | undefined;
}

export interface PackFiles {
  /** Its name in the archive; empty: only what is in the directory. Default: the last word of the path. */
  readonly name?: string | undefined;
  /** Times to the nanosecond. Default: whole seconds. */
  readonly exactTimes?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface UnpackFiles {
  /** Another name for the first word of each member's name. Default: its own. */
  readonly topName?: string | undefined;
  /** Everything belongs to them. Default: to whom the archive says. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Replace directories by other things and other things by directories. Default: false, and that is an `archive-conflict`. */
  readonly replaceDirectories?: boolean | undefined;
  /** Leave out device nodes. Default: false. */
  readonly withoutDevices?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}
