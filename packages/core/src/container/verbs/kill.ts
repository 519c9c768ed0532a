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
  await recordContainerEvent(container.parts, container.config, 'kill');
}
