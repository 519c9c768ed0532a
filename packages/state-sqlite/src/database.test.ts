import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from './database.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync('/var/tmp/tspod-database-');
  path = join(directory, 'x.db');
});

afterEach(() => rmSync(directory, { recursive: true }));

const migrations = [
  'CREATE TABLE thing (name TEXT)',
  `ALTER TABLE thing ADD COLUMN size INTEGER DEFAULT 7`,
  `UPDATE thing SET size = 8`,
];
const open = (known: readonly string[]) => openDatabase({ path, migrations: known, durable: true });

describe('migrations', () => {
  it('are applied from the version that the file has', () => {
    const old = open(migrations.slice(0, 1));
    old.transaction(() => old.statement(`INSERT INTO thing VALUES ('a')`).run());
    old.close();
    const current = open(migrations);
    expect({ ...current.statement('SELECT * FROM thing').get() }).toEqual({ name: 'a', size: 8 });
    current.close();
    const again = open(migrations);
    expect({ ...again.statement('PRAGMA user_version').get() }).toEqual({ user_version: 3 });
    again.close();
    expect(() => open(migrations.slice(0, 1))).toThrow(/version 3/);
  });

  it('leave the old version when one of them fails', () => {
    open(migrations.slice(0, 1)).close();
    expect(() => open([...migrations, 'CREATE TABLE thing (name TEXT)'])).toThrow(/already exists/);
    const old = open(migrations.slice(0, 1));
    expect({ ...old.statement('PRAGMA user_version').get() }).toEqual({ user_version: 1 });
    old.close();
  });

  it('leave no file when the first of them fails', () => {
    expect(() => open(['CREATE nonsense'])).toThrow(/syntax/);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('a transaction', () => {
  it('is rolled back when it throws, and the connection stays usable', () => {
    const database = open(migrations);
    const insert = () => database.statement(`INSERT INTO thing (name) VALUES ('a')`).run();
    expect(() =>
      database.transaction(() => {
        insert();
        throw new Error('stop');
      }),
    ).toThrow('stop');
    database.transaction(insert);
    expect({ ...database.statement('SELECT count(*) AS count FROM thing').get() }).toEqual({ count: 1 });
    database.close();
  });
});
