import { InvalidStateError } from '../../errors.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import type { LockedContainer } from '../guard.ts';
import { throughRuntime } from '../run-on-runtime.ts';
import { undo } from './init.ts';

/**
 * Lets a paused container go on.
 * @throws {InvalidStateError} unless paused.
 */
export async function unpause(container: LockedContainer): Promise<void> {
  const { parts, config } = container;
  if (container.state.status !== 'paused') {
    throw new InvalidStateError(`"${config.id}" is not paused, can't unpause: container state improper`, {
      code: 'container-state-improper',
      actual: container.state.status,
      allowed: ['paused'],
    });
  }
  await container.save({ freezing: 'change' });
  try {
    await throughRuntime(container, (runtime) => runtime.resume(config.id));
  } catch (failure) {
    return undo(() => container.save({ freezing: undefined }), failure);
  }
  await container.save({ event: { type: 'unpaused' }, freezing: undefined });
  await recordContainerEvent(parts, config, 'unpause');
}
