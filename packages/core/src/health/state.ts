import type { HealthCheck } from './config.ts';

export type HealthStatus = 'starting' | 'healthy' | 'unhealthy';

/** What is known of a container's health; part of its live state. */
export interface HealthState {
  readonly status: HealthStatus;
  /** Failures since the last success, those of the start period left out. */
  readonly failingStreak: number;
  /** The last checks, oldest first. */
  readonly log: readonly HealthLogEntry[];
  /** Milliseconds of the monotonic clock, which means nothing after a reboot: the start of the run. */
  readonly runSince: number;
  /** Likewise: the end of the last check in this run. */
  readonly checkedAt?: number | undefined;
}

/** One check. */
export interface HealthLogEntry {
  /** ISO 8601 with nine digits after the second. */
  readonly start: string;
  readonly end: string;
  /** 0; 1: it failed, however; -1: it took too long. */
  readonly exitCode: number;
  readonly output: string;
}

/** So many checks, and so many characters of their output, are kept. As podman. */
const keptChecks = 5;
export const keptOutput = 500;

/** A run begins. Failures of earlier runs count no more; their log stays. */
export function beginRun(before: HealthState | undefined, now: number): HealthState {
  return { status: 'starting', failingStreak: 0, log: before?.log ?? [], runSince: now };
}

export interface CheckResult extends HealthLogEntry {
  /** Of the monotonic clock. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** The state after a check. */
export function afterCheck(before: HealthState, check: HealthCheck, result: CheckResult): HealthState {
  const { startedAt, endedAt, ...entry } = result;
  const log = [...before.log, entry].slice(-keptChecks);
  const kept = { ...before, log, checkedAt: endedAt };
  if (entry.exitCode === 0) return { ...kept, status: 'healthy', failingStreak: 0 };
  if (startedAt < before.runSince + check.startPeriod) return kept;
  const failingStreak = before.failingStreak + 1;
  return { ...kept, failingStreak, status: failingStreak >= check.retries ? 'unhealthy' : before.status };
}
