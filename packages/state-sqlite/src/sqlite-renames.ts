import type { StateStore } from '@tspod/core';
import { alreadyHeld, beingRemoved, noSuchContainer } from './container-errors.ts';
import type { Databases } from './databases.ts';
import { holderOf } from './sqlite-pods.ts';

type RenameMethods = Pick<StateStore, 'beginRename' | 'finishRename' | 'abandonRename'>;

/** How a `StateStore` gives containers other names. */
export function renameMethods({ state }: Databases, now: () => number): RenameMethods {
  return {
    async beginRename(id, name) {
      const database = state();
      database.transaction(() => {
        const row = database.statement('SELECT intent FROM container WHERE id = ? AND config IS NOT NULL').get(id);
        if (row === undefined) throw noSuchContainer(id);
        if (row.intent === 'remove') throw beingRemoved('container-being-removed', id);
        database.statement('DELETE FROM renaming WHERE container = ?').run(id);
        const { changes } = database
          .statement(
            `INSERT INTO renaming (container, name, since) SELECT ?1, ?2, ?3
              WHERE NOT EXISTS (SELECT 1 FROM container WHERE name = ?2) AND NOT EXISTS (SELECT 1 FROM pod WHERE name = ?2)
              ON CONFLICT DO NOTHING`,
          )
          .run(id, name, now());
        if (changes === 0) throw alreadyHeld('container', { id: '', name }, holderOf(database, { id: '', name }));
      });
    },

    async finishRename(id) {
      const database = state();
      database.transaction(() => {
        const row = database.statement('SELECT name FROM renaming WHERE container = ?').get(id);
        if (row === undefined) return;
        database.statement('UPDATE container SET name = ? WHERE id = ?').run(String(row.name), id);
        database.statement('DELETE FROM renaming WHERE container = ?').run(id);
      });
    },

    async abandonRename(id) {
      const database = state();
      database.run(() => database.statement('DELETE FROM renaming WHERE container = ?').run(id));
    },
  };
}
