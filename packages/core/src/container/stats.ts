import type { LiveState } from '../contracts/state-store.ts';
import { EngineError, NotSupportedError } from '../errors.ts';
import { monotonicNow } from '../monotonic-clock.ts';
import { pause } from '../pause.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { cgroupDirectory, cgroupsPathIn } from './cgroup-path.ts';
import type { ContainerConfig } from './config.ts';
import { isAlive } from './state.ts';

/** What a container uses. Bytes and nanoseconds; all 0 when it does not run. */
export interface ContainerStats {
  readonly id: string;
  readonly name: string;
  /** Id of its pod. */
  readonly pod: string | undefined;
  /** ISO 8601. */
  readonly time: string;
  /** The same moment by the monotonic clock, in milliseconds. */
  readonly takenAt: number;
  /** Of one CPU's time: since the last look, or since its start at the first. */
  readonly cpuPercent: number;
  /** Of one CPU's time since its start. */
  readonly averageCpuPercent: number;
  /** CPU time since its start: all of it, and what the kernel took of it. */
  readonly cpu: number;
  readonly cpuKernel: number;
  readonly perCpu: readonly number[];
  readonly memory: number;
  /** The machine's memory when it has no limit. */
  readonly memoryLimit: number;
  readonly memoryPercent: number;
  /** Of its own network; 0 with a network that it shares with the host. */
  readonly networkInput: number;
  readonly networkOutput: number;
  readonly blockInput: number;
  readonly blockOutput: number;
  /** Processes and threads. */
  readonly pids: number;
  readonly uptime: number;
}

export interface StatsOptions {
  /** Milliseconds between two looks. Default: 5,000. */
  readonly interval?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const defaultInterval = 5_000;

/**
 * Looks at a container.
 * @param previous the look before, for the percentage of the CPU in between. One of an earlier run is left out of account.
 * @throws {NotSupportedError} `no-cgroup`
 */
export async function readStats(
  parts: RuntimeParts,
  config: ContainerConfig,
  live: LiveState,
  previous?: ContainerStats,
): Promise<ContainerStats> {
  const takenAt = monotonicNow();
  const identity = { id: config.id, name: config.name, pod: config.pod, time: new Date().toISOString(), takenAt };
  const { state } = live;
  const path = cgroupsPathIn(config, live);
  if (path === undefined) {
    throw new NotSupportedError(`container ${config.id} has no cgroup, which would tell what it uses`, { code: 'no-cgroup' });
  }
  if (!isAlive(state) || !('startedAt' in state) || state.startedAt === undefined) return { ...identity, ...nothing };
  const used = await parts.host.cgroupUsage(cgroupDirectory(path)).catch((error: unknown) => {
    if (EngineError.isInstance(error) && error.code === 'no-such-cgroup') return undefined; // it has ended just now
    throw error;
  });
  if (used === undefined) return { ...identity, ...nothing };
  const { memory: machine } = await parts.host.facts();
  const network = config.network === 'host' ? undefined : await parts.host.networkUsage(state.process);
  // who started it may have died before the moment was written down
  const elapsed = live.runningSince === undefined ? Date.now() - Date.parse(state.startedAt) : takenAt - live.runningSince;
  const uptime = Math.max(elapsed, 0) * 1e6;
  const averageCpuPercent = percent(used.cpu, uptime);
  const since = previous === undefined ? 0 : (takenAt - previous.takenAt) * 1e6;
  const goesOn = previous !== undefined && previous.cpu > 0 && previous.cpu <= used.cpu && since > 0;
  const memoryLimit = Math.min(used.memoryLimit ?? machine, machine);
  return {
    ...identity,
    cpuPercent: goesOn ? percent(used.cpu - previous.cpu, since) : averageCpuPercent,
    averageCpuPercent,
    cpu: used.cpu,
    cpuKernel: used.cpuKernel,
    perCpu: used.perCpu,
    memory: used.memory,
    memoryLimit,
    memoryPercent: percent(used.memory, memoryLimit),
    networkInput: network?.received ?? 0,
    networkOutput: network?.sent ?? 0,
    blockInput: used.blockRead,
    blockOutput: used.blockWritten,
    pids: used.pids,
    uptime,
  };
}

/** Looks again and again until aborted or left: the first time at once. `look` gets what it answered before. */
export async function* repeatedly<Look>(
  look: (previous: Look | undefined) => Promise<Look>,
  { interval = defaultInterval, signal }: StatsOptions,
): AsyncGenerator<Look, void, undefined> {
  let previous: Look | undefined;
  for (;;) {
    signal?.throwIfAborted();
    previous = await look(previous);
    yield previous;
    await pause(interval, signal);
  }
}

const nothing = {
  cpuPercent: 0,
  averageCpuPercent: 0,
  cpu: 0,
  cpuKernel: 0,
  perCpu: [],
  memory: 0,
  memoryLimit: 0,
  memoryPercent: 0,
  networkInput: 0,
  networkOutput: 0,
  blockInput: 0,
  blockOutput: 0,
  pids: 0,
  uptime: 0,
};

function percent(part: number, whole: number): number {
  return whole > 0 ? (part / whole) * 100 : 0;
}
