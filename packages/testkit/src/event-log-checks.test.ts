import type { EngineEvent, EventLog, EventReadOptions } from '@tspod/core';
import { describe, expect, it } from 'vitest';
import { type EventLogFixture, eventLogChecks } from './event-log-checks.ts';
import { createMemoryEventLog, createMemoryEvents, type MemoryEvents } from './memory-event-log.ts';

type Defect = (log: EventLog, data: MemoryEvents) => Partial<EventLog>;

/** Changes what is read. */
const reading =
  (change: (events: AsyncIterable<EngineEvent>, options: EventReadOptions) => AsyncIterable<EngineEvent>): Defect =>
  (log) => ({ read: (options = {}) => change(log.read(options), options) });

/** Ways to break a good log, by the names of the checks that have to notice. */
const defects: Readonly<Record<string, Defect>> = {
  'tells events as they were appended, in their order, also when opened anew': (log) => ({
    append: ({ exitCode, ...event }) => log.append(event),
  }),
  'leaves out what is older than since and younger than until': (log) => ({
    // whole milliseconds only
    read: ({ since, ...options } = {}) => log.read({ ...options, since: since && Math.floor(since) }),
  }),
  'tells who follows what others append, without being asked': (_, { events }) =>
    createMemoryEventLog({ events, listeners: new Set() }),
  'loses nothing and repeats nothing for who follows while many append': reading(async function* (events) {
    let count = 0;
    for await (const event of events) if (count++ !== 50) yield event;
  }),
  'filters what it tells who follows': (log) => ({
    read: ({ since, ...options } = {}) => log.read(options.follow ? options : { ...options, since }),
  }),
  'ends following at until': (log) => ({
    read: ({ until, ...options } = {}) => log.read(options.follow ? options : { ...options, until }),
  }),
  'stops when it is told to, with the reason': reading(async function* (events, { signal }) {
    try {
      yield* events;
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  }),
  'hands out copies': (_, { events }) => ({
    append: async (event) => void events.push(event),
  }),
  'can be closed twice, ends its followers, and answers nothing afterwards': () => ({ close: async () => undefined }),
};

function memoryFixture(defect: Defect): EventLogFixture {
  const data = createMemoryEvents();
  return {
    async open() {
      const log = createMemoryEventLog(data);
      return { ...log, ...defect(log, data) };
    },
    cleanup: async () => undefined,
  };
}

describe('the checks of the event log suite', () => {
  it('are each proven by a defect', () => {
    expect(Object.keys(defects)).toEqual(eventLogChecks.map(({ name }) => name));
  });

  it.concurrent.each(eventLogChecks)(
    'notices when a log does not keep: $name',
    async ({ name, run }) => {
      await run(memoryFixture(() => ({})));
      await expect(run(memoryFixture(defects[name] ?? (() => ({}))))).rejects.toThrow();
    },
    20_000,
  );
});
