import type { HealthScheduler } from '@tspod/core';
import { describe } from 'vitest';
import { describeDefects } from './describe-defects.ts';
import { type HealthSchedulerFixture, healthSchedulerChecks } from './health-scheduler-checks.ts';
import { healthSchedulerSuite } from './suites.ts';

const interval = 20;

/** What a scheduler in this process would keep on disk, and its timer. */
interface Memory {
  readonly checks: Map<string, number>;
  readonly running: Set<string>;
  /** Containers that were begun and not ended: stays when a worker is killed. */
  begun: boolean;
  timer: NodeJS.Timeout | undefined;
}

function memoryScheduler(memory: Memory): HealthScheduler {
  const work = () => {
    if (memory.running.size === 0) return stop();
    for (const id of memory.running) memory.checks.set(id, (memory.checks.get(id) ?? 0) + 1);
  };
  const stop = () => {
    clearInterval(memory.timer);
    memory.timer = undefined;
    memory.begun = false;
  };
  const start = async () => {
    memory.begun = true;
    memory.timer ??= setInterval(work, interval);
  };
  return {
    specVersion: 'v1',
    begin: start,
    async end() {
      if (memory.running.size === 0) stop();
    },
    async recover() {
      if (memory.begun) await start();
    },
  };
}

type Defect = (scheduler: HealthScheduler, memory: Memory) => Partial<HealthScheduler>;

async function fixture(breakIt: Defect = () => ({})): Promise<HealthSchedulerFixture> {
  const memory: Memory = { checks: new Map(), running: new Set(), begun: false, timer: undefined };
  let last = 0;
  return {
    open() {
      const scheduler = memoryScheduler(memory);
      return { ...scheduler, ...breakIt(scheduler, memory) };
    },
    async start() {
      const id = String(++last);
      memory.running.add(id);
      return id;
    },
    stop: async (id) => void memory.running.delete(id),
    interval,
    checks: async (id) => memory.checks.get(id) ?? 0,
    workers: () => (memory.timer === undefined ? 0 : 1),
    async killWorkers() {
      clearInterval(memory.timer);
      memory.timer = undefined;
    },
    async cleanup() {
      clearInterval(memory.timer);
    },
  };
}

const forgets = async () => undefined;

const defects: Readonly<Record<string, Defect>> = {
  'has containers checked as often as they are due, whoever began and however often': (scheduler, { checks, running }) => ({
    async begin(id) {
      await scheduler.begin(id, interval);
      for (const one of running) checks.set(one, (checks.get(one) ?? 0) + 1);
      const timer = setInterval(() => checks.set(id, (checks.get(id) ?? 0) + 1), interval);
      setTimeout(() => clearInterval(timer), 20 * interval);
    },
  }),
  'takes up a container that begins while others are checked': (scheduler, memory) => ({
    async begin(id) {
      if (memory.timer !== undefined) memory.running.delete(id);
      await scheduler.begin(id, interval);
    },
  }),
  'ends with the last container': (scheduler, memory) => ({
    async end(id) {
      await scheduler.end(id);
      memory.running.add(id);
      await scheduler.begin(id, interval);
    },
  }),
  'begins again after its end': (scheduler, memory) => ({
    async begin(id) {
      if (id === '1') await scheduler.begin(id, interval);
      else memory.running.delete(id);
    },
  }),
  'goes on where it was killed, when it is told to recover': () => ({ recover: forgets }),
  'has nothing to recover where nothing began': (scheduler) => ({ recover: () => scheduler.begin('none', interval) }),
};

describe.concurrent('in memory', () => {
  healthSchedulerSuite('memory', () => fixture());
  describeDefects('the suite of health schedulers', healthSchedulerChecks, defects, fixture);
});
