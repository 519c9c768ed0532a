import { recordEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { forEachMember, withPod } from '../members.ts';
import { unlessImproper } from './pause.ts';

/** Lets every paused container of a pod go on, those that others depend on first. @throws {PodFailedError} */
export async function unpausePod(parts: RuntimeParts, id: string): Promise<void> {
  await withPod(parts, id, async (pod, members) => {
    const paused = members.filter(({ state }) => state.status === 'paused');
    await forEachMember(pod, 'unpausing', paused, ({ container }) => unlessImproper(container.unpause()));
    await recordEvent(parts, { type: 'pod', action: 'unpause', id, name: pod.name, attributes: pod.labels });
  });
}
