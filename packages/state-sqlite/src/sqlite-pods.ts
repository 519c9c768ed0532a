import { AlreadyExistsError, InUseError, type StateStore, type StoredPod } from '@tspod/core';
import { alreadyHeld, ambiguousPrefix, type Holder, noSuchPod } from './container-errors.ts';
import type { Database } from './database.ts';
import type { Databases } from './databases.ts';
import { parse } from './record.ts';

/** How many of the pods that a prefix fits are named. */
const candidatesNamed = 4;

type PodMethods = Pick<
  StateStore,
  'reservePod' | 'commitPod' | 'abandonPod' | 'beginPodRemoval' | 'finishPodRemoval' | 'pods' | 'pod' | 'lookupPod'
>;

/** What a `StateStore` does with pods. */
export function podMethods(databases: Databases, now: () => number): PodMethods {
  const { state } = databases;

  function find(condition: string, ...values: string[]): StoredPod[] {
    const database = state();
    const sql = `SELECT intent, config FROM pod WHERE config IS NOT NULL ${condition}`;
    const rows = database.run(() => database.statement(sql).all(...values));
    return rows.map(({ intent, config }) => ({ config: parse(config, database.path), removing: intent === 'remove' }));
  }

  function change(sql: string, ...values: (string | number)[]): boolean {
    const database = state();
    return database.run(() => database.statement(sql).run(...values)).changes > 0;
  }

  return {
    async reservePod({ id, name }) {
      const database = state();
      database.transaction(() => {
        const { changes } = database
          .statement(
            `INSERT INTO pod (id, name, intent, since) SELECT ?, ?, 'create', ?
              WHERE NOT EXISTS (SELECT 1 FROM container WHERE id = ? OR name = ?)
              AND NOT EXISTS (SELECT 1 FROM renaming WHERE name = ?) ON CONFLICT DO NOTHING`,
          )
          .run(id, name, now(), id, name, name);
        if (changes === 0) throw alreadyHeld('pod', { id, name }, holderOf(database, { id, name }));
      });
    },

    async commitPod(config) {
      const { id, name } = config;
      const sql = `UPDATE pod SET config = ?, intent = NULL, since = NULL WHERE id = ? AND name = ? AND intent = 'create'`;
      if (change(sql, JSON.stringify(config), id, name)) return;
      if (find('AND id = ?', id).length > 0) {
        throw new AlreadyExistsError(`the pod ${id} has been committed before`, { code: 'id-exists' });
      }
      throw noSuchPod(id);
    },

    async abandonPod(id) {
      change(`DELETE FROM pod WHERE id = ? AND intent = 'create'`, id);
    },

    async beginPodRemoval(id) {
      if (change(`UPDATE pod SET intent = 'remove', since = ? WHERE id = ? AND intent IS NULL`, now(), id)) return;
      if (find('AND id = ?', id).length === 0) throw noSuchPod(id);
    },

    async finishPodRemoval(id) {
      const sql = `DELETE FROM pod WHERE id = ? AND config IS NOT NULL AND NOT EXISTS (SELECT 1 FROM container WHERE pod = pod.id)`;
      if (change(sql, id) || find('AND id = ?', id).length === 0) return;
      const database = state();
      const users = database
        .run(() => database.statement('SELECT id FROM container WHERE pod = ? ORDER BY sequence').all(id))
        .map((row) => String(row.id));
      throw new InUseError(`the pod ${id} still has containers: ${users.join(', ')}`, { code: 'pod-not-empty', users });
    },

    async pods() {
      return find('ORDER BY sequence');
    },

    async pod(id) {
      return find('AND id = ?', id)[0];
    },

    async lookupPod(wanted) {
      const [exact] = find('AND (id = ? OR name = ?) ORDER BY id = ? DESC LIMIT 1', wanted, wanted, wanted);
      if (exact !== undefined) return exact;
      // ids are hexadecimal, so "g" is above every digit; anything else is no prefix
      if (!/^[0-9a-f]+$/.test(wanted)) throw noSuchPod(wanted);
      const fitting = find(`AND id >= ? AND id < ? ORDER BY id LIMIT ${candidatesNamed}`, wanted, `${wanted}g`);
      const [first, second] = fitting;
      if (first === undefined) throw noSuchPod(wanted);
      if (second !== undefined) {
        throw ambiguousPrefix(
          'pod',
          wanted,
          fitting.map(({ config }) => config),
        );
      }
      return first;
    },
  };
}

/** Who has the id or the name, the id before the name. */
export function holderOf(database: Database, { id, name }: { readonly id: string; readonly name: string }): Holder {
  const sql = `SELECT 'container' AS kind, id, name, config IS NULL AS reserved FROM container WHERE id = ?1 OR name = ?2
    UNION ALL SELECT 'pod', id, name, config IS NULL FROM pod WHERE id = ?1 OR name = ?2
    UNION ALL SELECT 'container', container, name, 1 FROM renaming WHERE name = ?2`;
  const holders = database.statement(sql).all(id, name) as unknown as (Omit<Holder, 'reserved'> & { reserved: number })[];
  const holder = holders.find((one) => one.id === id) ?? holders[0];
  if (holder === undefined) throw new Error(`nobody holds ${id} or ${name}`);
  return { ...holder, reserved: holder.reserved === 1 };
}
