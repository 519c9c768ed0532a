import type { ContainerConfig } from '../container/config.ts';
import type { ContainerFilters } from '../container/filters.ts';
import { refresh } from '../container/refresh.ts';
import { removalWaves } from '../container/removal-order.ts';
import type { ContainerStatus } from '../container/state.ts';
import { remove } from '../container/verbs/remove.ts';
import { EngineError } from '../errors.ts';
import { type Outcome, settleEach } from '../settle-each.ts';
import { filterContainers } from './filter-containers.ts';
import type { RuntimeParts } from './parts.ts';

/** A container that was pruned, or could not be. */
export type PrunedContainer = { readonly id: string } & ({ readonly failure?: undefined } | { readonly failure: unknown });

const prunable: readonly ContainerStatus[] = ['configured', 'created', 'stopped', 'exited'];

/** The reasons for which a container is none to be pruned any more: it is gone, or was started. */
const passed: readonly string[] = ['no-such-container', 'container-running'];

/** Containers of pods are left to their pods. */
export async function pruneContainers(parts: RuntimeParts, filters: ContainerFilters): Promise<PrunedContainer[]> {
  const stored = await parts.state.containers();
  const listed = await Promise.all(stored.map(async (one) => ({ stored: one, live: await refresh(parts, one) })));
  const idle = listed.filter(({ stored: { config }, live }) => config.pod === undefined && prunable.includes(live.state.status));
  const chosen = await filterContainers(parts, idle, filters, 'prune');
  const outcomes: Outcome<ContainerConfig, void>[] = [];
  for (const wave of removalWaves(chosen.map(({ stored }) => stored.config))) {
    outcomes.push(...(await settleEach(wave, ({ id }) => remove(parts, id))));
  }
  return outcomes.flatMap((outcome): PrunedContainer[] => {
    const { id } = outcome.item;
    if (!('failure' in outcome)) return [{ id }];
    const { failure } = outcome;
    return EngineError.isInstance(failure) && passed.includes(failure.code) ? [] : [{ id, failure }];
  });
}
