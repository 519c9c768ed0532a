import type { ByteText } from './byte-text.ts';

/**
 * Sees an archive pass by, in order, all of its bytes but the contents of files: what it takes to put the same archive together
 * again from its files (see `recordTarSplit`).
 */
export interface ArchiveObserver {
  /** Headers, padding, the end: everything between contents. */
  bytes(bytes: Uint8Array): void;
  /** One of possibly many pieces of the current member's content. */
  content(piece: Uint8Array): void;
  /** After the content of each member, before its padding. */
  member(member: { readonly name: ByteText; readonly size: number }): void;
}
