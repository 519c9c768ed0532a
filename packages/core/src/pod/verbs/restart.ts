import type { StopOptions } from '../../container/verbs/stop.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { membersOf, withPod } from '../members.ts';
import { startMembers } from './start.ts';
import { stopMembers } from './stop.ts';

/** Stops every container of a pod and starts it again; nothing else can be done to the pod in between. @throws {PodFailedError} */
export async function restartPod(parts: RuntimeParts, id: string, options: StopOptions = {}): Promise<void> {
  await withPod(parts, id, async (pod, members) => {
    await stopMembers(parts, pod, members, options);
    await startMembers(parts, pod, await membersOf(parts, id), 'restarting');
  });
}
