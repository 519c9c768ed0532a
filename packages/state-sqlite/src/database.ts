import { closeSync, constants, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { randomBytes, UnavailableError, withUndoFailure } from '@tspod/core';
import { loadSqlite } from './load-sqlite.ts';
import { asEngineError, corruptDatabase, lacksSharedIndex } from './sqlite-error.ts';

/** "tspo" in ASCII, in the file's header: tells our files from other people's databases. */
const applicationId = 0x7473_706f;

/** How long a writer waits for the others, in milliseconds. A transaction takes well below one. */
const busyTimeout = 60_000;

/**
 * Pages (of 4 KiB) after which the log is folded into the database. Every command that finds a log reads it all, so it is kept
 * short: see docs/decisions/2026-11-23-sqlite-settings.md.
 */
const checkpointPages = 128;

export interface DatabaseLayout {
  readonly path: string;
  /** The SQL that leads from version n to n + 1, at index n. Never edited once released, only appended to. */
  readonly migrations: readonly string[];
  /** Whether a transaction that was acknowledged survives a loss of power. */
  readonly durable: boolean;
}

/** An open database whose failures are `EngineError`s naming its path. */
export interface Database {
  readonly path: string;
  /** Prepared at first use, kept until the database is closed. */
  statement(sql: string): StatementSync;
  /** For single statements, each of which is a transaction of its own. */
  run<Result>(action: () => Result): Result;
  /** `BEGIN IMMEDIATE` … `COMMIT`, rolled back when `action` throws. */
  transaction<Result>(action: () => Result): Result;
  close(): void;
}

/**
 * Opens a database, making or migrating it when needed.
 * @throws {CorruptError} `corrupt-state`: damaged or not ours; it is left alone.
 * @throws {UnavailableError} `newer-state`: written by a newer tspod; `state-busy`, `state-unusable`.
 */
export function openDatabase(layout: DatabaseLayout): Database {
  const { path } = layout;
  return translating(path, () => {
    if (!existsSync(path)) create(layout);
    return connect(layout, (connection) => {
      checkIdentity(path, connection);
      const database = wrap(path, connection);
      migrate(layout, connection, database);
      return database;
    });
  });
}

/**
 * Makes the whole database under another name and links it into place: nobody sees half of it, an empty file at `path` is known
 * to be damage, and of two makers the second finds the first's.
 */
function create(layout: DatabaseLayout): void {
  const directory = dirname(layout.path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const draft = join(directory, `.${basename(layout.path)}.${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    closeSync(openSync(draft, 'wx', 0o600));
    connect({ ...layout, path: draft }, (connection) => {
      connection.exec(`PRAGMA journal_mode = WAL; PRAGMA application_id = ${applicationId}`);
      const database = wrap(draft, connection);
      migrate(layout, connection, database);
      return database;
    }).close();
    link(draft, layout.path);
    if (layout.durable) [directory, dirname(directory)].forEach(syncDirectory);
  } finally {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(draft + suffix, { force: true });
  }
}

function link(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

type Prepare = (connection: DatabaseSync) => Database;

/**
 * Closed again when `prepare` throws. Processes share an index of the log in a file, which is made by the first of them: where there is no room
 * for it, this one keeps the index to itself, and the others out, so that on a full disk there is still a way to look and to remove.
 */
function connect(layout: DatabaseLayout, prepare: Prepare): Database {
  try {
    return connectAs('NORMAL', layout, prepare);
  } catch (error) {
    if (!lacksSharedIndex(error)) throw error;
    return connectAs('EXCLUSIVE', layout, prepare);
  }
}

function connectAs(locking: 'NORMAL' | 'EXCLUSIVE', { path, durable }: DatabaseLayout, prepare: Prepare): Database {
  const { DatabaseSync } = loadSqlite();
  const connection = new DatabaseSync(path, { timeout: busyTimeout });
  try {
    if (locking !== 'NORMAL') connection.exec(`PRAGMA locking_mode = ${locking}`);
    connection.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'OFF'}; PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    return prepare(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
}

function checkIdentity(path: string, connection: DatabaseSync): void {
  const id = pragma(connection, 'application_id');
  if (id !== applicationId) throw corruptDatabase(path, 'it is not a state database of tspod');
}

function migrate({ path, migrations }: DatabaseLayout, connection: DatabaseSync, database: Database): void {
  const known = migrations.length;
  const found = pragma(connection, 'user_version');
  if (found > known) {
    throw new UnavailableError(`the state database ${path} has version ${found}, this tspod knows versions up to ${known}`, {
      code: 'newer-state',
      hint: 'a newer tspod wrote it: upgrade tspod',
    });
  }
  if (found === known) return;
  database.transaction(() => {
    // another process may have been faster
    const version = pragma(connection, 'user_version');
    for (const sql of migrations.slice(version)) connection.exec(sql);
    connection.exec(`PRAGMA user_version = ${Math.max(version, known)}`);
  });
}

function pragma(connection: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(connection.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function wrap(path: string, connection: DatabaseSync): Database {
  const statements = new Map<string, StatementSync>();
  return {
    path,
    statement(sql) {
      let statement = statements.get(sql);
      if (statement === undefined) {
        statement = connection.prepare(sql);
        statements.set(sql, statement);
      }
      return statement;
    },
    run: (action) => translating(path, action),
    transaction: (action) =>
      translating(path, () => {
        connection.exec('BEGIN IMMEDIATE');
        try {
          const result = action();
          connection.exec('COMMIT');
          return result;
        } catch (failure) {
          rollBack(connection, failure);
          throw failure;
        }
      }),
    close() {
      statements.clear();
      connection.close();
    },
  };
}

function rollBack(connection: DatabaseSync, failure: unknown): void {
  // some failures, a full disk for one, have rolled back already
  if (!connection.isTransaction) return;
  try {
    connection.exec('ROLLBACK');
  } catch (undoFailure) {
    throw withUndoFailure(failure, undoFailure);
  }
}

function translating<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw asEngineError(error, path);
  }
}
