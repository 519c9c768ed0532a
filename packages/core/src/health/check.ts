import { setTimeout as sleep } from 'node:timers/promises';
import { findSession } from '../container/exec-session.ts';
import { withLocked } from '../container/guard.ts';
import { noSuchContainer } from '../container/no-such-container.ts';
import { refresh } from '../container/refresh.ts';
import { exec } from '../container/verbs/exec.ts';
import { kill } from '../container/verbs/kill.ts';
import { restart } from '../container/verbs/restart.ts';
import { stop } from '../container/verbs/stop.ts';
import { EngineError, InvalidStateError, NotFoundError } from '../errors.ts';
import { monotonicNow } from '../monotonic-clock.ts';
import { eventTime, recordContainerEvent } from '../runtime/events.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { commandOf, type HealthCheck } from './config.ts';
import { afterCheck, beginRun, type CheckResult, type HealthStatus, keptOutput } from './state.ts';

export interface HealthCheckOutcome {
  /** Of this check alone. */
  readonly passed: boolean;
  /** It took longer than it may, and its process was killed. */
  readonly timedOut: boolean;
  /** Of the container, after this check. */
  readonly status: HealthStatus;
  /** What the check printed, at most 500 characters of it. */
  readonly output: string;
}

/** Milliseconds that a killed process gets to be gone. */
const killPatience = 5_000;

const sigkill = 9;

/**
 * Runs the health check of a container, writes down what came of it, and does what is to be done to one that is unhealthy.
 *
 * @throws {NotFoundError} `no-such-container`, `no-health-check`; {InvalidStateError} unless it runs.
 */
export async function checkHealth(parts: RuntimeParts, id: string): Promise<HealthCheckOutcome> {
  const stored = await parts.state.container(id);
  if (stored === undefined) throw noSuchContainer(id);
  const { config } = stored;
  const { state, health: before } = await refresh(parts, stored);
  if (state.status !== 'running') {
    throw new InvalidStateError(`container ${id} is not running`, {
      code: 'container-state-improper',
      actual: state.status,
      allowed: ['running'],
    });
  }
  const check = config.healthCheck;
  const command = commandOf(check);
  if (check === undefined || command === undefined) {
    throw new NotFoundError(`container ${id} has no defined healthcheck`, { code: 'no-health-check' });
  }
  const result = await run(parts, id, command, check);
  const status = await withLocked(parts, id, async (container) => {
    const { health, state: present } = container.live;
    // another run may have begun meanwhile, and this check was not of it
    if (present.status !== 'running' || health?.runSince !== before?.runSince) return health?.status ?? 'starting';
    const after = afterCheck(health ?? beginRun(undefined, result.startedAt), check, result);
    await container.save({ health: after });
    await recordContainerEvent(parts, container.config, 'health_status', { healthStatus: after.status });
    return after.status;
  });
  if (status === 'unhealthy' && result.exitCode !== 0) await actOnFailure(parts, id, config.healthFailureAction);
  return { passed: result.exitCode === 0, timedOut: result.exitCode === -1, status, output: result.output };
}

async function run(parts: RuntimeParts, id: string, command: readonly string[], check: HealthCheck): Promise<CheckResult> {
  const startedAt = monotonicNow();
  const start = eventTime();
  const output: Uint8Array[] = [];
  let size = 0;
  const onOutput = (_stream: string, chunk: Uint8Array): undefined => {
    if (size < keptOutput * 4) output.push(chunk);
    size += chunk.length;
  };
  const exitCode = await exitCodeOf(parts, id, { command, timeout: check.timeout, onOutput });
  const text = Buffer.concat(output).toString().replace(/\n$/, '');
  return {
    start,
    end: eventTime(),
    exitCode,
    output: text.slice(0, keptOutput),
    startedAt,
    endedAt: monotonicNow(),
  };
}

interface Run {
  readonly command: readonly string[];
  readonly timeout: number;
  readonly onOutput: (stream: string, chunk: Uint8Array) => undefined;
}

/** 0, 1, or -1 when it took too long. */
async function exitCodeOf(parts: RuntimeParts, id: string, { command, timeout, onOutput }: Run): Promise<number> {
  const late = new AbortController();
  const lateness = sleep(timeout, 'late' as const, { signal: late.signal });
  lateness.catch(() => undefined);
  try {
    const session = await exec(parts, id, { command, attach: { onOutput } }, { tellEvents: false });
    const first = await Promise.race([session.exit, lateness]);
    if (first !== 'late') {
      // the last of the output comes after the exit code, unless processes that it left behind hold the streams
      await Promise.race([session.attachment?.done.catch(() => undefined), lateness]);
      return first === 0 ? 0 : 1;
    }
    await killSession(parts, session.id);
    const gone = new AbortController();
    const patience = sleep(killPatience, undefined, { signal: gone.signal });
    await Promise.race([session.exit.catch(() => undefined), patience]);
    gone.abort();
    patience.catch(() => undefined);
    return -1;
  } catch (failure) {
    // the command is not there or can't be run: that is a failed check
    if (EngineError.isInstance(failure) && failure.kind === 'runtime-failed') return 1;
    throw failure;
  } finally {
    late.abort();
  }
}

/** Kills the session's process with all of its children. */
async function killSession(parts: RuntimeParts, sessionId: string): Promise<void> {
  try {
    await (await findSession(parts, sessionId)).killTree();
  } catch (failure) {
    if (!(EngineError.isInstance(failure) && failure.code === 'no-such-exec-session')) throw failure; // has ended just now
  }
}

async function actOnFailure(parts: RuntimeParts, id: string, action: string | undefined): Promise<void> {
  if (action === undefined || action === 'none') return;
  try {
    if (action === 'stop') await stop(parts, id);
    else if (action === 'restart') await restart(parts, id);
    else await withLocked(parts, id, (container) => kill(container, sigkill));
  } catch (failure) {
    // somebody stopped or removed it while it was checked
    const ended = EngineError.isInstance(failure) && /^(container-state-improper|no-such-container)$/.test(failure.code);
    if (!ended) throw failure;
  }
}
