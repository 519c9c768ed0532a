import { recordContainerEvent } from '../../runtime/events.ts';
import { runtimeOf } from '../backends.ts';
import type { LockedContainer } from '../guard.ts';

/**
 * Sends a signal to the container's first process.
 * @throws {InvalidStateError} unless running, stopping or paused.
 */
export async function kill(container: LockedContainer, signal: number): Promise<void> {
  container.require('kill', ['running', 'stopping', 'paused']);
  await runtimeOf(container.parts, container.config).kill(container.config.id, signal);
  if (isMeantToEnd(container, signal)) await container.save({ stoppedByUser: true });
  await recordContainerEvent(container.parts, container.config, 'kill');
}

/** SIGINT, SIGQUIT, SIGKILL, SIGTERM. */
const ending: readonly number[] = [2, 3, 9, 15];

/** A process that is told to reload its configuration and fails later has not been stopped by its user. */
function isMeantToEnd({ config }: LockedContainer, signal: number): boolean {
  return ending.includes(signal) || signal === config.stopSignal;
}
