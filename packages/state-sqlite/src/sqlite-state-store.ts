import {
  AlreadyExistsError,
  type ExecSession,
  type Intent,
  NotFoundError,
  type StateStore,
  type StoredContainer,
} from '@tspod/core';
import { alreadyHeld, ambiguousPrefix, noSuchContainer } from './container-errors.ts';
import type { Database } from './database.ts';
import { corruptDatabase } from './sqlite-error.ts';

/** How many of the containers that a prefix fits are named. */
const candidatesNamed = 4;

/** The two databases of a store, opened when first asked for. */
export interface Databases {
  state(): Database;
  live(): Database;
  close(): void;
}

export function sqliteStateStore(databases: Databases, now: () => number): StateStore {
  const { state, live } = databases;

  function storedContainer(row: WholeRow): StoredContainer {
    const database = live();
    const liveRow = database.run(() => database.statement('SELECT state FROM live WHERE container = ?').get(row.id));
    return stored(row, { ...rest(row), spec: parse(row.spec, state().path) }, liveRow?.state);
  }

  function stored(row: ContainerRow, config: Config, liveState: unknown): StoredContainer {
    return {
      config,
      live: liveState === undefined ? undefined : parse(liveState, live().path),
      lastRun: row.last_run === null ? undefined : parse(row.last_run, state().path),
      removing: row.intent === 'remove',
    };
  }

  const rest = (row: ContainerRow) => parse<Omit<Config, 'spec'>>(row.config, state().path);

  function specOf(id: string): Config['spec'] {
    const database = state();
    const row = database.run(() => database.statement('SELECT spec FROM container WHERE id = ? AND spec IS NOT NULL').get(id));
    if (row === undefined) throw noSuchContainer(id);
    return parse(row.spec, database.path);
  }

  /** A config that reads its spec when asked for it: unlike the rest of it, that fails once the container is gone. */
  function configForListing(row: ContainerRow): Config {
    let spec: Config['spec'] | undefined;
    return {
      ...rest(row),
      get spec() {
        spec ??= specOf(row.id);
        return spec;
      },
    };
  }

  function find(condition: string, ...values: string[]): WholeRow[] {
    const database = state();
    const sql = `SELECT id, name, intent, last_run, config, spec FROM container WHERE config IS NOT NULL AND ${condition}`;
    return database.run(() => database.statement(sql).all(...values)) as unknown as WholeRow[];
  }

  function requireContainer(id: string): void {
    const database = state();
    const row = database.run(() => database.statement('SELECT 1 FROM container WHERE id = ? AND config IS NOT NULL').get(id));
    if (row === undefined) throw noSuchContainer(id);
  }

  function change(database: Database, sql: string, ...values: (string | number)[]): boolean {
    return database.run(() => database.statement(sql).run(...values)).changes > 0;
  }

  return {
    specVersion: 'v1',

    async reserve({ id, name, storage }) {
      const database = state();
      database.transaction(() => {
        const { changes } = database
          .statement(
            `INSERT INTO container (id, name, storage, intent, since) VALUES (?, ?, ?, 'create', ?) ON CONFLICT DO NOTHING`,
          )
          .run(id, name, storage, now());
        if (changes > 0) return;
        const holder = database
          .statement('SELECT id, name, config IS NULL AS reserved FROM container WHERE id = ? OR name = ? ORDER BY id = ? DESC')
          .get(id, name, id) as unknown as { id: string; name: string; reserved: number };
        throw alreadyHeld({ id, name }, { ...holder, reserved: holder.reserved === 1 });
      });
    },

    async commit(config) {
      const { spec, ...rest } = config;
      const { id, name } = config;
      const sql = `UPDATE container SET config = ?, spec = ?, intent = NULL, since = NULL
        WHERE id = ? AND name = ? AND intent = 'create'`;
      if (change(state(), sql, JSON.stringify(rest), JSON.stringify(spec), id, name)) return;
      if (find('id = ?', id).length > 0) {
        throw new AlreadyExistsError(`the container ${id} has been committed before`, { code: 'id-exists' });
      }
      throw new NotFoundError(`the id ${id} and the name "${name}" are not reserved`, { code: 'no-such-container' });
    },

    async abandon(id) {
      change(state(), `DELETE FROM container WHERE id = ? AND intent = 'create'`, id);
    },

    async beginRemoval(id) {
      const sql = `UPDATE container SET intent = 'remove', since = ? WHERE id = ? AND intent IS NULL`;
      if (!change(state(), sql, now(), id)) requireContainer(id);
    },

    async finishRemoval(id) {
      // the durable part last: as long as it is there, the removal is known to be unfinished
      const database = live();
      database.transaction(() => {
        database.statement('DELETE FROM live WHERE container = ?').run(id);
        database.statement('DELETE FROM exec_session WHERE container = ?').run(id);
      });
      change(state(), 'DELETE FROM container WHERE id = ? AND config IS NOT NULL', id);
    },

    async intents() {
      const database = state();
      const sql = 'SELECT id, name, storage, intent AS kind, since FROM container WHERE intent IS NOT NULL ORDER BY sequence';
      const rows = database.run(() => database.statement(sql).all()) as unknown as Intent[];
      return rows.map((row) => ({ ...row }));
    },

    async containers() {
      // configs first: a container that is new in between is left out, never shown without its state
      const configs = state();
      const sql = 'SELECT id, name, intent, last_run, config FROM container WHERE config IS NOT NULL ORDER BY sequence';
      const rows = configs.run(() => configs.statement(sql).all()) as unknown as ContainerRow[];
      const database = live();
      const liveRows = database.run(() => database.statement('SELECT container, state FROM live').all());
      const states = new Map(liveRows.map((row) => [row.container, row.state]));
      return rows.map((row) => stored(row, configForListing(row), states.get(row.id)));
    },

    async container(id) {
      const [row] = find('id = ?', id);
      return row && storedContainer(row);
    },

    async lookup(wanted) {
      const [exact] = find('(id = ? OR name = ?) ORDER BY id = ? DESC LIMIT 1', wanted, wanted, wanted);
      if (exact !== undefined) return storedContainer(exact);
      // ids are hexadecimal, so "g" is above every digit; anything else is no prefix
      if (!/^[0-9a-f]+$/.test(wanted)) throw noSuchContainer(wanted);
      const fitting = find(`id >= ? AND id < ? ORDER BY id LIMIT ${candidatesNamed}`, wanted, `${wanted}g`);
      const [first, second] = fitting;
      if (first === undefined) throw noSuchContainer(wanted);
      if (second !== undefined) throw ambiguousPrefix(wanted, fitting);
      return storedContainer(first);
    },

    async saveLive(id, state) {
      requireContainer(id);
      change(
        live(),
        'INSERT INTO live (container, state) VALUES (?, ?) ON CONFLICT (container) DO UPDATE SET state = excluded.state',
        id,
        JSON.stringify(state),
      );
    },

    async saveExit(id, exit) {
      const sql = 'UPDATE container SET last_run = ? WHERE id = ? AND config IS NOT NULL';
      if (!change(state(), sql, JSON.stringify(exit), id)) throw noSuchContainer(id);
    },

    async saveExecSession(session) {
      requireContainer(session.containerId);
      change(
        live(),
        'INSERT INTO exec_session (id, container, session) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET session = excluded.session',
        session.id,
        session.containerId,
        JSON.stringify(session),
      );
    },

    async execSession(id) {
      const database = live();
      const row = database.run(() => database.statement('SELECT session FROM exec_session WHERE id = ?').get(id));
      return row && parse<ExecSession>(row.session, database.path);
    },

    async execSessions(containerId) {
      const database = live();
      const sql = 'SELECT session FROM exec_session WHERE container = ? ORDER BY sequence';
      const rows = database.run(() => database.statement(sql).all(containerId));
      return rows.map((row) => parse<ExecSession>(row.session, database.path));
    },

    async removeExecSession(id) {
      change(live(), 'DELETE FROM exec_session WHERE id = ?', id);
    },

    async close() {
      databases.close();
    },
  };
}

type Config = StoredContainer['config'];

/** What a listing needs. */
interface ContainerRow {
  readonly id: string;
  readonly name: string;
  readonly intent: 'remove' | null;
  readonly last_run: string | null;
  readonly config: string;
}

interface WholeRow extends ContainerRow {
  readonly spec: string;
}

function parse<Value>(json: unknown, path: string): Value {
  try {
    return JSON.parse(String(json)) as Value;
  } catch (error) {
    throw corruptDatabase(path, 'a record in it is not JSON', error);
  }
}
