import { InvalidStateError } from '../../errors.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { attendanceLock } from '../attendance.ts';
import { type LockedContainer, withLocked } from '../guard.ts';
import type { ContainerStatus } from '../state.ts';
import { start } from './start.ts';
import { type StopOptions, stop } from './stop.ts';

const restartable: readonly ContainerStatus[] = ['configured', 'created', 'running', 'stopped', 'exited'];

/**
 * Stops a container if it runs, as `stop` does, and starts it. One that is to remove itself at its end stays: the exit command of
 * the ended run waits for the attendance that is held meanwhile, and then finds nothing to do.
 *
 * @throws {InvalidStateError} unless configured, created, running, stopped or exited.
 */
export async function restart(parts: RuntimeParts, id: string, options: StopOptions = {}): Promise<void> {
  await withLocked(parts, id, async (container) => requireRestartable(container));
  const attendance = await parts.locker.tryAcquire(attendanceLock(id));
  try {
    await withLocked(parts, id, async ({ config }) => recordContainerEvent(parts, config, 'restart'));
    await stop(parts, id, options);
    await withLocked(parts, id, (container) => start(container));
  } finally {
    await attendance?.release({ forget: true });
  }
}

function requireRestartable({ state }: LockedContainer): void {
  if (restartable.includes(state.status)) return;
  throw new InvalidStateError('unable to restart a container in a paused or unknown state: container state improper', {
    code: 'container-state-improper',
    actual: state.status,
    allowed: restartable,
  });
}
