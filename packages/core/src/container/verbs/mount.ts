import { InvalidStateError } from '../../errors.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import { storageOf } from '../backends.ts';
import type { LockedContainer } from '../guard.ts';
import { displayStatus } from '../state.ts';

/** Mounts the root filesystem once more and answers its path on the host. */
export async function mount(container: LockedContainer): Promise<string> {
  const { parts, config } = container;
  const path = await storageOf(parts, config).mount(config.id);
  await recordContainerEvent(parts, config, 'mount');
  return path;
}

/**
 * Takes one mount back, or all of them, and answers whether it is still mounted. The mount that a started container lives on is not
 * among them.
 * @throws {InvalidStateError} `container-state-improper` when only that one is left, or all are to go.
 */
export async function unmount(container: LockedContainer, force: boolean): Promise<boolean> {
  const { parts, config, state, live } = container;
  const storage = storageOf(parts, config);
  const mounts = (await storage.lookup(config.id))?.mountCount ?? 0;
  if (live.mountPoint !== undefined && (force || mounts <= 1)) {
    throw new InvalidStateError(`cannot unmount storage of container ${config.id}, which is ${displayStatus(state)}`, {
      code: 'container-state-improper',
      actual: state.status,
      allowed: ['configured', 'exited'],
    });
  }
  const isMounted = await storage.unmount(config.id, { force });
  if (mounts > 0) await recordContainerEvent(parts, config, 'unmount');
  return isMounted;
}
