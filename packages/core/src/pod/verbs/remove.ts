import { isAlive } from '../../container/state.ts';
import { type RemoveOptions, remove } from '../../container/verbs/remove.ts';
import { InvalidStateError } from '../../errors.ts';
import { recordEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import type { PodConfig } from '../config.ts';
import { PodFailedError } from '../errors.ts';
import { membersOf, withPod } from '../members.ts';
import { inDependencyOrder } from '../order.ts';

/**
 * Removes a pod with its containers. From its beginning no container can join; an interrupted removal is finished by the next command.
 * @throws {PodFailedError} when a container besides the infra container runs and `force` is not given.
 */
export async function removePod(parts: RuntimeParts, id: string, options: RemoveOptions = {}): Promise<void> {
  await withPod(parts, id, async (pod, members) => {
    const running = members.filter(({ stored, state }) => !stored.config.isInfra && isAlive(state) && state.status !== 'created');
    if (running.length > 0 && !options.force) {
      const failures = new Map(running.map(({ container, state }) => [container.id, stillRuns(container.id, state.status)]));
      throw new PodFailedError(pod.id, 'removing', failures);
    }
    await parts.state.beginPodRemoval(id);
    await finishPodRemoval(parts, pod, options.timeout);
  });
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
  for (const { container } of members.toReversed()) await remove(parts, container.id, { force: true, timeout, withPod: true });
}

function stillRuns(id: string, status: string): InvalidStateError {
  return new InvalidStateError(
    `cannot remove container ${id} as it is ${status} - running or paused containers cannot be removed without force: container state improper`,
    { code: 'container-running', actual: status, allowed: ['configured', 'created', 'stopped', 'exited', 'unknown'] },
  );
}
