import { hasHealthCheck } from '../../health/config.ts';
import { beginChecks } from '../../health/schedule.ts';
import { beginRun } from '../../health/state.ts';
import { monotonicNow } from '../../monotonic-clock.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import { runtimeOf } from '../backends.ts';
import type { LockedContainer } from '../guard.ts';
import { tellServiceManager } from '../notify.ts';
import { finishRun } from './cleanup.ts';
import { type InitialiseOptions, initialise, undo } from './init.ts';

/**
 * Starts the container's process; one that is not initialised is initialised first. `beforeStart` runs in between, with the
 * process waiting: attach there. Answers false, and does nothing, when it runs already.
 *
 * When the runtime's start fails the container is cleaned up again.
 *
 * @throws {InvalidStateError} unless configured, created, stopped, exited or running.
 */
export async function start(
  container: LockedContainer,
  beforeStart?: () => Promise<void>,
  options?: InitialiseOptions,
): Promise<boolean> {
  container.require('start', ['configured', 'created', 'stopped', 'exited', 'running']);
  if (container.state.status === 'running') return false;
  const initialised = container.state.status === 'created' ? undefined : await initialise(container, options);
  try {
    await beforeStart?.();
    await runtimeOf(container.parts, container.config).start(container.config.id);
    await initialised?.placed;
  } catch (failure) {
    await undo(() => finishRun(container), failure);
  }
  const { health } = container.live;
  const runningSince = monotonicNow();
  const begun = hasHealthCheck(container.config.healthCheck) ? { health: beginRun(health, runningSince) } : {};
  await container.save({ event: { type: 'started', at: new Date().toISOString() }, runningSince, ...begun });
  await tellServiceManager(container.parts, container.config, container.live.monitor?.pid);
  await recordContainerEvent(container.parts, container.config, 'start');
  await beginChecks(container);
  return true;
}
