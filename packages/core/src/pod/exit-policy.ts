import { refresh } from '../container/refresh.ts';
import { isAlive } from '../container/state.ts';
import { stop } from '../container/verbs/stop.ts';
import type { RuntimeParts } from '../runtime/parts.ts';

/**
 * What a pod with the exit policy `stop` does when one of its containers has ended: once none but the infra container is left, that one is
 * stopped, too. Waits for whoever is at work on the whole pod, and looks at what that has left; so it must not be called by him.
 */
export async function applyExitPolicy(parts: RuntimeParts, podId: string): Promise<void> {
  const pod = await parts.state.pod(podId);
  if (pod === undefined || pod.removing || pod.config.exitPolicy !== 'stop' || pod.config.infraId === undefined) return;
  const lock = await parts.locker.acquire(podId);
  let gone = true;
  try {
    gone = (await parts.state.pod(podId)) === undefined;
    if (gone) return;
    const members = await parts.state.podContainers(podId);
    const states = await Promise.all(members.map((member) => refresh(parts, member)));
    const isLeft = members.some(({ config }, index) => {
      const state = states[index]?.state;
      return !config.isInfra && state !== undefined && isAlive(state) && state.status !== 'created';
    });
    if (!isLeft) await stop(parts, pod.config.infraId);
  } finally {
    await lock.release({ forget: gone });
  }
}
