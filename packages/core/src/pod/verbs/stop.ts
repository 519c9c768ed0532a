import type { StopOptions } from '../../container/verbs/stop.ts';
import { recordEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { forEachMember, withPod } from '../members.ts';

/** Stops every container of a pod, those that others depend on last. @throws {PodFailedError} */
export async function stopPod(parts: RuntimeParts, id: string, options: StopOptions = {}): Promise<void> {
  await withPod(parts, id, async (pod, members) => {
    await forEachMember(pod, 'stopping', members.toReversed(), ({ container }) => container.stop(options));
    await recordEvent(parts, { type: 'pod', action: 'stop', id, name: pod.name, attributes: pod.labels });
  });
}
