import { lockContainer } from '../container/guard.ts';
import { isNoSuchContainer } from '../container/no-such-container.ts';
import { refresh } from '../container/refresh.ts';
import type { ContainerState } from '../container/state.ts';
import type { Sandboxes } from '../contracts/network.ts';
import type { RuntimeParts } from '../runtime/parts.ts';

/** What is kept of the network of a container that does not run, or is gone. */
export interface OrphanedSandbox {
  readonly containerId: string;
  /** Takes it down, unless somebody is at the container or it runs again. */
  remove(): Promise<void>;
}

/** Takes down what processes that died, and stores that were taken away under the engine, have left. */
export async function sweepSandboxes(parts: RuntimeParts): Promise<void> {
  for (const { containerId, remove } of await orphanedSandboxes(parts)) {
    parts.log('info', `taking down the network of container ${containerId}, which does not run`);
    await remove();
  }
}

export async function orphanedSandboxes(parts: RuntimeParts): Promise<OrphanedSandbox[]> {
  const orphans: OrphanedSandbox[] = [];
  for (const backend of await backendsOf(parts)) {
    for (const containerId of await backend.sandboxes()) {
      if (await mayHaveSandbox(parts, containerId)) continue;
      orphans.push({ containerId, remove: () => removeOrphan(parts, backend, containerId) });
    }
  }
  return orphans;
}

type Backend = Pick<Sandboxes<never>, 'sandboxes' | 'leave'>;

async function backendsOf({ networks, userModeNetwork }: RuntimeParts): Promise<Backend[]> {
  return (await Promise.all([networks?.(), userModeNetwork?.()])).filter((backend) => backend !== undefined);
}

/** It runs or its end is to be tended to, or somebody who has its lock starts or ends it. */
async function mayHaveSandbox(parts: RuntimeParts, id: string): Promise<boolean> {
  const stored = await parts.state.container(id);
  if (stored !== undefined && !isAtRest((await refresh(parts, stored)).state)) return true;
  const lock = await parts.locker.tryAcquire(id, { transient: true });
  await lock?.release({ forget: stored === undefined });
  return lock === undefined;
}

function isAtRest({ status }: ContainerState): boolean {
  return status === 'configured' || status === 'exited';
}

async function removeOrphan(parts: RuntimeParts, backend: Backend, id: string): Promise<void> {
  try {
    const { lock, container } = await lockContainer(parts, id);
    try {
      if (isAtRest(container.state)) await backend.leave(id);
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (!isNoSuchContainer(error)) throw error;
    const lock = await parts.locker.acquire(id, { transient: true });
    try {
      await backend.leave(id);
    } finally {
      await lock.release({ forget: true });
    }
  }
}
