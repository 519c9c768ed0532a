import { recordContainerEvent } from '../../runtime/events.ts';
import type { LockedContainer } from '../guard.ts';
import { shouldRestart } from '../restart-policy.ts';
import { start } from './start.ts';

/**
 * Starts a container again whose process has ended by itself, if its policy says so; answers whether it did. One that was cleaned up,
 * stopped or started meanwhile is left alone: who held the lock before has decided.
 */
export async function restartByPolicy(container: LockedContainer): Promise<boolean> {
  if (!shouldRestart(container.config, container.live)) return false;
  const restarts = (container.live.restarts ?? 0) + 1;
  await recordContainerEvent(container.parts, container.config, 'restart');
  return start(container, undefined, { restarts });
}
