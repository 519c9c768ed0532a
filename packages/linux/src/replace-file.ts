import { closeSync, fdatasyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { withUndoFailure } from '@tspod/core';

export interface ReplaceOptions {
  /** Whether the same holds for a crash of the machine. Default: false. */
  readonly durable?: boolean | undefined;
  /** Default: 0600. */
  readonly mode?: number | undefined;
}

/**
 * Replaces a file so that a reader, and a crash of this process, finds the old content or the new one. Writers of one file take turns
 * by a lock of theirs: what one of them left when it was killed, the next one overwrites.
 */
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  { durable = false, mode = 0o600 }: ReplaceOptions = {},
): void {
  const temporary = join(dirname(path), `.tmp-${basename(path)}`);
  const descriptor = openSync(temporary, 'w', mode);
  try {
    try {
      const bytes = Buffer.from(content);
      for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
      if (durable) fdatasyncSync(descriptor);
    } catch (failure) {
      throw withPath(failure, temporary);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (failure) {
    try {
      unlinkSync(temporary);
    } catch (undoFailure) {
      throw withUndoFailure(failure, undoFailure);
    }
    throw failure;
  }
}

/** Node knows no path of what it does with a descriptor. */
function withPath(failure: unknown, path: string): unknown {
  if (!(failure instanceof Error) || 'path' in failure) return failure;
  failure.message = `${failure.message} '${path}'`;
  return Object.assign(failure, { path });
}
