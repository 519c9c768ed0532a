import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthScheduler } from '@tspod/core';
import type { Check } from './check.ts';
import { until } from './waiting.ts';

/** A store without containers, and schedulers for it. */
export interface HealthSchedulerFixture {
  /** Answers one more scheduler on the same store, as another process would have. */
  open(): HealthScheduler;
  /** Has a container run whose health is to be checked every `interval`, and answers its id. It may tell a scheduler, too. */
  start(): Promise<string>;
  /** Ends it, of which its state then tells. It may tell a scheduler, too. */
  stop(id: string): Promise<void>;
  /** Milliseconds from one check of a container to its next. */
  readonly interval: number;
  /** How often the container was checked. */
  checks(id: string): Promise<number>;
  /** How many processes, or whatever else goes on by itself, the schedulers have. */
  workers(): number;
  /** Ends them as SIGKILL would, with no chance to tidy up. */
  killWorkers(): Promise<void>;
  cleanup(): Promise<void>;
}

/** Waits until the container is checked once more than it is now. */
async function isChecked(fixture: HealthSchedulerFixture, id: string): Promise<void> {
  const before = await fixture.checks(id);
  await until(async () => (await fixture.checks(id)) > before, `${id} is checked`);
}

export const healthSchedulerChecks: readonly Check<HealthSchedulerFixture>[] = [
  {
    name: 'has containers checked as often as they are due, whoever began and however often',
    async run(fixture) {
      const id = await fixture.start();
      await Promise.all([fixture.open(), fixture.open()].map((scheduler) => scheduler.begin(id, fixture.interval)));
      await fixture.open().begin(id, fixture.interval);
      await isChecked(fixture, id);
      const [before, start] = [await fixture.checks(id), performance.now()];
      await sleep(4 * fixture.interval);
      const [more, intervals] = [(await fixture.checks(id)) - before, (performance.now() - start) / fixture.interval];
      assert.ok(more >= 1 && more <= intervals + 1, `${more} checks in ${intervals.toFixed(1)} intervals`);
    },
  },
  {
    name: 'takes up a container that begins while others are checked',
    async run(fixture) {
      const first = await fixture.start();
      await fixture.open().begin(first, fixture.interval);
      await isChecked(fixture, first);
      const second = await fixture.start();
      await fixture.open().begin(second, fixture.interval);
      await isChecked(fixture, second);
      await isChecked(fixture, first);
    },
  },
  {
    name: 'ends with the last container',
    async run(fixture) {
      const ids = [await fixture.start(), await fixture.start()];
      const scheduler = fixture.open();
      for (const id of ids) await scheduler.begin(id, fixture.interval);
      const [first = '', second = ''] = ids;
      await isChecked(fixture, second);
      await fixture.stop(first);
      await scheduler.end(first);
      await isChecked(fixture, second);
      await fixture.stop(second);
      for (let times = 0; times < 2; times++) await scheduler.end(second);
      await until(() => fixture.workers() === 0, 'nothing goes on');
      const before = await fixture.checks(second);
      await sleep(2 * fixture.interval);
      assert.equal(await fixture.checks(second), before);
    },
  },
  {
    name: 'begins again after its end',
    async run(fixture) {
      const first = await fixture.start();
      await fixture.open().begin(first, fixture.interval);
      await fixture.stop(first);
      await fixture.open().end(first);
      const second = await fixture.start();
      await fixture.open().begin(second, fixture.interval);
      await isChecked(fixture, second);
    },
  },
  {
    name: 'goes on where it was killed, when it is told to recover',
    async run(fixture) {
      const id = await fixture.start();
      await fixture.open().begin(id, fixture.interval);
      await isChecked(fixture, id);
      await fixture.killWorkers();
      await Promise.all([fixture.open().recover(), fixture.open().recover()]);
      await isChecked(fixture, id);
    },
  },
  {
    name: 'has nothing to recover where nothing began',
    async run(fixture) {
      await fixture.open().recover();
      assert.equal(fixture.workers(), 0);
      await fixture.open().end('e'.repeat(64));
      assert.equal(fixture.workers(), 0);
    },
  },
];
