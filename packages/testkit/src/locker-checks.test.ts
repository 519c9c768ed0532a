import type { Lock, Locker } from '@tspod/core';
import { describe, expect, it } from 'vitest';
import { type LockerFixture, lockerChecks } from './locker-checks.ts';
import { createMemoryLocker, type MemoryLocks } from './memory-locker.ts';

type Defect = (locker: Locker, locks: MemoryLocks) => Partial<Locker>;

/** A lock that is nobody's. */
function looseLock(name: string): Lock {
  const release = async () => undefined;
  return { name, release, [Symbol.asyncDispose]: release };
}

/** Changes what `acquire` and `tryAcquire` give out. */
const changeLocks =
  (change: (lock: Lock) => Partial<Lock>): Defect =>
  (locker) => ({
    acquire: async (name, options) => {
      const lock = await locker.acquire(name, options);
      return { ...lock, ...change(lock) };
    },
  });

/** Ways to break a good locker, by the names of the checks that have to notice. */
const defects: Readonly<Record<string, Defect>> = {
  'lets nobody in while a name is held, and the next one afterwards': () => ({ acquire: async (name) => looseLock(name) }),
  'keeps names apart': () => ({ pathOf: () => '/memory/all' }),
  'tries without waiting': () => ({ tryAcquire: async (name) => looseLock(name) }),
  'lets callers in in the order in which they came': (locker, locks) => ({
    acquire: (name, options) => {
      const lock = locker.acquire(name, options);
      locks.get(name)?.waiting.reverse();
      return lock;
    },
  }),
  'keeps out others that have opened the same locks': () => createMemoryLocker(),
  'keeps out everybody while another process holds the name, and nobody once it was killed': () => createMemoryLocker(),
  'lets the event loop go on while somebody waits': (locker) => ({
    acquire: async (name, options) => {
      const lock = locker.acquire(name, options);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      const blocker = setInterval(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30), 1);
      return lock.finally(() => clearInterval(blocker));
    },
  }),
  'stops waiting when it is told to, and lets those behind pass': (locker) => ({
    acquire: (name, options) =>
      locker.acquire(name, options).catch((cause) => {
        throw new Error('aborted', { cause });
      }),
  }),
  'lets go of a lock once, however often it is released': (_, locks) => ({
    acquire: async (name) => {
      locks.set(name, { waiting: [] });
      const release = async () => void locks.delete(name);
      return { name, release, [Symbol.asyncDispose]: release };
    },
  }),
  'lets go at the end of a block': changeLocks(() => ({ [Symbol.asyncDispose]: async () => undefined })),
  'stays exclusive when a lock is forgotten while others wait for it': (_, locks) => {
    const other = createMemoryLocker(locks);
    return changeLocks((lock) => ({
      release: async (options) => {
        // as if everybody who waited now had a file of their own
        if (options?.forget) for (const enter of locks.get(lock.name)?.waiting.splice(0) ?? []) enter();
        await lock.release();
      },
    }))(other, locks);
  },
  'is exclusive when a lock is transient, too, whether there was one of that name or not': (locker) => ({
    acquire: async (name, options) => (options?.transient ? looseLock(name) : locker.acquire(name, options)),
  }),
  'tells the names that are held, and not those that were forgotten': () => ({ names: async () => [] }),
  'leaves alone what somebody holds when it sweeps': (_, locks) => ({ sweep: async () => locks.clear() }),
  'refuses what is no name': (locker) => ({ pathOf: (name) => locker.pathOf(name.trim()) }),
};

function memoryFixture(defect: Defect): LockerFixture {
  const locks: MemoryLocks = new Map();
  return {
    async open() {
      const locker = createMemoryLocker(locks);
      return { ...locker, ...defect(locker, locks) };
    },
    async holdElsewhere(name) {
      const lock = await createMemoryLocker(locks).acquire(name);
      return { kill: () => lock.release() };
    },
    cleanup: async () => undefined,
  };
}

describe('the checks of the locker suite', () => {
  it('are each proven by a defect', () => {
    expect(Object.keys(defects)).toEqual(lockerChecks.map(({ name }) => name));
  });

  it.each(lockerChecks)('notices when a locker does not keep: $name', async ({ name, run }) => {
    await run(memoryFixture(() => ({})));
    await expect(run(memoryFixture(defects[name] ?? (() => ({}))))).rejects.toThrow();
  });
});
