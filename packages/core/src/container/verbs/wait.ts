import { join } from 'node:path';
import { checkOptionTypes } from '../../argument-types.ts';
import { pause } from '../../pause.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { readKeptExit } from '../kept-exit.ts';
import { noSuchContainer } from '../no-such-container.ts';
import { monitorPaths, removedExitDirectory } from '../paths.ts';
import { refresh } from '../refresh.ts';
import { hasRestartPolicy, restarterOf } from '../restart-policy.ts';
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
  checkOptionTypes('wait', options, { condition: 'an array of strings', interval: 'a number' });
  const { condition: asked = ended, interval = 250, signal } = options;
  // whoever waits for one of them waits for the end
  const condition = asked.some((status) => ended.includes(status)) ? [...asked, ...ended] : asked;
  const waitsForEnd = condition.every((status) => ended.includes(status));
  for (let first = true; ; first = false) {
    signal?.throwIfAborted();
    const stored = await parts.state.container(id);
    if (stored === undefined) return first ? raiseNoSuchContainer(id) : exitCodeOfRemoved(parts, id);
    const live = await refresh(parts, stored);
    if (condition.includes(live.state.status)) {
      const restarter = restarterOf(stored.config, live);
      if (restarter === undefined || !parts.host.isRunning(restarter)) return exitCodeOf(live.state);
      // it ends after its exit command, which has then restarted the container or given it up
      await parts.host.waitGone(restarter, { signal });
      continue;
    }
    if (waitsForEnd && isAlive(live.state)) {
      const exit = await parts.monitor.waitExit(monitorPaths(parts.places, stored.config, live.runDir), { signal });
      if (exit !== undefined && !hasRestartPolicy(stored.config)) return exit.exitCode;
      // its monitor may have been killed, and the process goes on
      if (exit === undefined) await parts.host.waitGone(live.state.process, { signal });
    } else {
      await pause(interval, signal);
    }
  }
}

function exitCodeOf(state: ContainerState): number {
  return 'exitCode' in state ? state.exitCode : -1;
}

function exitCodeOfRemoved(parts: RuntimeParts, id: string): number {
  return readKeptExit(join(removedExitDirectory(parts.places), id))?.exitCode ?? raiseNoSuchContainer(id);
}

function raiseNoSuchContainer(id: string): never {
  throw noSuchContainer(id);
}
