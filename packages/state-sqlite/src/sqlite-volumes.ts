import { AlreadyExistsError, InUseError, InvalidArgumentError, type StateStore, type StoredVolume } from '@tspod/core';
import { beingRemoved, noSuchVolume } from './container-errors.ts';
import type { Database } from './database.ts';
import type { Databases } from './databases.ts';
import { parse } from './record.ts';

type VolumeMethods = Pick<
  StateStore,
  | 'reserveVolume'
  | 'commitVolume'
  | 'abandonVolume'
  | 'beginVolumeRemoval'
  | 'finishVolumeRemoval'
  | 'volumes'
  | 'volume'
  | 'lookupVolume'
  | 'volumeUsers'
  | 'saveVolumeFlags'
>;

/** What a `StateStore` does with volumes. */
export function volumeMethods({ state }: Databases, now: () => number): VolumeMethods {
  function find(condition: string, ...values: string[]): StoredVolume[] {
    const database = state();
    const sql = `SELECT intent, config, flags FROM volume WHERE config IS NOT NULL ${condition}`;
    const rows = database.run(() => database.statement(sql).all(...values));
    return rows.map(({ intent, config, flags }) => ({
      config: parse(config, database.path),
      flags: parse(flags, database.path),
      removing: intent === 'remove',
    }));
  }

  function change(sql: string, ...values: (string | number)[]): boolean {
    const database = state();
    return database.run(() => database.statement(sql).run(...values)).changes > 0;
  }

  const usersOf = (name: string) => {
    const database = state();
    const sql = 'SELECT id FROM container JOIN volume_use ON container = id WHERE volume = ? ORDER BY sequence';
    return database.run(() => database.statement(sql).all(name)).map((row) => String(row.id));
  };

  return {
    async reserveVolume({ name, driver }) {
      const sql = `INSERT INTO volume (name, driver, intent, since) VALUES (?, ?, 'create', ?) ON CONFLICT DO NOTHING`;
      if (!change(sql, name, driver, now())) throw volumeExists(name);
    },

    async commitVolume(config, flags) {
      const sql = `UPDATE volume SET config = ?, flags = ?, intent = NULL, since = NULL WHERE name = ? AND intent = 'create'`;
      if (change(sql, JSON.stringify(config), JSON.stringify(flags), config.name)) return;
      throw find('AND name = ?', config.name).length > 0 ? volumeExists(config.name) : noSuchVolume(config.name);
    },

    async abandonVolume(name) {
      change(`DELETE FROM volume WHERE name = ? AND intent = 'create'`, name);
    },

    async beginVolumeRemoval(name) {
      const sql = `UPDATE volume SET intent = 'remove', since = ? WHERE name = ? AND intent IS NULL
        AND NOT EXISTS (SELECT 1 FROM volume_use WHERE volume = volume.name)`;
      if (change(sql, now(), name)) return;
      if (find('AND name = ?', name).length === 0) throw noSuchVolume(name);
      const users = usersOf(name);
      if (users.length === 0) return;
      throw new InUseError(
        `volume ${name} is being used by the following container(s): ${users.join(', ')}: volume is being used`,
        { code: 'volume-in-use', users, hint: 'remove the containers first, or use --force' },
      );
    },

    async finishVolumeRemoval(name) {
      change('DELETE FROM volume WHERE name = ? AND config IS NOT NULL', name);
    },

    async volumes() {
      return find('ORDER BY name');
    },

    async volume(name) {
      return find('AND name = ?', name)[0];
    },

    async lookupVolume(wanted) {
      const [exact] = find('AND name = ?', wanted);
      if (exact !== undefined) return exact;
      // "{" comes after everything that a name can have; what else is no prefix
      if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(wanted)) throw noSuchVolume(wanted);
      const [first, second] = find('AND name >= ? AND name < ? ORDER BY name LIMIT 2', wanted, `${wanted}{`);
      if (first === undefined) throw noSuchVolume(wanted);
      if (second === undefined) return first;
      throw new InvalidArgumentError(`more than one result for volume name "${wanted}": volume already exists`, {
        code: 'ambiguous-volume',
        hint: `it begins the names of ${first.config.name} and ${second.config.name}: give more of the name`,
      });
    },

    async volumeUsers(name) {
      return usersOf(name);
    },

    async saveVolumeFlags(name, flags) {
      const sql = 'UPDATE volume SET flags = ? WHERE name = ? AND config IS NOT NULL';
      if (!change(sql, JSON.stringify(flags), name)) throw noSuchVolume(name);
    },
  };
}

/** Within the transaction that commits the container. */
export function useVolumes(database: Database, container: string, volumes: readonly string[]): void {
  for (const name of volumes) {
    const row = database.statement('SELECT intent FROM volume WHERE name = ? AND config IS NOT NULL').get(name);
    if (row === undefined) throw noSuchVolume(name);
    if (row.intent === 'remove') throw beingRemoved('volume-being-removed', name);
    database.statement('INSERT OR IGNORE INTO volume_use (container, volume) VALUES (?, ?)').run(container, name);
  }
}

function volumeExists(name: string): AlreadyExistsError {
  return new AlreadyExistsError(`volume with name ${name} already exists: volume already exists`, { code: 'volume-exists' });
}
