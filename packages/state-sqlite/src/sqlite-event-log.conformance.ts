import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EngineEvent, type EventLog, eventTime } from '@tspod/core';
import { eventLogSuite } from '@tspod/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSqliteEventLog } from './create-sqlite-event-log.ts';

eventLogSuite('sqlite', async () => {
  const directory = await mkdtemp('/var/tmp/tspod-events-');
  const opened: EventLog[] = [];
  return {
    async open() {
      const log = createSqliteEventLog({ database: join(directory, 'tspod/events.db') });
      opened.push(log);
      return log;
    },
    async cleanup() {
      await Promise.all(opened.map((log) => log.close()));
      await rm(directory, { recursive: true });
    },
  };
});

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp('/var/tmp/tspod-events-');
});
afterEach(() => rm(directory, { recursive: true }));

const database = () => join(directory, 'tspod/events.db');
const sample = (name: string): EngineEvent => ({
  type: 'container',
  action: 'start',
  id: '',
  name,
  time: eventTime(),
  attributes: {},
});

it('keeps the newest events only', async () => {
  const log = createSqliteEventLog({ database: database(), limit: 700 });
  for (let number = 1; number <= 2100; number += 1) await log.append(sample(String(number)));
  const names: string[] = [];
  for await (const { name } of log.read()) names.push(name);
  await log.close();
  expect(names.at(-1)).toBe('2100');
  expect(names.length).toBeGreaterThanOrEqual(700);
  expect(names.length).toBeLessThan(700 + 500);
});

it('wakes who follows once more when the event can be read', async () => {
  const log = createSqliteEventLog({ database: database() });
  await log.append(sample('first'));
  const watcher = watch(database());
  const touched = once(watcher, 'change');
  await log.append(sample('second')); // SQLite writes it to a file beside the database
  expect((await touched)[0]).toBe('change');
  watcher.close();
  await log.close();
});

it('tells every event of other processes, and nothing of the log is lost when they are killed', async () => {
  const log = createSqliteEventLog({ database: database() });
  const script = `
    import { createSqliteEventLog } from ${JSON.stringify(new URL('./create-sqlite-event-log.ts', import.meta.url).href)};
    import { writeSync } from 'node:fs';
    const log = createSqliteEventLog({ database: ${JSON.stringify(database())} });
    for (let n = 0; ; n += 1) {
      const name = process.pid + '-' + n;
      await log.append({ type: 'pod', action: 'create', id: '', name, time: '2026-11-24T04:00:00.000000000Z', attributes: {} });
      writeSync(1, name + '\\n');
      await new Promise(setImmediate);
    }`;
  const followed = new Set<string>();
  const following = (async () => {
    for await (const { name } of log.read({ follow: true })) followed.add(name);
  })();
  const acknowledged: string[] = [];
  await Promise.all(
    Array.from({ length: 3 }, async () => {
      const argv = ['--conditions=tspod-source', '--input-type=module', '--eval', script];
      const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env.PATH } });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.length > 2_000) child.kill('SIGKILL');
      });
      await once(child, 'close');
      acknowledged.push(...output.split('\n').slice(0, -1));
    }),
  );
  await log.append(sample('last'));
  const deadline = performance.now() + 5_000;
  while (!followed.has('last') && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  await log.close();
  await following;
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(acknowledged.filter((name) => !followed.has(name))).toEqual([]);
});

it('names a file that is no event log, and leaves it alone', async () => {
  const path = join(directory, 'events.db');
  await writeFile(path, 'precious text that is long enough to look like the header of a database, but is none at all, see?');
  const log = createSqliteEventLog({ database: path });
  await expect(log.append(sample('one'))).rejects.toMatchObject({ kind: 'corrupt', code: 'corrupt-state', path });
  expect(await readFile(path, 'utf8')).toContain('precious');
  await log.close();
});
