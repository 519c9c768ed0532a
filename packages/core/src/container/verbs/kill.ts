import { recordContainerEvent } from '../../runtime/events.ts';
import { goneWithin } from '../gone-within.ts';
import type { LockedContainer } from '../guard.ts';
import { resumeRun, signalRun } from '../run-on-runtime.ts';
import { isAlive, type ProcessIdentity } from '../state.ts';

const sigkill = 9;

/** How long a killed process that was frozen may take to end where the kernel needs no thawing for it. Seconds. */
const patience = 2;

/**
 * Sends a signal to the container's first process. SIGKILL ends a paused one, too; any other signal waits for `unpause`.
 * @throws {InvalidStateError} unless running, stopping or paused.
 */
export async function kill(container: LockedContainer, signal: number): Promise<void> {
  container.require('kill', ['running', 'stopping', 'paused']);
  const { state } = container;
  if (isAlive(state)) await signalRun(container, state.process, signal);
  if (signal === sigkill && state.status === 'paused') await letDie(container, state.process);
  if (isMeantToEnd(container, signal)) await container.save({ stoppedByUser: true });
  await recordContainerEvent(container.parts, container.config, 'kill');
}

/** On cgroup v1 a frozen process notes its death when it is thawed; runc does that by itself, crun does not. */
async function letDie(container: LockedContainer, process: ProcessIdentity): Promise<void> {
  try {
    await resumeRun(container);
  } catch (failure) {
    if (!(await goneWithin(container.parts, process, patience))) throw failure;
  }
}

/** SIGINT, SIGQUIT, SIGKILL, SIGTERM. */
const ending: readonly number[] = [2, 3, 9, 15];

/** A process that is told to reload its configuration and fails later has not been stopped by its user. */
function isMeantToEnd({ config }: LockedContainer, signal: number): boolean {
  return ending.includes(signal) || signal === config.stopSignal;
}
