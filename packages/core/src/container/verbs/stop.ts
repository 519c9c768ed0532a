import { checkOptionTypes } from '../../argument-types.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { signalName } from '../../signals.ts';
import { goneWithin } from '../gone-within.ts';
import { type LockedContainer, withLocked } from '../guard.ts';
import { shouldRestart } from '../restart-policy.ts';
import { resumeRun, signalRun } from '../run-on-runtime.ts';
import { isAlive, type ProcessIdentity } from '../state.ts';
import { cleanUp, finishRun } from './cleanup.ts';

const sigkill = 9;

export interface StopOptions {
  /** Seconds between the stop signal and SIGKILL. Default: the container's own. */
  readonly timeout?: number | undefined;
  /** Told when the stop signal was not enough. */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** Ends the waiting. What was sent is sent: the container may end all the same, and the next `stop` goes on from there. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Stops a container: its stop signal, patience, then SIGKILL; and cleans up. One that has ended is only cleaned up, one that never
 * ran is left as it is. The lock is not held during the patience, so that others can look at it, or kill it.
 *
 * @throws {InvalidStateError} when its state is unknown or it is being removed; the signal's reason when aborted.
 */
export async function stop(parts: RuntimeParts, id: string, options: StopOptions = {}): Promise<void> {
  checkOptionTypes('stop', options, { timeout: 'a number', onWarning: 'a function' });
  const { signal, onWarning } = options;
  const stopping = await withLocked(parts, id, (container) => requestStop(container, options), { signal });
  if (stopping === undefined) return;
  const { process, timeout } = stopping;

  if (!(await goneWithin(parts, process, timeout, signal))) {
    await withLocked(parts, id, (container) => escalate(container, process, timeout, onWarning), { signal });
    await parts.host.waitGone(process, { signal });
  }
  await withLocked(parts, id, cleanUp);
}

async function requestStop(
  container: LockedContainer,
  options: StopOptions,
): Promise<{ process: ProcessIdentity; timeout: number } | undefined> {
  container.require('stop', ['configured', 'created', 'running', 'paused', 'stopping', 'stopped', 'exited']);
  const { state, config } = container;
  const timeout = options.timeout ?? config.stopTimeout;
  if (state.status === 'created') await finishRun(container);
  else await endBeforeRestart(container);
  if (!isAlive(container.state) || !isAlive(state)) return undefined;

  const wasPaused = state.status === 'paused';
  await container.save({ event: { type: 'stop-requested' }, stoppedByUser: true });
  if (wasPaused) await resumeRun(container);
  await signalUnlessGone(container, state.process, timeout === 0 ? sigkill : config.stopSignal);
  return { process: state.process, timeout };
}

/** One that has ended, and that its restart policy was about to start again, stays as it is. */
async function endBeforeRestart(container: LockedContainer): Promise<void> {
  if (shouldRestart(container.config, container.live)) await container.save({ stoppedByUser: true });
  await cleanUp(container);
}

async function escalate(
  container: LockedContainer,
  process: ProcessIdentity,
  timeout: number,
  warn: StopOptions['onWarning'],
): Promise<void> {
  const { config, state } = container;
  if (!isAlive(state) || state.process.startTime !== process.startTime || state.process.pid !== process.pid) return;
  warn?.(
    `StopSignal ${signalName(config.stopSignal)} failed to stop container ${config.name} in ${timeout} seconds, resorting to SIGKILL`,
  );
  await signalUnlessGone(container, process, sigkill);
}

/** A process that ends between the look and the signal is what was wanted. */
async function signalUnlessGone(container: LockedContainer, process: ProcessIdentity, signal: number): Promise<void> {
  try {
    await signalRun(container, process, signal);
  } catch (error) {
    if (container.parts.host.isRunning(process)) throw error;
  }
}
