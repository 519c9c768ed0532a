import { Container } from '../container/container.ts';
import { isNoSuchContainer } from '../container/no-such-container.ts';
import { refresh } from '../container/refresh.ts';
import type { ContainerState } from '../container/state.ts';
import type { StoredContainer } from '../contracts/state-store.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { PodConfig } from './config.ts';
import { noSuchPod, PodFailedError } from './errors.ts';
import { inDependencyOrder } from './order.ts';

/** A container of a pod whose lock is held. */
export interface Member {
  readonly stored: StoredContainer;
  readonly container: Container;
  /** As it was when the pod was locked. */
  readonly state: ContainerState;
}

/** Takes the pod's lock, and lets `act` work on its containers, in dependency order. @throws {NotFoundError} `no-such-pod` */
export async function withPod<Result>(
  parts: RuntimeParts,
  id: string,
  act: (pod: PodConfig, members: readonly Member[]) => Promise<Result>,
): Promise<Result> {
  const lock = await parts.locker.acquire(id, { transient: true });
  let gone = true;
  try {
    const pod = await parts.state.pod(id);
    if (pod === undefined) throw noSuchPod(id);
    gone = false;
    const result = await act(pod.config, await membersOf(parts, id));
    gone = (await parts.state.pod(id)) === undefined;
    return result;
  } finally {
    await lock.release({ forget: gone });
  }
}

export async function membersOf(parts: RuntimeParts, id: string): Promise<Member[]> {
  const stored = inDependencyOrder(await parts.state.podContainers(id), ({ config }) => config);
  return Promise.all(
    stored.map(async (one) => ({
      stored: one,
      container: new Container(parts, one.config),
      state: (await refresh(parts, one)).state,
    })),
  );
}

/** Does the same to each, one after the other; each failure is kept, and what is gone meanwhile is none. @throws {PodFailedError} */
export async function forEachMember(
  pod: PodConfig,
  doing: string,
  members: readonly Member[],
  act: (member: Member) => Promise<void>,
): Promise<void> {
  const failures = new Map<string, unknown>();
  for (const member of members) {
    try {
      await act(member);
    } catch (error) {
      if (!isNoSuchContainer(error)) failures.set(member.container.id, error);
    }
  }
  if (failures.size > 0) throw new PodFailedError(pod.id, doing, failures);
}
