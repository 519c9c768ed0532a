import type { StopOptions } from '../../container/verbs/stop.ts';
import { recordEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import type { PodConfig } from '../config.ts';
import { forEachMember, type Member, withPod } from '../members.ts';

/** Stops every container of a pod, those that others depend on last. @throws {PodFailedError}; the signal's reason when aborted. */
export async function stopPod(parts: RuntimeParts, id: string, options: StopOptions = {}): Promise<void> {
  await withPod(parts, id, (pod, members) => stopMembers(parts, pod, members, options));
}

/** The same, while the pod's lock is held. */
export async function stopMembers(
  parts: RuntimeParts,
  pod: PodConfig,
  members: readonly Member[],
  options: StopOptions,
): Promise<void> {
  try {
    await forEachMember(pod, 'stopping', members.toReversed(), ({ container }) => container.stop(options));
  } catch (failure) {
    options.signal?.throwIfAborted();
    throw failure;
  }
  await recordEvent(parts, { type: 'pod', action: 'stop', id: pod.id, name: pod.name, attributes: pod.labels });
}
