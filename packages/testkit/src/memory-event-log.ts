import { type EngineEvent, type EventLog, type EventReadOptions, eventMilliseconds, RuntimeStoppedError } from '@tspod/core';

/** The data of memory event logs: logs that are made with the same one share it. */
export interface MemoryEvents {
  readonly events: EngineEvent[];
  /** Called at each append. */
  readonly listeners: Set<() => void>;
}

export function createMemoryEvents(): MemoryEvents {
  return { events: [], listeners: new Set() };
}

/** An `EventLog` for tests that keeps nothing beyond the process. It passes `eventLogSuite`. */
export function createMemoryEventLog(data: MemoryEvents = createMemoryEvents()): EventLog {
  const closing = new AbortController();

  function requireOpen(): void {
    if (closing.signal.aborted) throw new RuntimeStoppedError('the memory event log is closed', { code: 'event-log-closed' });
  }

  async function* read({ since = 0, until = Number.POSITIVE_INFINITY, follow = false, signal }: EventReadOptions) {
    requireOpen();
    for (let position = 0; ; position += 1) {
      while (position >= data.events.length) {
        signal?.throwIfAborted();
        const remaining = until - Date.now();
        if (!follow || remaining < 0 || closing.signal.aborted) return;
        await nextAppend(remaining, signal);
        if (closing.signal.aborted) return;
      }
      signal?.throwIfAborted();
      const event = structuredClone(data.events[position] as EngineEvent);
      const time = eventMilliseconds(event.time);
      if (time >= since && time <= until) yield event;
    }
  }

  async function nextAppend(timeout: number, abort: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = () => reject(abort?.reason);
    const timer = Number.isFinite(timeout) ? setTimeout(resolve, timeout + 1) : undefined;
    data.listeners.add(resolve);
    closing.signal.addEventListener('abort', () => resolve());
    abort?.addEventListener('abort', fail);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      data.listeners.delete(resolve);
      abort?.removeEventListener('abort', fail);
    }
  }

  return {
    specVersion: 'v1',
    async append(event) {
      requireOpen();
      data.events.push(structuredClone(event));
      for (const listener of [...data.listeners]) listener();
    },
    read: (options = {}) => ({ [Symbol.asyncIterator]: () => read(options) }),
    async close() {
      closing.abort();
    },
  };
}
