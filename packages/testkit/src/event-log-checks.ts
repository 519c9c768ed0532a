import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EngineEvent, type EventLog, type EventReadOptions, eventTime } from '@tspod/core';
import type { Check } from './check.ts';
import { assertRefuses } from './refusal.ts';
import { inTime } from './waiting.ts';

/** A fresh, empty event log, and what a suite must be able to do to it. */
export interface EventLogFixture {
  /** Opens the data, also several times at once; each is to the others like the log of another program. */
  open(): Promise<EventLog>;
  /** Closes what is still open and removes the data. */
  cleanup(): Promise<void>;
}

/** Milliseconds after which something that should happen at once is missed. */
const patience = 2_500;

/** 2026-11-24T04:00:00Z. */
const base = 1_795_492_800_000;

function sample(name: string, details: Partial<EngineEvent> = {}): EngineEvent {
  return {
    type: 'container',
    action: 'start',
    id: name.padEnd(64, '0'),
    name,
    time: eventTime(base),
    attributes: {},
    ...details,
  };
}

async function collect(log: EventLog, options?: EventReadOptions): Promise<EngineEvent[]> {
  const events: EngineEvent[] = [];
  for await (const event of log.read(options)) events.push(event);
  return events;
}

const names = async (log: EventLog, options?: EventReadOptions) => (await collect(log, options)).map(({ name }) => name);

/** The next `count` names, or a failure instead of waiting for ever. */
async function follow(log: EventLog, count: number, options: EventReadOptions = {}): Promise<string[]> {
  const found: string[] = [];
  const signal = AbortSignal.timeout(patience);
  try {
    for await (const { name } of log.read({ ...options, follow: true, signal })) if (found.push(name) === count) break;
  } catch (error) {
    if (signal.aborted) assert.fail(`waited in vain for ${count} events, got ${found.join(' ')}`);
    throw error;
  }
  return found;
}

export const eventLogChecks: readonly Check<EventLogFixture>[] = [
  {
    name: 'tells events as they were appended, in their order, also when opened anew',
    async run(fixture) {
      const events = [
        sample('one', { action: 'died', exitCode: 137, image: 'localhost/a:b', podId: 'p', attributes: { 'a.b': '"c"\n💡' } }),
        sample('two', { type: 'network', action: 'connect', network: 'podman' }),
        sample('', { type: 'system', action: 'refresh', id: '', time: eventTime(base - 1) }),
      ];
      const log = await fixture.open();
      for (const event of events) await log.append(event);
      assert.deepEqual(await collect(log), events);
      assert.deepEqual(await collect(await fixture.open()), events);
    },
  },
  {
    name: 'leaves out what is older than since and younger than until',
    async run(fixture) {
      const log = await fixture.open();
      for (const [name, time] of [
        ['a', 0],
        ['b', 0.25],
        ['c', 0.5],
        ['d', 1],
        ['e', 0.25],
      ] as const)
        await log.append(sample(name, { time: eventTime(base + time) }));
      assert.deepEqual(await names(log, { since: base + 0.25 }), ['b', 'c', 'd', 'e']);
      assert.deepEqual(await names(log, { until: base + 0.25 }), ['a', 'b', 'e']);
      assert.deepEqual(await names(log, { since: base + 0.25, until: base + 0.5 }), ['b', 'c', 'e']);
      assert.deepEqual(await names(log, { since: base + 2 }), []);
    },
  },
  {
    name: 'tells who follows what others append, without being asked',
    async run(fixture) {
      const [reader, writer] = await Promise.all([fixture.open(), fixture.open()]);
      await writer.append(sample('before'));
      const following = follow(reader, 3);
      await sleep(30);
      await reader.append(sample('own'));
      await sleep(30);
      await writer.append(sample('then'));
      assert.deepEqual(await following, ['before', 'own', 'then']);
    },
  },
  {
    name: 'loses nothing and repeats nothing for who follows while many append',
    async run(fixture) {
      const writers = await Promise.all([fixture.open(), fixture.open(), fixture.open()]);
      const rounds = 40;
      const followings = Array.from({ length: 2 }, async () => follow(await fixture.open(), rounds * writers.length));
      for (let round = 0; round < rounds; round += 1) {
        await Promise.all(writers.map((writer, number) => writer.append(sample(`${number}-${round}`))));
        if (round % 8 === 0) await sleep(2);
      }
      const expected = writers.flatMap((_, number) => Array.from({ length: rounds }, (_, round) => `${number}-${round}`)).sort();
      for (const found of await Promise.all(followings)) assert.deepEqual([...found].sort(), expected);
    },
  },
  {
    name: 'filters what it tells who follows',
    async run(fixture) {
      const log = await fixture.open();
      await log.append(sample('old'));
      const following = follow(log, 1, { since: base + 10 });
      await sleep(20);
      await log.append(sample('late but old'));
      await log.append(sample('young', { time: eventTime(base + 11) }));
      assert.deepEqual(await following, ['young']);
    },
  },
  {
    name: 'ends following at until',
    async run(fixture) {
      const log = await fixture.open();
      await log.append(sample('one'));
      const signal = AbortSignal.timeout(patience);
      assert.deepEqual(await names(log, { until: base + 1, follow: true, signal }), ['one'], 'a moment that has passed');
      const until = Date.now() + 120;
      const following = names(log, { until, follow: true, signal });
      await sleep(20);
      await log.append(sample('two', { time: eventTime() }));
      assert.deepEqual(await following, ['one', 'two']);
      assert.ok(Date.now() >= until, 'it ended too early');
    },
  },
  {
    name: 'stops when it is told to, with the reason',
    async run(fixture) {
      const log = await fixture.open();
      await log.append(sample('one'));
      const reason = new Error('enough');
      const stopped = new AbortController();
      const following = collect(log, { follow: true, signal: stopped.signal });
      setTimeout(() => stopped.abort(reason), 20);
      await assert.rejects(inTime(following, 'the abort'), reason);
      await assert.rejects(collect(log, { signal: AbortSignal.abort(reason) }), reason);
      assert.deepEqual(await names(log), ['one']);
    },
  },
  {
    name: 'hands out copies',
    async run(fixture) {
      const log = await fixture.open();
      const event = sample('one', { attributes: { label: 'kept' } });
      await log.append(event);
      for (const given of [event, ...(await collect(log))]) (given.attributes as Record<string, string>).label = 'changed';
      assert.equal((await collect(log))[0]?.attributes.label, 'kept');
    },
  },
  {
    name: 'can be closed twice, ends its followers, and answers nothing afterwards',
    async run(fixture) {
      const log = await fixture.open();
      await log.append(sample('one'));
      const following = names(log, { follow: true });
      await sleep(20);
      await log.close();
      await log.close();
      assert.deepEqual(await inTime(following, 'the end of the follower'), ['one']);
      await assertRefuses(log.append(sample('two')), 'stopped', 'event-log-closed');
      await assertRefuses(collect(log), 'stopped', 'event-log-closed');
      assert.deepEqual(await names(await fixture.open()), ['one']);
    },
  },
];
