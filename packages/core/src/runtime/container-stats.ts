import { refresh } from '../container/refresh.ts';
import { isAlive } from '../container/state.ts';
import { type ContainerStats, readStats, repeatedly, type StatsOptions } from '../container/stats.ts';
import { EngineError } from '../errors.ts';
import type { RuntimeParts } from './parts.ts';

export interface RuntimeStatsOptions extends StatsOptions {
  /** Names or ids of the containers. Default: those that run, at each look. */
  readonly containers?: readonly string[] | undefined;
  /** Without `containers`: those that do not run, too. Default: false. */
  readonly all?: boolean | undefined;
}

/** What containers use, again and again, in the order in which they were made or named. One that is removed meanwhile is left out. */
export function statsOf(
  parts: RuntimeParts,
  { containers, all = false, ...options }: RuntimeStatsOptions,
): AsyncIterable<readonly ContainerStats[]> {
  return repeatedly<readonly ContainerStats[]>(async (previous = []) => {
    const before = new Map(previous.map((stats) => [stats.id, stats]));
    const stats: ContainerStats[] = [];
    for (const stored of await chosen(parts, containers)) {
      const live = await refresh(parts, stored);
      if (containers === undefined && !all && !isAlive(live.state)) continue;
      try {
        stats.push(await readStats(parts, stored.config, live, before.get(stored.config.id)));
      } catch (error) {
        // of those that nobody named, what can't be looked at is left out
        if (containers !== undefined || !EngineError.isInstance(error) || !leftOut.has(error.code)) throw error;
      }
    }
    return stats;
  }, options);
}

const leftOut: ReadonlySet<string> = new Set(['no-cgroup', 'no-such-container']);

async function chosen(parts: RuntimeParts, ids: readonly string[] | undefined) {
  if (ids === undefined) return parts.state.containers();
  const found = await Promise.all(ids.map((id) => parts.state.container(id)));
  return found.filter((stored) => stored !== undefined);
}
