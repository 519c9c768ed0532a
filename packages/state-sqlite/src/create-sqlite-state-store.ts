import { readFileSync } from 'node:fs';
import { RuntimeStoppedError, type StateStore } from '@tspod/core';
import { type Database, type DatabaseLayout, openDatabase } from './database.ts';
import type { Databases } from './databases.ts';
import { liveMigrations } from './live-schema.ts';
import type { SqliteStateDependencies, SqliteStateSettings } from './settings.ts';
import { sqliteStateStore } from './sqlite-state-store.ts';
import { stateMigrations } from './state-schema.ts';

/**
 * A `StateStore` in two SQLite databases, each opened, and made when missing, by the first method that needs it.
 *
 * A process that ends without `close` loses nothing and spares the disk a few flushes; one that lives on should close.
 *
 * Every method may throw what opening throws:
 * @throws {CorruptError} `corrupt-state`: a file is damaged or not ours; it is left as it is.
 * @throws {UnavailableError} `newer-state`, `state-busy`, `state-unusable`.
 */
export function createSqliteStateStore(settings: SqliteStateSettings, dependencies: SqliteStateDependencies = {}): StateStore {
  const { now = Date.now, bootId = currentBootId } = dependencies;
  return sqliteStateStore(openWhenNeeded(settings, bootId), now);
}

function openWhenNeeded(settings: SqliteStateSettings, bootId: () => string): Databases {
  let state: Database | undefined;
  let live: Database | undefined;
  let closed = false;
  const open = (layout: DatabaseLayout) => {
    if (closed) throw new RuntimeStoppedError(`the state store ${settings.stateDatabase} is closed`, { code: 'store-closed' });
    return openDatabase(layout);
  };
  return {
    state: () => (state ??= open({ path: settings.stateDatabase, migrations: stateMigrations, durable: true })),
    live: () =>
      (live ??= ofThisBoot(open({ path: settings.liveDatabase, migrations: liveMigrations, durable: false }), bootId())),
    close() {
      closed = true;
      const opened = [state, live];
      state = undefined;
      live = undefined;
      for (const database of opened) database?.close();
    },
  };
}

/** A run root that is not on tmpfs outlives a reboot; what it says about processes and mounts does not. */
function ofThisBoot(database: Database, bootId: string): Database {
  const isCurrent = () => database.statement('SELECT 1 FROM boot WHERE id = ?').get(bootId) !== undefined;
  try {
    if (database.run(isCurrent)) return database;
    database.transaction(() => {
      if (isCurrent()) return;
      for (const table of ['live', 'exec_session']) database.statement(`DELETE FROM ${table}`).run();
      database.statement('UPDATE boot SET id = ?').run(bootId);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function currentBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
