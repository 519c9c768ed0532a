import { InvalidArgumentError, type Lock, type Locker } from '@tspod/core';

/** Who holds a name, and who waits for it. Several lockers may share one. */
export type MemoryLocks = Map<string, { waiting: (() => void)[] }>;

/** A `Locker` for tests: keeps the contract within one process, without files. */
export function createMemoryLocker(locks: MemoryLocks = new Map()): Locker {
  function checkName(name: string): string {
    if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return name;
    throw new InvalidArgumentError(`${JSON.stringify(name)} is not a name for a lock`, { code: 'invalid-lock-name' });
  }

  function heldLock(name: string): Lock {
    let held = true;
    const release = async () => {
      if (!held) return;
      held = false;
      const next = locks.get(name)?.waiting.shift();
      if (next) next();
      else locks.delete(name);
    };
    return { name, release, [Symbol.asyncDispose]: release };
  }

  function takeFree(name: string): Lock | undefined {
    if (locks.has(checkName(name))) return undefined;
    locks.set(name, { waiting: [] });
    return heldLock(name);
  }

  return {
    specVersion: 'v1',
    pathOf: (name) => `/memory/${checkName(name)}`,
    tryAcquire: async (name) => takeFree(name),
    sweep: async () => undefined, // what nobody holds is not kept
    names: async () => [...locks.keys()],
    async acquire(name, { signal } = {}) {
      signal?.throwIfAborted();
      const line = locks.get(name);
      return (
        takeFree(name) ??
        new Promise((resolve, reject) => {
          const enter = () => {
            signal?.removeEventListener('abort', leave);
            resolve(heldLock(name));
          };
          const leave = () => {
            line?.waiting.splice(line.waiting.indexOf(enter), 1);
            reject(signal?.reason);
          };
          signal?.addEventListener('abort', leave, { once: true });
          line?.waiting.push(enter);
        })
      );
    },
  };
}
