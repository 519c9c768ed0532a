import type { ByteText } from './byte-text.ts';

export type MemberKind = 'file' | 'directory' | 'symlink' | 'link' | 'character' | 'block' | 'fifo';

/** What an archive says about one file, without its content. */
export interface Member {
  /** As the archive has it; of a directory with a slash at its end. */
  readonly name: ByteText;
  readonly kind: MemberKind;
  /** Permissions with set-user-id, set-group-id and sticky bit. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow. */
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly modified: bigint;
  /** Target of a symlink, or name of the member that a hard link leads to; else empty. */
  readonly linkName: ByteText;
  readonly major: number;
  readonly minor: number;
  /** Extended attributes by name. */
  readonly attributes: ReadonlyMap<string, Buffer>;
}

export const blockSize = 512;

/** How many bytes after `size` fill the last block. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}
