import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lock, Locker } from '@tspod/core';
import type { Check } from './check.ts';
import { assertRefuses } from './refusal.ts';

/** A fresh set of locks, and what a suite must be able to do to it. */
export interface LockerFixture {
  /** Opens the locks, also several times at once; each is to the others like a locker of another program. */
  open(): Promise<Locker>;
  /** Starts a process that takes the lock; resolves when it has it. `kill` ends it without a chance to let go. */
  holdElsewhere(name: string): Promise<{ kill(): Promise<void> }>;
  cleanup(): Promise<void>;
}

const patience = 5_000;

/** The result, or a failure instead of waiting for ever. */
async function soon<Result>(promise: Promise<Result>, what: string): Promise<Result> {
  const timer = new AbortController();
  const late = sleep(patience, undefined, { signal: timer.signal }).then(() => assert.fail(`still waiting: ${what}`));
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/** Whether a promise is still open after a while that is long enough for a locker that does not keep others out. */
async function isOpenAfterAWhile(promise: Promise<unknown>): Promise<boolean> {
  let isOpen = true;
  const settle = () => {
    isOpen = false;
  };
  promise.then(settle, settle);
  await sleep(120);
  return isOpen;
}

const take = (locker: Locker, name = 'one') => soon(locker.acquire(name), `acquire ${name}`);

export const lockerChecks: readonly Check<LockerFixture>[] = [
  {
    name: 'lets nobody in while a name is held, and the next one afterwards',
    async run(fixture) {
      const locker = await fixture.open();
      const held = await take(locker);
      assert.equal(held.name, 'one');
      const next = locker.acquire('one');
      assert.ok(await isOpenAfterAWhile(next), 'a second holder got in');
      await held.release();
      await (await soon(next, 'the next holder')).release();
    },
  },
  {
    name: 'keeps names apart',
    async run(fixture) {
      const locker = await fixture.open();
      const names = ['one', 'One', 'one.lock', '1', 'a_b-c.d', 'f'.repeat(64)];
      const locks = await Promise.all(names.map((name) => take(locker, name)));
      assert.equal(new Set(names.map((name) => locker.pathOf(name))).size, names.length);
      for (const lock of locks) await lock.release();
    },
  },
  {
    name: 'tries without waiting',
    async run(fixture) {
      const locker = await fixture.open();
      const held = await soon(locker.tryAcquire('one'), 'a try');
      assert.ok(held, 'a free name was refused');
      assert.equal(await soon(locker.tryAcquire('one'), 'a try while it is held'), undefined);
      await held.release();
      const again = await soon(locker.tryAcquire('one'), 'a try after the release');
      assert.ok(again, 'a free name was refused');
      await again.release();
    },
  },
  {
    name: 'lets callers in in the order in which they came',
    async run(fixture) {
      const locker = await fixture.open();
      const held = await take(locker);
      const order: number[] = [];
      const callers = [0, 1, 2, 3, 4].map(async (caller) => {
        const lock = await locker.acquire('one');
        order.push(caller);
        await lock.release();
      });
      await held.release();
      await soon(Promise.all(callers), 'all callers');
      assert.deepEqual(order, [0, 1, 2, 3, 4]);
    },
  },
  {
    name: 'keeps out others that have opened the same locks',
    async run(fixture) {
      const [locker, other] = [await fixture.open(), await fixture.open()];
      const held = await take(locker);
      assert.equal(await soon(other.tryAcquire('one'), 'a try of the other'), undefined);
      const next = other.acquire('one');
      assert.ok(await isOpenAfterAWhile(next), 'the other got in');
      await held.release();
      const theirs = await soon(next, 'the other');
      assert.equal(await soon(locker.tryAcquire('one'), 'a try against the other'), undefined);
      await theirs.release();
    },
  },
  {
    name: 'keeps out everybody while another process holds the name, and nobody once it was killed',
    async run(fixture) {
      const locker = await fixture.open();
      const holder = await fixture.holdElsewhere('one');
      const next = locker.acquire('one');
      assert.ok(await isOpenAfterAWhile(next), 'somebody got in');
      assert.equal(await soon(locker.tryAcquire('one'), 'a try while another process holds it'), undefined);
      await holder.kill();
      await (await soon(next, 'the lock of a dead process')).release();
    },
  },
  {
    name: 'lets the event loop go on while somebody waits',
    async run(fixture) {
      const locker = await fixture.open();
      const holder = await fixture.holdElsewhere('one');
      const next = locker.acquire('one');
      // not by counting its turns: on a busy machine there are few of them for other reasons
      const before = performance.eventLoopUtilization();
      await sleep(200);
      const { utilization } = performance.eventLoopUtilization(before);
      assert.ok(utilization < 0.8, `the loop is kept busy for ${Math.round(utilization * 100)} % of the time`);
      await holder.kill();
      await (await soon(next, 'the lock')).release();
    },
  },
  {
    name: 'stops waiting when it is told to, and lets those behind pass',
    async run(fixture) {
      const locker = await fixture.open();
      const held = await take(locker);
      const reason = new Error('enough');
      const abort = new AbortController();
      const impatient = locker.acquire('one', { signal: abort.signal });
      const patient = locker.acquire('one');
      assert.ok(await isOpenAfterAWhile(impatient));
      abort.abort(reason);
      await assert.rejects(soon(impatient, 'the end of an aborted wait'), (error) => error === reason);
      await assert.rejects(soon(locker.acquire('two', { signal: abort.signal }), 'a wait aborted before'), (e) => e === reason);
      const two = await soon(locker.tryAcquire('two'), 'a try for what was aborted');
      assert.ok(two, 'an aborted call holds the lock');
      await two.release();
      await held.release();
      await (await soon(patient, 'the one behind')).release();
    },
  },
  {
    name: 'lets go of a lock once, however often it is released',
    async run(fixture) {
      const locker = await fixture.open();
      const first = await take(locker);
      await first.release();
      const second = await take(locker);
      await first.release();
      await first.release({ forget: true });
      await first[Symbol.asyncDispose]();
      assert.equal(await soon(locker.tryAcquire('one'), 'a try'), undefined, "an old lock's release freed a new one");
      await second.release();
    },
  },
  {
    name: 'lets go at the end of a block',
    async run(fixture) {
      const locker = await fixture.open();
      {
        await using held: Lock = await take(locker);
        assert.equal(await soon(locker.tryAcquire(held.name), 'a try inside'), undefined);
      }
      const next = await soon(locker.tryAcquire('one'), 'a try outside');
      assert.ok(next, 'still held');
      await next.release();
    },
  },
  {
    name: 'stays exclusive when a lock is forgotten while others wait for it',
    async run(fixture) {
      const lockers = [await fixture.open(), await fixture.open(), await fixture.open()];
      const [locker] = lockers;
      assert.ok(locker);
      const held = await take(locker);
      let holders = 0;
      const waiting = [...lockers, ...lockers].map(async (each) => {
        const lock = await each.acquire('one');
        assert.equal(++holders, 1, 'two hold the lock at once');
        await sleep(5);
        holders--;
        await lock.release({ forget: true });
      });
      await sleep(20);
      await held.release({ forget: true });
      await soon(Promise.all(waiting), 'everybody who waited');
    },
  },
  {
    name: 'is exclusive when a lock is transient, too, whether there was one of that name or not',
    async run(fixture) {
      const [locker, other] = [await fixture.open(), await fixture.open()];
      await (await take(locker, 'two')).release();
      for (const name of ['one', 'two']) {
        const held = await soon(locker.acquire(name, { transient: true }), `acquire ${name}`);
        assert.equal(await soon(other.tryAcquire(name), 'a try of the other'), undefined);
        assert.equal(await soon(other.tryAcquire(name, { transient: true }), 'a transient try of the other'), undefined);
        await held.release();
        const next = await soon(other.tryAcquire(name, { transient: true }), 'a try after the release');
        assert.ok(next, 'a free name was refused');
        assert.equal(await soon(locker.tryAcquire(name), 'a try while the other holds it'), undefined);
        await next.release({ forget: true });
      }
    },
  },
  {
    name: 'tells the names that are held, and not those that were forgotten',
    async run(fixture) {
      const [locker, other] = [await fixture.open(), await fixture.open()];
      const [held, transient] = [await take(locker), await soon(locker.acquire('two', { transient: true }), 'acquire two')];
      assert.deepEqual([...(await other.names())].sort(), ['one', 'two']);
      await held.release({ forget: true });
      await transient.release({ forget: true });
      assert.deepEqual(await other.names(), []);
    },
  },
  {
    name: 'leaves alone what somebody holds when it sweeps',
    async run(fixture) {
      const [locker, other] = [await fixture.open(), await fixture.open()];
      const held = await soon(locker.acquire('one', { transient: true }), 'acquire one');
      await other.sweep();
      assert.equal(await soon(other.tryAcquire('one'), 'a try after the sweep'), undefined);
      assert.deepEqual(await other.names(), ['one']);
      await held.release({ forget: true });
      await other.sweep();
      assert.deepEqual(await other.names(), []);
    },
  },
  {
    name: 'refuses what is no name',
    async run(fixture) {
      const locker = await fixture.open();
      for (const name of ['', '.', '..', '../one', 'a/b', '-a', '_a', '.a', 'a b', 'a\n', 'a\0', 'ä']) {
        const pathOf = async () => locker.pathOf(name);
        for (const refused of [locker.acquire(name), locker.tryAcquire(name), pathOf()]) {
          await assertRefuses(refused, 'invalid-argument', 'invalid-lock-name', JSON.stringify(name));
        }
      }
    },
  },
];
