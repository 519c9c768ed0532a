import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveState, StoredContainer } from '../../contracts/state-store.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { noSuchContainer } from '../guard.ts';
import { monitorPaths, removedExitDirectory } from '../paths.ts';
import { refresh } from '../refresh.ts';
import { hasRestartPolicy, shouldRestart } from '../restart-policy.ts';
import { type ContainerState, type ContainerStatus, isAlive } from '../state.ts';

export interface WaitOptions {
  /** Statuses that end the wait. Default: stopped or exited. */
  readonly condition?: readonly ContainerStatus[] | undefined;
  /** Milliseconds between two looks, where there is nothing to be told by. Default: 250. */
  readonly interval?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const ended: readonly ContainerStatus[] = ['stopped', 'exited'];

/**
 * Waits until the container is in one of the statuses and answers its exit code (-1 where there is none). An end after which its restart
 * policy starts it again is none.
 *
 * @throws {NotFoundError} when there is no such container, or it goes away without an exit code.
 * @throws the signal's reason when aborted.
 */
export async function wait(parts: RuntimeParts, id: string, options: WaitOptions = {}): Promise<number> {
  const { condition = ended, interval = 250, signal } = options;
  const waitsForEnd = condition.every((status) => ended.includes(status));
  for (let first = true; ; first = false) {
    signal?.throwIfAborted();
    const stored = await parts.state.container(id);
    if (stored === undefined) return first ? raiseNoSuchContainer(id) : exitCodeOfRemoved(parts, id);
    const live = await refresh(parts, stored);
    if (condition.includes(live.state.status)) {
      if (!willRestart(parts, stored, live)) return exitCodeOf(live.state);
      await restartOf(parts, live, signal);
      continue;
    }
    if (waitsForEnd && isAlive(live.state)) {
      const exit = await parts.monitor.waitExit(monitorPaths(parts.places, stored.config, live.runDir), { signal });
      if (exit !== undefined && !hasRestartPolicy(stored.config)) return exit.exitCode;
    } else {
      await sleep(interval, undefined, { signal });
    }
  }
}

/** Its policy wants it to run again, and the monitor is still there, under which that happens. */
function willRestart(parts: RuntimeParts, { config }: StoredContainer, live: LiveState): boolean {
  return shouldRestart(config, live) && live.monitor !== undefined && parts.host.isRunning(live.monitor);
}

/** The monitor ends after its exit command, which has then restarted the container or given it up. */
async function restartOf(parts: RuntimeParts, { monitor }: LiveState, signal: AbortSignal | undefined): Promise<void> {
  if (monitor !== undefined) await parts.host.waitGone(monitor, { signal });
}

function exitCodeOf(state: ContainerState): number {
  return 'exitCode' in state ? state.exitCode : -1;
}

function exitCodeOfRemoved(parts: RuntimeParts, id: string): number {
  try {
    return Number(readFileSync(join(removedExitDirectory(parts.places), id), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return raiseNoSuchContainer(id);
    throw error;
  }
}

function raiseNoSuchContainer(id: string): never {
  throw noSuchContainer(id);
}
