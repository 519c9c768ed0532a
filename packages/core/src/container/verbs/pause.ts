import { InvalidStateError } from '../../errors.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import type { LockedContainer } from '../guard.ts';
import { throughRuntime } from '../run-on-runtime.ts';
import { displayStatus } from '../state.ts';
import { undo } from './init.ts';

/**
 * Freezes every process of the container.
 * @throws {InvalidStateError} unless running.
 */
export async function pause(container: LockedContainer): Promise<void> {
  const { parts, config } = container;
  if (container.state.status !== 'running') {
    const complaint =
      container.state.status === 'paused'
        ? `"${config.id}" is already paused`
        : `"${displayStatus(container.state)}" is not running, can't pause`;
    throw new InvalidStateError(`${complaint}: container state improper`, {
      code: 'container-state-improper',
      actual: container.state.status,
      allowed: ['running'],
    });
  }
  await container.save({ freezing: 'change' });
  try {
    await throughRuntime(container, (runtime) => runtime.pause(config.id));
  } catch (failure) {
    return undo(() => container.save({ freezing: undefined }), failure);
  }
  await container.save({ event: { type: 'paused' }, freezing: undefined });
  await recordContainerEvent(parts, config, 'pause');
}
