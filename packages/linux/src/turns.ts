/** Pauses of no length before the first timer: most locks are held for less than a millisecond. */
const eagerAttempts = 2;
const longestPause = 50;

/**
 * Taking locks that can only be tried for, without blocking the event loop.
 *
 * Callers of this process that want the same key try in the order in which they came, and the first of them tries at once when
 * another one of this process lets go. Other processes can only be polled: after 0, 0, 1, 2, 4 … 50 ms, each shortened by a
 * random part so that two processes do not keep step.
 */
export interface Turns {
  /** Repeats `attempt` until it returns something. @throws the signal's reason, or what `attempt` throws. */
  take<Held>(key: string, attempt: () => Held | undefined, signal?: AbortSignal): Promise<Held>;
  /** One attempt; undefined also while others of this process wait for the key. */
  tryTake<Held>(key: string, attempt: () => Held | undefined): Held | undefined;
  /** To be called after something was let go. */
  wake(key: string): void;
}

interface Waiter {
  wake: () => void;
}

export function createTurns(): Turns {
  const lines = new Map<string, Waiter[]>();

  async function takeInLine<Held>(key: string, attempt: () => Held | undefined, signal: AbortSignal | undefined): Promise<Held> {
    const line = lines.get(key) ?? [];
    lines.set(key, line);
    const self: Waiter = { wake: () => undefined };
    line.push(self);
    const wakeSelf = () => self.wake();
    signal?.addEventListener('abort', wakeSelf);
    try {
      for (let attempts = 0; ; ) {
        signal?.throwIfAborted();
        const isFirst = line[0] === self;
        const held = isFirst ? attempt() : undefined;
        if (held !== undefined) return held;
        await sleep(self, isFirst ? pauseAfter(attempts++) : undefined);
      }
    } finally {
      signal?.removeEventListener('abort', wakeSelf);
      line.splice(line.indexOf(self), 1);
      if (line.length === 0) lines.delete(key);
      line[0]?.wake();
    }
  }

  return {
    async take(key, attempt, signal) {
      signal?.throwIfAborted();
      const held = lines.has(key) ? undefined : attempt();
      return held ?? takeInLine(key, attempt, signal);
    },
    tryTake: (key, attempt) => (lines.has(key) ? undefined : attempt()),
    wake: (key) => lines.get(key)?.[0]?.wake(),
  };
}

/** Milliseconds until the next attempt after `attempts` earlier ones. */
function pauseAfter(attempts: number): number {
  if (attempts < eagerAttempts) return 0;
  const pause = Math.min(2 ** (attempts - eagerAttempts), longestPause);
  return pause * (0.5 + Math.random() / 2);
}

/** Sleeps until woken, at most for `pause` milliseconds. */
function sleep(waiter: Waiter, pause: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = pause ? setTimeout(resolve, pause) : undefined;
    const immediate = pause === 0 ? setImmediate(resolve) : undefined;
    waiter.wake = () => {
      clearTimeout(timer);
      clearImmediate(immediate);
      resolve();
    };
  });
}
