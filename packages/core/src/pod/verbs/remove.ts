import { lockContainer } from '../../container/guard.ts';
import { unlessGone } from '../../container/no-such-container.ts';
import { type ContainerState, displayStatus, isAlive } from '../../container/state.ts';
import { type RemoveOptions, remove } from '../../container/verbs/remove.ts';
import type { Lock } from '../../contracts/locker.ts';
import { InvalidStateError } from '../../errors.ts';
import { recordEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import type { PodConfig } from '../config.ts';
import { PodFailedError } from '../errors.ts';
import { type Member, membersOf, withPod } from '../members.ts';
import { inDependencyOrder } from '../order.ts';

/**
 * Removes a pod with its containers. From its beginning no container can join; an interrupted removal is finished by the next command.
 * @throws {PodFailedError} when a container besides the infra container runs and `force` is not given.
 */
export async function removePod(parts: RuntimeParts, id: string, options: RemoveOptions = {}): Promise<void> {
  await withPod(parts, id, async (pod, members) => {
    if (options.force) await parts.state.beginPodRemoval(id);
    else await beginUnlessRunning(parts, pod, members);
    await finishPodRemoval(parts, pod, options.timeout);
  });
}

/** All containers are locked meanwhile: none can start between the look at it and the mark by which none can start any more. */
async function beginUnlessRunning(parts: RuntimeParts, pod: PodConfig, members: readonly Member[]): Promise<void> {
  const locks: Lock[] = [];
  const failures = new Map<string, unknown>();
  try {
    for (const { stored } of members.toSorted((one, other) => (one.container.id < other.container.id ? -1 : 1))) {
      const locked = await unlessGone(lockContainer(parts, stored.config.id));
      if (locked === undefined) continue;
      locks.push(locked.lock);
      const { state, config } = locked.container;
      if (!config.isInfra && isAlive(state) && state.status !== 'created') failures.set(config.id, stillRuns(config.id, state));
    }
    if (failures.size === 0) return await parts.state.beginPodRemoval(pod.id);
  } finally {
    for (const lock of locks) await lock.release();
  }
  if (pod.infraId !== undefined) failures.set(pod.infraId, stillNeeded(pod.infraId));
  throw new PodFailedError(pod.id, 'removing', failures);
}

/** The removal itself, also of a pod that is half removed; its lock is held. */
export async function finishPodRemoval(parts: RuntimeParts, pod: PodConfig, timeout: number | undefined): Promise<void> {
  await removeMembers(parts, pod.id, timeout);
  if (pod.cgroupPath !== undefined) await parts.host.removeCgroup(pod.cgroupPath);
  await parts.state.finishPodRemoval(pod.id);
  await recordEvent(parts, { type: 'pod', action: 'remove', id: pod.id, name: pod.name, attributes: pod.labels });
}

/** Those that others depend on last. */
export async function removeMembers(parts: RuntimeParts, podId: string, timeout: number | undefined): Promise<void> {
  const members = inDependencyOrder(await membersOf(parts, podId), ({ stored }) => stored.config);
  for (const { container } of members.toReversed()) {
    await unlessGone(remove(parts, container.id, { force: true, timeout, withPod: true, volumes: true }));
  }
}

function stillNeeded(id: string): InvalidStateError {
  return new InvalidStateError(`a container that depends on container ${id} could not be removed: container state improper`, {
    code: 'container-in-use',
    actual: 'running',
    allowed: [],
  });
}

function stillRuns(id: string, state: ContainerState): InvalidStateError {
  return new InvalidStateError(
    `cannot remove container ${id} as it is ${displayStatus(state)} - running or paused containers cannot be removed without force: container state improper`,
    { code: 'container-running', actual: state.status, allowed: ['configured', 'created', 'stopped', 'exited', 'unknown'] },
  );
}
