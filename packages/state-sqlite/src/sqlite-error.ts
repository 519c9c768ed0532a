import { CorruptError, UnavailableError } from '@tspod/core';

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const busy = 5;
const corrupt = 11;
const notDatabase = 26;
/** PERM, READONLY, IOERR, FULL, CANTOPEN: the file can't be used now, and is not at fault. */
const unusable: readonly number[] = [3, 8, 10, 13, 14];

/** SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_SHMMAP: the file beside the log can't be made as long as it must be. */
const sharedIndexFailures: readonly unknown[] = [4874, 5386];

export function lacksSharedIndex(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && sharedIndexFailures.includes(error.errcode);
}

/** What a failure of SQLite means to the caller. Anything else is returned as it is. */
export function asEngineError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  // the low byte: the rest details the case
  const code = error.errcode & 0xff;
  if (code === corrupt || code === notDatabase) return corruptDatabase(path, error.message, error);
  if (code === busy) {
    return new UnavailableError(`the state database ${path} is kept locked by another process`, {
      code: 'state-busy',
      hint: `find the process with \`fuser ${path}\``,
      cause: error,
    });
  }
  if (unusable.includes(code)) {
    return new UnavailableError(`the state database ${path} can't be used: ${error.message}`, {
      code: 'state-unusable',
      hint: 'check the disk, its free space, and the permissions of the directory',
      cause: error,
    });
  }
  return error;
}

export function corruptDatabase(path: string, reason: string, cause?: unknown): CorruptError {
  return new CorruptError(`the state database ${path} is damaged: ${reason}`, {
    code: 'corrupt-state',
    path,
    hint: 'nothing was changed: put a backup of the file in its place, or move it away to start with an empty one',
    cause,
  });
}
