import type { ContainerConfig } from '../container/config.ts';
import { Container } from '../container/container.ts';
import { removalWaves } from '../container/removal-order.ts';
import type { RemoveOptions } from '../container/verbs/remove.ts';
import { EngineError } from '../errors.ts';
import { removePod } from '../pod/verbs/remove.ts';
import { settleEach } from '../settle-each.ts';
import type { RuntimeParts } from './parts.ts';

export interface RemoveContainersOptions extends RemoveOptions {
  /** Those that depend on them, too; and with an infra container its pod. Default: false. */
  readonly dependents?: boolean | undefined;
}

/** A container that was removed, by this call or by another one meanwhile, or could not be. */
export type RemovedContainer = { readonly id: string } & ({ readonly failure?: undefined } | { readonly failure: unknown });

/** @param ids of containers that may be gone meanwhile; undefined: every container, and with an infra container its pod. */
export async function removeContainers(
  parts: RuntimeParts,
  ids: readonly string[] | undefined,
  { dependents = false, ...options }: RemoveContainersOptions,
): Promise<RemovedContainer[]> {
  const known = new Map((await parts.state.containers()).map(({ config }) => [config.id, config]));
  const wanted = new Set(ids ?? known.keys());
  if (dependents) addDependents(wanted, known);
  const withPods = ids === undefined || dependents;
  const removeOne = (config: ContainerConfig): Promise<void> =>
    unlessGone(
      withPods && config.isInfra && config.pod !== undefined
        ? removePod(parts, config.pod, options)
        : new Container(parts, config).remove(options),
    );
  const failures = new Map<string, unknown>();
  for (const wave of removalWaves([...wanted].flatMap((id) => known.get(id) ?? []))) {
    const outcomes = await settleEach(wave, removeOne);
    for (const outcome of outcomes) if ('failure' in outcome) failures.set(outcome.item.id, outcome.failure);
  }
  return [...wanted].map((id) => (failures.has(id) ? { id, failure: failures.get(id) } : { id }));
}

function addDependents(wanted: Set<string>, known: ReadonlyMap<string, ContainerConfig>): void {
  for (const id of wanted) {
    for (const [other, { dependencies = [] }] of known) if (dependencies.includes(id)) wanted.add(other);
  }
}

async function unlessGone(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    const isGone = EngineError.isInstance(error) && (error.code === 'no-such-container' || error.code === 'no-such-pod');
    if (!isGone) throw error;
  }
}
