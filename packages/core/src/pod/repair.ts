import type { Intent } from '../contracts/state-store.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { finishPodRemoval, removeMembers } from './verbs/remove.ts';

/** Undoes an unfinished creation of a pod, completes an unfinished removal; the pod's lock is held. Its containers go in both cases. */
export async function finishPodIntent(parts: RuntimeParts, { id, kind }: Extract<Intent, { object: 'pod' }>): Promise<void> {
  const pod = await parts.state.pod(id);
  if (kind === 'remove' && pod !== undefined) return finishPodRemoval(parts, pod.config, 0);
  await removeMembers(parts, id, 0);
  await parts.state.abandonPod(id);
}
