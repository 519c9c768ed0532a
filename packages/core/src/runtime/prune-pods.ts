import { EngineError } from '../errors.ts';
import { PodFailedError } from '../pod/errors.ts';
import { membersOf } from '../pod/members.ts';
import { podStatus } from '../pod/status.ts';
import { removePod } from '../pod/verbs/remove.ts';
import type { RuntimeParts } from './parts.ts';

/** A pod that was pruned, or could not be. */
export type PrunedPod = { readonly id: string } & ({ readonly failure?: undefined } | { readonly failure: unknown });

/** Removes the pods of which nothing runs any more, each for itself. One that begins to run meanwhile, or is gone, is left out. */
export async function prunePods(parts: RuntimeParts): Promise<PrunedPod[]> {
  const pruned: PrunedPod[] = [];
  for (const { config } of await parts.state.pods()) {
    const status = podStatus((await membersOf(parts, config.id)).map(({ state }) => state.status));
    if (status !== 'Exited' && status !== 'Stopped') continue;
    try {
      await removePod(parts, config.id);
      pruned.push({ id: config.id });
    } catch (failure) {
      if (!isNoLongerPrunable(failure)) pruned.push({ id: config.id, failure });
    }
  }
  return pruned;
}

function isNoLongerPrunable(error: unknown): boolean {
  if (EngineError.isInstance(error) && error.code === 'no-such-pod') return true;
  if (!(error instanceof PodFailedError)) return false;
  return [...error.failures.values()].some((one) => EngineError.isInstance(one) && one.code === 'container-running');
}
