import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseJson, randomBytes, UnavailableError, withUndoFailure } from '@tspod/core';
import { hasCode, lockFile, type RecordLock, removeTree, tryLockFile } from '@tspod/linux';
import { removeLeftovers, type TransferTrace } from './leftovers.ts';
import { readRecords } from './store-records.ts';

/** A transfer into the store, from its beginning until nothing of it but the images is left. */
export interface Transfer {
  /** For temporary files. */
  readonly directory: string;
  /** Held by every process of the transfer: while one of them lives, nobody takes the transfer for abandoned. */
  readonly lockFd: number;
  /** Writes down a blob that the transfer is about to bring in. */
  note(blob: string): void;
  /** What is complete stays, whatever comes later. */
  keep(): void;
}

interface Journal extends Omit<TransferTrace, 'blobs'> {
  readonly directory: string;
}

/**
 * Runs one transfer into the store. If it fails, what it brought in goes again. What a killed process left is cleared away by the
 * next transfer: each has a journal in the store, locked as long as one of its processes lives, and nothing is taken out while others
 * are at work, as they may count on the same layers.
 */
export async function withTransfer<Result>(
  graphRoot: string,
  temporaryParent: string,
  work: (transfer: Transfer) => Promise<Result>,
): Promise<Result> {
  const journals = join(graphRoot, 'tspod', 'transfers');
  const path = join(journals, randomBytes(8).toString('hex'));
  // the journal names the directory before it is there, and until it is gone: whoever finds the one removes the other
  const directory = directoryOf(path, temporaryParent);
  const lock = await begin(graphRoot, path, directory);
  try {
    const result = await undoing(
      async () => {
        await mkdir(directory, { mode: 0o700 });
        return work({
          directory,
          lockFd: lock.fd,
          note: (blob) => appendFileSync(`${path}.blobs`, `${blob}\n`),
          keep: () => writeJournal(graphRoot, path, directory),
        });
      },
      async () => {
        await removeTree(directory);
        lock.release();
        await clearAway(graphRoot, journals, temporaryParent);
      },
    );
    await removeTree(directory);
    forget(path);
    return result;
  } finally {
    lock.release();
  }
}

/** Undoes what a failing `work` has begun. */
async function undoing<Result>(work: () => Promise<Result>, undo: () => Promise<void>): Promise<Result> {
  try {
    return await work();
  } catch (failure) {
    try {
      await undo();
    } catch (undoFailure) {
      throw withUndoFailure(failure, undoFailure);
    }
    throw failure;
  }
}

async function begin(graphRoot: string, path: string, directory: string): Promise<RecordLock> {
  const journals = join(path, '..');
  try {
    mkdirSync(journals, { recursive: true, mode: 0o700 });
  } catch (cause) {
    if (!hasCode(cause, 'ENOTDIR', 'EACCES', 'EROFS', 'ENOSPC')) throw cause;
    throw new UnavailableError(`${graphRoot} can't be written: ${cause instanceof Error ? cause.message : String(cause)}`, {
      code: 'store-not-writable',
      cause,
    });
  }
  if (readdirSync(journals).some((name) => isJournal(name))) await clearAway(graphRoot, journals, dirname(directory));
  const mutex = await lockFile(mutexOf(journals), 'write');
  try {
    writeJournal(graphRoot, path, directory);
    return await lockFile(path, 'write', { create: false });
  } catch (failure) {
    forget(path);
    throw failure;
  } finally {
    mutex.release();
  }
}

/** Finishes what dead processes, and transfers that failed, have left; not while somebody is at work. */
async function clearAway(graphRoot: string, journals: string, temporaryParent: string): Promise<void> {
  const mutex = await lockFile(mutexOf(journals), 'write');
  const locks: RecordLock[] = [];
  try {
    const paths = readdirSync(journals)
      .filter(isJournal)
      .map((name) => join(journals, name));
    for (const path of paths) {
      const lock = tryLockFile(path, 'write', { create: false });
      if (lock === undefined) return;
      locks.push(lock);
    }
    for (const path of paths) {
      const journal = readJournal(path);
      if (journal !== undefined) await removeLeftovers(graphRoot, { ...journal, blobs: readBlobs(path) });
      await removeTree(journal?.directory ?? directoryOf(path, temporaryParent));
      forget(path);
    }
  } finally {
    for (const lock of locks) lock.release();
    mutex.release();
  }
}

/** In place, because the file may be locked. */
function writeJournal(graphRoot: string, path: string, directory: string): void {
  const { layers, images } = readRecords(graphRoot);
  const journal: Journal = {
    directory,
    layersBefore: layers.map(({ id }) => id),
    imagesBefore: images.map(({ id }) => id),
  };
  writeFileSync(path, JSON.stringify(journal), { mode: 0o600 });
}

/**
 * Undefined: its process died while it wrote the journal. That is before anything is brought in, or when what was brought in is to
 * stay: there is nothing to take out in either case.
 */
function readJournal(path: string): Journal | undefined {
  return parseJson(readFileSync(path, 'utf8')) as Journal | undefined;
}

function forget(path: string): void {
  rmSync(`${path}.blobs`, { force: true });
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

/** The directory of the transfer that has this journal. */
function directoryOf(journal: string, temporaryParent: string): string {
  return join(temporaryParent, `tspod-transfer-${basename(journal)}`);
}

function readBlobs(path: string): string[] {
  return existsSync(`${path}.blobs`) ? readFileSync(`${path}.blobs`, 'utf8').split('\n').filter(Boolean) : [];
}

function isJournal(name: string): boolean {
  return /^[0-9a-f]{16}$/.test(name);
}

function mutexOf(journals: string): string {
  return join(journals, 'lock');
}
