import type { ContainerState } from '../container/state.ts';
import { attachmentsOf } from '../network/sandbox.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { PodConfig } from './config.ts';
import { membersOf } from './members.ts';
import { type PodStatus, podStatus } from './status.ts';

/** What a listing shows of a pod. */
export interface PodSummary {
  readonly config: PodConfig;
  readonly status: PodStatus;
  /** The infra container first, then as they were made. */
  readonly containers: readonly { readonly id: string; readonly name: string; readonly state: ContainerState }[];
  /** Network modes of the infra container. */
  readonly networks: readonly string[];
}

export async function summarisePod(parts: RuntimeParts, config: PodConfig): Promise<PodSummary> {
  const members = (await membersOf(parts, config.id)).toSorted((one, other) => {
    const [first, second] = [one.stored.config, other.stored.config];
    return Number(second.isInfra ?? false) - Number(first.isInfra ?? false) || (first.createdAt < second.createdAt ? -1 : 1);
  });
  const infra = members.find(({ stored }) => stored.config.isInfra)?.stored;
  return {
    config,
    status: podStatus(members.map(({ state }) => state.status)),
    containers: members.map(({ container: { id, name }, state }) => ({ id, name, state })),
    networks: infra === undefined ? [] : attachmentsOf(infra.config, infra.networks).map(({ network }) => network),
  };
}
