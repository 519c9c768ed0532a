import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NotFoundError, type StateStore } from '@tspod/core';
import { sampleConfig } from '@tspod/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSqliteStateStore } from './create-sqlite-state-store.ts';

let directory: string;
let stateDatabase: string;
let liveDatabase: string;
let opened: StateStore[];

beforeEach(() => {
  directory = mkdtempSync('/var/tmp/tspod-state-');
  stateDatabase = join(directory, 'graph/tspod/state.db');
  liveDatabase = join(directory, 'run/tspod/live.db');
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()));
  rmSync(directory, { recursive: true });
});

function open(): StateStore {
  const store = createSqliteStateStore({ stateDatabase, liveDatabase });
  opened.push(store);
  return store;
}

const id = 'a'.repeat(64);

async function makeDatabases(): Promise<void> {
  const store = open();
  await store.reserve({ id, name: 'name', storage: 'overlay' });
  await store.containers();
  await store.close();
}

function alter(path: string, sql: string): void {
  const connection = new DatabaseSync(path);
  connection.exec(sql);
  connection.close();
}

describe('the files', () => {
  it('are not made before they are needed, and only those that are', async () => {
    const store = open();
    expect(readdirSync(directory)).toEqual([]);
    await store.intents();
    expect(readdirSync(directory)).toEqual(['graph']);
  });

  it('belong to their owner alone, whatever the umask', async () => {
    const umask = process.umask(0);
    try {
      const store = open();
      await store.reserve({ id, name: 'name', storage: 'overlay' });
      await store.containers();
    } finally {
      process.umask(umask);
    }
    for (const path of [stateDatabase, liveDatabase]) {
      expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
      const files = readdirSync(dirname(path));
      expect(files).toContain(path.slice(dirname(path).length + 1));
      for (const file of files) expect([file, statSync(join(dirname(path), file)).mode & 0o777]).toEqual([file, 0o600]);
    }
  });

  it('leave nothing beside them when they were closed', async () => {
    await makeDatabases();
    expect(readdirSync(dirname(stateDatabase))).toEqual(['state.db']);
    expect(readdirSync(dirname(liveDatabase))).toEqual(['live.db']);
  });

  it('serve a graph root together with another run root', async () => {
    await makeDatabases();
    liveDatabase = join(directory, 'other/live.db');
    const store = open();
    expect(await store.containers()).toEqual([]);
    expect(await store.intents()).toMatchObject([{ id, name: 'name' }]);
  });
});

describe('a config', () => {
  it("can't be rewritten even by SQL", async () => {
    const store = open();
    await store.reserve({ id, name: 'name', storage: 'overlay' });
    alter(stateDatabase, `UPDATE container SET config = '{}', spec = '{}', intent = NULL, since = NULL`);
    for (const column of ['config', 'spec', 'name']) {
      expect(() => alter(stateDatabase, `UPDATE container SET ${column} = '{"changed": true}'`)).toThrow(
        column === 'name' ? /only a name that it claimed/ : /written once/,
      );
    }
    expect((await store.container(id))?.config).toEqual({ name: 'name', spec: {} });
  });
});

describe('a listed config', () => {
  it('reads its spec when asked for it, which fails once the container is gone', async () => {
    const store = open();
    for (const [index, name] of ['kept', 'gone'].entries()) {
      const config = sampleConfig({ id: String(index).repeat(64), name });
      await store.reserve(config);
      await store.commit(config);
    }
    const [kept, gone] = await store.containers();
    await store.finishRemoval('1'.repeat(64));
    expect(kept?.config.spec.process?.args).toContain('sh');
    expect(gone?.config.name).toBe('gone');
    expect(() => gone?.config.spec).toThrow(NotFoundError);
  });
});

describe.each([['state'], ['live']] as const)('a %s database', (kind) => {
  const path = () => (kind === 'state' ? stateDatabase : liveDatabase);
  const useIt = () => open().containers();

  /** The file must be refused, say so, and be the same afterwards. */
  async function expectLeftAlone(error: object): Promise<void> {
    const before = readFileSync(path());
    await expect(useIt()).rejects.toMatchObject(error);
    await expect(useIt()).rejects.toMatchObject(error);
    expect(readFileSync(path()).equals(before)).toBe(true);
    expect(readdirSync(dirname(path()))).toEqual([path().slice(dirname(path()).length + 1)]);
  }

  const corrupt = () => ({ kind: 'corrupt', code: 'corrupt-state', path: path(), message: expect.stringContaining(path()) });

  it('of a newer version is refused with the versions and what to do', async () => {
    await makeDatabases();
    alter(path(), 'PRAGMA user_version = 99; PRAGMA journal_mode = DELETE');
    await expectLeftAlone({
      kind: 'unavailable',
      code: 'newer-state',
      message: expect.stringMatching(/version 99.* up to \d+$/),
      hint: expect.stringContaining('upgrade tspod'),
    });
  });

  it.each([
    ['other text', () => writeFileSync(path(), 'something that somebody else put here\n'.repeat(500))],
    ['nothing at all', () => truncateSync(path(), 0)],
    ['a header that is cut off', () => truncateSync(path(), 60)],
  ])('with %s in it is refused and left alone', async (_, damage) => {
    await makeDatabases();
    damage();
    await expectLeftAlone(corrupt());
  });

  it('of another program is refused and left alone', async () => {
    mkdirSync(dirname(path()), { recursive: true });
    alter(path(), 'CREATE TABLE container (id TEXT)');
    await expectLeftAlone(corrupt());
  });

  it('with damaged pages is refused with its path', async () => {
    await makeDatabases();
    const content = readFileSync(path());
    content.fill(0xff, 4096);
    writeFileSync(path(), content);
    await expect(useIt()).rejects.toMatchObject(corrupt());
  });

  it('that lacks its second half is refused with its path', async () => {
    await makeDatabases();
    truncateSync(path(), 8192);
    await expect(useIt()).rejects.toMatchObject(corrupt());
  });

  it('that is a directory is unusable, which is said with the path', async () => {
    mkdirSync(path(), { recursive: true });
    await expect(useIt()).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'state-unusable',
      message: expect.stringContaining(path()),
    });
  });
});

it('refuses a record that is not JSON', async () => {
  const store = open();
  await store.reserve({ id, name: 'name', storage: 'overlay' });
  alter(stateDatabase, `UPDATE container SET config = '{"cut', spec = '{"cut', intent = NULL, since = NULL`);
  await expect(store.container(id)).rejects.toMatchObject({ kind: 'corrupt', path: stateDatabase });
});
