import { remove } from '../container/verbs/remove.ts';
import type { Intent } from '../contracts/state-store.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { inDependencyOrder } from './order.ts';

/** Undoes an unfinished creation of a pod, completes an unfinished removal; the pod's lock is held. Its containers go in both cases. */
export async function finishPodIntent(parts: RuntimeParts, { id, kind }: Intent): Promise<void> {
  const members = await parts.state.podContainers(id);
  for (const { config } of inDependencyOrder(members, (member) => member.config).reverse()) {
    await remove(parts, config.id, { force: true, timeout: 0 });
  }
  if (kind === 'create') await parts.state.abandonPod(id);
  else await parts.state.finishPodRemoval(id);
}
