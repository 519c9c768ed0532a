import { recordEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { parseSignal } from '../../signals.ts';
import { forEachMember, withPod } from '../members.ts';

/** Sends a signal to the first process of every container of a pod that runs or is paused. @throws {PodFailedError} */
export async function killPod(parts: RuntimeParts, id: string, signal: string | number): Promise<void> {
  const number = parseSignal(signal);
  await withPod(parts, id, async (pod, members) => {
    const alive = members.filter(({ state }) => ['running', 'stopping', 'paused'].includes(state.status));
    await forEachMember(pod, 'killing', alive, ({ container }) => container.kill(number));
    await recordEvent(parts, { type: 'pod', action: 'kill', id, name: pod.name, attributes: pod.labels });
  });
}
