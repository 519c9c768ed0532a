import { EngineError } from '../../errors.ts';
import { recordEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { forEachMember, withPod } from '../members.ts';

/** Freezes every container of a pod that runs, those that others depend on last. @throws {PodFailedError} */
export async function pausePod(parts: RuntimeParts, id: string): Promise<void> {
  await withPod(parts, id, async (pod, members) => {
    const running = members.filter(({ state }) => state.status === 'running').toReversed();
    await forEachMember(pod, 'pausing', running, ({ container }) => unlessImproper(container.pause()));
    await recordEvent(parts, { type: 'pod', action: 'pause', id, name: pod.name, attributes: pod.labels });
  });
}

/** One that has ended or was paused since the pod was looked at is as good as done. */
export async function unlessImproper(act: Promise<void>): Promise<void> {
  try {
    await act;
  } catch (error) {
    if (!(EngineError.isInstance(error) && error.code === 'container-state-improper')) throw error;
  }
}
