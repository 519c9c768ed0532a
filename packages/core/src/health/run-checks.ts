import { setTimeout as sleep } from 'node:timers/promises';
import { refresh } from '../container/refresh.ts';
import type { StoredContainer } from '../contracts/state-store.ts';
import { EngineError } from '../errors.ts';
import { monotonicNow } from '../monotonic-clock.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { checkHealth } from './check.ts';
import { hasHealthCheck } from './config.ts';

export interface RunHealthChecksOptions {
  /** Ends, when nothing is due for longer than this. Milliseconds. Default: 2000. */
  readonly linger?: number | undefined;
  /** Told a function to call when containers may have been started or stopped. */
  readonly onWake?: ((wake: () => void) => void) | undefined;
}

/** So many checks at a time. */
const checksAtATime = 8;

interface Due {
  readonly id: string;
  /** Of the monotonic clock, milliseconds. */
  readonly at: number;
  readonly interval: number;
}

/**
 * Does the health checks of all running containers that are due, and goes on as long as the next one is near.
 * Answers the milliseconds until the next one; undefined: no container with health checks runs.
 */
export async function runHealthChecks(parts: RuntimeParts, options: RunHealthChecksOptions = {}): Promise<number | undefined> {
  const { linger = 2000, onWake } = options;
  const running = new Map<string, Promise<void>>();
  /** When a check that could not be done is tried again. */
  const retries = new Map<string, number>();
  let wake = () => {};
  let all: readonly Due[] = [];
  /** Whether `all` has to be read anew: each time would be too much work with many containers. */
  let isStale = true;
  let isReading = false;
  onWake?.(() => {
    isStale = true;
    wake();
  });
  for (;;) {
    if (isStale) {
      isStale = false;
      isReading = true;
      all = await dueOf(parts, await parts.state.containers());
      isReading = false;
    }
    const checks = all.filter(({ id }) => !running.has(id));
    const dueAt = ({ id, at }: Due) => Math.max(at, retries.get(id) ?? 0);
    for (const check of checks.filter((one) => dueAt(one) <= monotonicNow()).slice(0, checksAtATime - running.size)) {
      const done = checkOne(parts, check.id).then(async (answered) => {
        if (answered) retries.delete(check.id);
        else retries.set(check.id, monotonicNow() + check.interval);
        const stored = await parts.state.container(check.id);
        const next = stored === undefined ? [] : await dueOf(parts, [stored]);
        all = [...all.filter(({ id }) => id !== check.id), ...next];
        isStale ||= isReading; // what is being read may be older
        running.delete(check.id);
      });
      running.set(check.id, done);
    }
    const waiting = checks.filter(({ id }) => !running.has(id)).map(dueAt);
    const pause = Math.min(...waiting) - monotonicNow();
    if (running.size === 0 && !isStale) {
      if (waiting.length === 0) return undefined;
      if (pause > linger) return pause;
    }
    const timer = new AbortController();
    const isFull = running.size >= checksAtATime;
    const pauses =
      waiting.length === 0 || isFull
        ? []
        : [sleep(Math.max(pause, 1), undefined, { signal: timer.signal }).catch(() => undefined)];
    const wakening = new Promise<void>((resolve) => {
      wake = resolve;
      if (isStale) resolve();
    });
    await Promise.race([...pauses, ...running.values(), wakening]);
    timer.abort();
  }
}

/** When the checks of these are due, as far as they have some. */
async function dueOf(parts: RuntimeParts, containers: readonly StoredContainer[]): Promise<Due[]> {
  const now = monotonicNow();
  const due: Due[] = [];
  for (const stored of containers) {
    const { id, healthCheck: check } = stored.config;
    if (stored.live === undefined || !hasHealthCheck(check) || check.interval === 0) continue;
    const { state, health } = await refresh(parts, stored);
    const { interval } = check;
    if (state.status === 'running')
      due.push({ id, interval, at: health?.checkedAt === undefined ? now : health.checkedAt + interval });
    else if (state.status === 'paused' || state.status === 'stopping') due.push({ id, interval, at: now + interval });
  }
  return due;
}

/** Answers whether it could be done. */
async function checkOne(parts: RuntimeParts, id: string): Promise<boolean> {
  try {
    await checkHealth(parts, id);
    return true;
  } catch (failure) {
    // it has ended meanwhile
    if (EngineError.isInstance(failure) && /^(container-state-improper|no-such-container)$/.test(failure.code)) return false;
    parts.log(
      'error',
      `the health check of container ${id} could not be done: ${failure instanceof Error ? failure.message : failure}`,
    );
    return false;
  }
}
