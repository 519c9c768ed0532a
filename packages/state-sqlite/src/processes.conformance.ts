import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import type { StateStore } from '@tspod/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSqliteStateStore } from './create-sqlite-state-store.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync('/var/tmp/tspod-state-');
});

afterEach(() => rmSync(directory, { recursive: true }));

const settings = () => ({
  stateDatabase: join(directory, 'graph/tspod/state.db'),
  liveDatabase: join(directory, 'run/tspod/live.db'),
});

/** A process in which `store`, `pid` and `makeId(n)` are at hand. It ends without closing the store, as a command does. */
function start(
  script: string,
): ChildProcess & { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream } {
  const source = `
    import { createSqliteStateStore } from ${JSON.stringify(new URL('./create-sqlite-state-store.ts', import.meta.url).href)};
    const store = createSqliteStateStore(${JSON.stringify(settings())});
    const { pid } = process;
    const makeId = (n) => (pid.toString(16) + 'e' + n.toString(16)).padStart(64, '0');
    import { setTimeout as pause } from 'node:timers/promises';
    import { writeSync } from 'node:fs';
    ${script}
    process.exit(0);
  `;
  const argv = ['--conditions=tspod-source', '--input-type=module', '--eval', source];
  return spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH } });
}

/** What the process wrote to stdout, line by line. Fails when it failed or said anything on stderr. */
async function finish(child: ReturnType<typeof start>): Promise<string[]> {
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

async function withStore<Result>(use: (store: StateStore) => Promise<Result>): Promise<Result> {
  const store = createSqliteStateStore(settings());
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

describe('sixteen processes at once', () => {
  const processes = 16;
  const together = (script: string) => Promise.all(Array.from({ length: processes }, () => finish(start(script))));

  it('make the databases and go through whole lives of containers, and none finds them locked', async () => {
    const rounds = 12;
    await together(`
      for (let round = 0; round < ${rounds}; round += 1) {
        const id = makeId(round);
        const name = 'c-' + id;
        await store.reserve({ id, name, storage: 'overlay' });
        await store.commit({ id, name, spec: { padding: 'x'.repeat(9000) } });
        await store.saveLive(id, { state: { status: 'configured' }, runDir: '/run' });
        await store.saveExecSession({ id: 's' + id, containerId: id, command: [], terminal: false, stdin: false, directory: '/' });
        await store.saveExit(id, { exitCode: 0, finishedAt: '', oomKilled: false });
        const listed = await store.containers();
        if (!listed.some(({ config, live }) => config.id === id && live !== undefined)) throw new Error(id + ' is not listed');
        if (round % 3 === 0) continue;
        await store.beginRemoval(id);
        await store.finishRemoval(id);
      }
    `);
    await withStore(async (store) => {
      const containers = await store.containers();
      expect(containers).toHaveLength((processes * rounds) / 3);
      expect(containers.every(({ live, lastRun }) => live !== undefined && lastRun !== undefined)).toBe(true);
      expect(await store.intents()).toEqual([]);
    });
    expect(readdirSync(join(directory, 'graph/tspod'))).toEqual(['state.db']);
    expect(readdirSync(join(directory, 'run/tspod'))).toEqual(['live.db']);
  });

  it('get each name once', async () => {
    const names = 10;
    const won = await together(`
      for (let n = 0; n < ${names}; n += 1) {
        try {
          await store.reserve({ id: makeId(n), name: 'name-' + n, storage: 'overlay' });
          console.log('name-' + n);
        } catch (error) {
          if (error.code !== 'container-exists') throw error;
        }
      }
    `);
    expect(won.flat().sort()).toEqual(Array.from({ length: names }, (_, n) => `name-${n}`));
  });
});

it('loses nothing that was acknowledged when a process is killed', async () => {
  for (let round = 0; round < 6; round += 1) {
    const child = start(`
      for (let n = 0; ; n += 1) {
        const id = makeId(n);
        await store.reserve({ id, name: id, storage: 'overlay' });
        await store.commit({ id, name: id, spec: { padding: 'x'.repeat(5000) } });
        await store.saveLive(id, { state: { status: 'configured' }, runDir: '/run' });
        writeSync(1, id + '\\n');
        await pause(0);
      }
    `);
    const output = text(child.stdout);
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, 15 + 17 * round));
    child.kill('SIGKILL');
    const acknowledged = (await output).split('\n').slice(0, -1);
    expect(acknowledged.length).toBeGreaterThan(0);
    await withStore(async (store) => {
      for (const id of acknowledged)
        expect(await store.container(id)).toMatchObject({ config: { id }, live: { runDir: '/run' } });
      for (const intent of await store.intents()) {
        expect(intent).toMatchObject({ object: 'container', kind: 'create' });
        if (intent.object === 'container') await store.abandon(intent.id);
      }
    });
  }
  for (const path of Object.values(settings())) {
    const connection = new DatabaseSync(path);
    expect(
      connection
        .prepare('PRAGMA integrity_check')
        .all()
        .map((row) => ({ ...row })),
    ).toEqual([{ integrity_check: 'ok' }]);
    connection.close();
  }
});

it('lets other warnings reach stderr', async () => {
  const child = start(`await store.intents(); process.emitWarning('look here'); await pause(10);`);
  const stderr = await text(child.stderr);
  expect(stderr).toContain('look here');
  expect(stderr).not.toContain('SQLite');
});
