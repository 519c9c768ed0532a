import {
  AlreadyExistsError,
  type ExecSession,
  type Intent,
  InUseError,
  NotFoundError,
  type StateStore,
  type StoredContainer,
} from '@tspod/core';
import { alreadyHeld, ambiguousPrefix, beingRemoved, noSuchContainer, noSuchPod } from './container-errors.ts';
import type { Database } from './database.ts';
import type { Databases } from './databases.ts';
import { parse } from './record.ts';
import { holderOf, podMethods } from './sqlite-pods.ts';
import { renameMethods } from './sqlite-renames.ts';
import { useVolumes, volumeMethods } from './sqlite-volumes.ts';

/** How many of the containers that a prefix fits are named. */
const candidatesNamed = 4;

export function sqliteStateStore(databases: Databases, now: () => number): StateStore {
  const { state, live } = databases;

  function storedContainer(row: WholeRow): StoredContainer {
    const database = live();
    const liveRow = database.run(() => database.statement('SELECT state FROM live WHERE container = ?').get(row.id));
    return stored(row, { ...rest(row), name: row.name, spec: parse(row.spec, state().path) }, liveRow?.state);
  }

  function stored(row: ContainerRow, config: Config, liveState: unknown): StoredContainer {
    return {
      config,
      live: liveState === undefined ? undefined : parse(liveState, live().path),
      lastRun: row.last_run === null ? undefined : parse(row.last_run, state().path),
      ...(row.resources !== null && { resources: parse<StoredContainer['resources']>(row.resources, state().path) }),
      ...(row.networks !== null && { networks: parse<NonNullable<StoredContainer['networks']>>(row.networks, state().path) }),
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
      name: row.name,
      get spec() {
        spec ??= specOf(row.id);
        return spec;
      },
    };
  }

  function find(condition: string, ...values: string[]): WholeRow[] {
    const database = state();
    const sql = `SELECT id, name, intent, last_run, resources, networks, config, spec FROM container WHERE config IS NOT NULL AND ${condition}`;
    return database.run(() => database.statement(sql).all(...values)) as unknown as WholeRow[];
  }

  function requireContainer(id: string): void {
    const database = state();
    const row = database.run(() => database.statement('SELECT 1 FROM container WHERE id = ? AND config IS NOT NULL').get(id));
    if (row === undefined) throw noSuchContainer(id);
  }

  /** @param condition of SQL, beginning with AND, or nothing */
  function list(condition: string, values: readonly string[]): StoredContainer[] {
    // configs first: a container that is new in between is left out, never shown without its state
    const configs = state();
    const sql = `SELECT id, name, intent, last_run, resources, networks, config FROM container WHERE config IS NOT NULL ${condition} ORDER BY sequence`;
    const rows = configs.run(() => configs.statement(sql).all(...values)) as unknown as ContainerRow[];
    const database = live();
    const liveRows = database.run(() => database.statement('SELECT container, state FROM live').all());
    const states = new Map(liveRows.map((row) => [row.container, row.state]));
    return rows.map((row) => stored(row, configForListing(row), states.get(row.id)));
  }

  /** Within the transaction that commits the container. */
  function join(id: string, pod: string | null, dependencies: readonly string[], volumes: readonly string[]): true {
    const database = state();
    if (pod !== null) {
      const row = database.statement('SELECT intent FROM pod WHERE id = ?').get(pod);
      if (row === undefined) throw noSuchPod(pod);
      if (row.intent === 'remove') throw beingRemoved('pod-being-removed', pod);
    }
    for (const needed of dependencies) {
      const row = database.statement('SELECT intent FROM container WHERE id = ? AND config IS NOT NULL').get(needed);
      if (row === undefined) throw noSuchContainer(needed);
      if (row.intent === 'remove') throw beingRemoved('dependency-being-removed', needed);
      database.statement('INSERT OR IGNORE INTO dependency (container, needs) VALUES (?, ?)').run(id, needed);
    }
    useVolumes(database, id, volumes);
    return true;
  }

  const dependentsOf = (id: string) => {
    const database = state();
    const sql = 'SELECT id FROM container JOIN dependency ON container = id WHERE needs = ? ORDER BY sequence';
    return database.run(() => database.statement(sql).all(id)).map((row) => String(row.id));
  };

  function change(database: Database, sql: string, ...values: (string | number | null)[]): boolean {
    return database.run(() => database.statement(sql).run(...values)).changes > 0;
  }

  return {
    specVersion: 'v1',

    async reserve({ id, name, storage }) {
      const database = state();
      database.transaction(() => {
        const { changes } = database
          .statement(
            `INSERT INTO container (id, name, storage, intent, since) SELECT ?, ?, ?, 'create', ?
              WHERE NOT EXISTS (SELECT 1 FROM pod WHERE id = ? OR name = ?)
              AND NOT EXISTS (SELECT 1 FROM renaming WHERE name = ?) ON CONFLICT DO NOTHING`,
          )
          .run(id, name, storage, now(), id, name, name);
        if (changes === 0) throw alreadyHeld('container', { id, name }, holderOf(database, { id, name }));
      });
    },

    async commit(config) {
      const { spec, ...rest } = config;
      const { id, name } = config;
      const { pod = null, dependencies = [], volumes = [] } = config;
      const sql = `UPDATE container SET config = ?, spec = ?, pod = ?, intent = NULL, since = NULL
        WHERE id = ? AND name = ? AND intent = 'create'`;
      const write = () => change(state(), sql, JSON.stringify(rest), JSON.stringify(spec), pod, id, name);
      const isAlone = pod === null && dependencies.length === 0 && volumes.length === 0;
      if (isAlone ? write() : state().transaction(() => write() && join(id, pod, dependencies, volumes))) return;
      if (find('id = ?', id).length > 0) {
        throw new AlreadyExistsError(`the container ${id} has been committed before`, { code: 'id-exists' });
      }
      throw new NotFoundError(`the id ${id} and the name "${name}" are not reserved`, { code: 'no-such-container' });
    },

    async abandon(id) {
      change(state(), `DELETE FROM container WHERE id = ? AND intent = 'create'`, id);
    },

    async beginRemoval(id) {
      const sql = `UPDATE container SET intent = 'remove', since = ? WHERE id = ? AND intent IS NULL
        AND NOT EXISTS (SELECT 1 FROM dependency WHERE needs = container.id)`;
      if (change(state(), sql, now(), id)) return;
      requireContainer(id);
      const users = dependentsOf(id);
      if (users.length === 0) return;
      throw new InUseError(
        `container ${id} has dependent containers which must be removed before it: ${users.join(', ')}: container already exists`,
        { code: 'container-in-use', users },
      );
    },

    async finishRemoval(id) {
      // the durable part last: as long as it is there, the removal is known to be unfinished
      const database = live();
      database.transaction(() => {
        database.statement('DELETE FROM live WHERE container = ?').run(id);
        database.statement('DELETE FROM exec_session WHERE container = ?').run(id);
      });
      const durable = state();
      durable.transaction(() => {
        durable.statement('DELETE FROM dependency WHERE container = ?').run(id);
        durable.statement('DELETE FROM volume_use WHERE container = ?').run(id);
        durable.statement('DELETE FROM renaming WHERE container = ?').run(id);
        durable.statement('DELETE FROM container WHERE id = ? AND config IS NOT NULL').run(id);
      });
    },

    ...renameMethods(databases, now),

    async intents() {
      const database = state();
      const sql = `SELECT sequence, 'container' AS object, id, name, storage, intent AS kind, since, NULL AS newName
          FROM container WHERE intent IS NOT NULL
        UNION ALL SELECT sequence, 'container', id, container.name, storage, 'rename', renaming.since, renaming.name
          FROM renaming JOIN container ON container = id
        UNION ALL SELECT sequence, 'pod', id, name, NULL, intent, since, NULL FROM pod WHERE intent IS NOT NULL
        UNION ALL SELECT 0, 'volume', name, name, driver, intent, since, NULL FROM volume WHERE intent IS NOT NULL
        ORDER BY object, sequence, name`;
      return (database.run(() => database.statement(sql).all()) as unknown as IntentRow[]).map(intentFrom);
    },

    async containers() {
      return list('', []);
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
      if (second !== undefined) throw ambiguousPrefix('container', wanted, fitting);
      return storedContainer(first);
    },

    async dependents(id) {
      return dependentsOf(id);
    },

    ...podMethods(databases, now),
    ...volumeMethods(databases, now),

    async podContainers(podId) {
      return find('pod = ? ORDER BY sequence', podId).map(storedContainer);
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

    async saveResources(id, resources) {
      const sql = 'UPDATE container SET resources = ? WHERE id = ? AND config IS NOT NULL';
      if (!change(state(), sql, JSON.stringify(resources), id)) throw noSuchContainer(id);
    },

    async saveNetworks(id, networks) {
      const sql = 'UPDATE container SET networks = ? WHERE id = ? AND config IS NOT NULL';
      if (!change(state(), sql, JSON.stringify(networks), id)) throw noSuchContainer(id);
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

interface IntentRow extends Pick<Intent, 'object' | 'kind' | 'since' | 'name'> {
  readonly id: string;
  /** Storage of a container, driver of a volume. */
  readonly storage: string;
  /** Of a container that is being renamed. */
  readonly newName: string;
}

function intentFrom({ object, id, name, storage, kind, since, newName }: IntentRow): Intent {
  if (kind === 'rename') return { object: 'container', id, name, storage, kind, since, newName };
  if (object === 'volume') return { object, name, driver: storage, kind, since };
  return object === 'pod' ? { object, id, name, kind, since } : { object, id, name, storage, kind, since };
}

/** What a listing needs. */
interface ContainerRow {
  readonly id: string;
  readonly name: string;
  readonly intent: 'remove' | null;
  readonly last_run: string | null;
  readonly resources: string | null;
  readonly networks: string | null;
  readonly config: string;
}

interface WholeRow extends ContainerRow {
  readonly spec: string;
}
