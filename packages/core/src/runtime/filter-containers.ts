import { type ContainerFilters, containerFilter, type FilterSubject } from '../container/filters.ts';
import { isNoSuchContainer } from '../container/no-such-container.ts';
import { networkNames } from '../container/summary.ts';
import type { LiveState, StoredContainer } from '../contracts/state-store.ts';
import { EngineError } from '../errors.ts';
import type { RuntimeParts } from './parts.ts';

/** A container with its state as it is now. */
export interface ListedContainer {
  readonly stored: StoredContainer;
  readonly live: LiveState;
}

/**
 * Those that the filters choose.
 * @throws {InvalidArgumentError} `invalid-filter`; {NotFoundError} `no-such-container` for one that a filter names.
 */
export async function filterContainers<Listed extends ListedContainer>(
  parts: RuntimeParts,
  listed: readonly Listed[],
  filters: ContainerFilters,
  verb: 'list' | 'prune' = 'list',
): Promise<readonly Listed[]> {
  const lookups = { container: async (name: string) => (await parts.state.lookup(name)).config, now: Date.now };
  const fits = await containerFilter(await withNetworkNames(parts, filters), lookups, verb);
  const podNames = filters.pod === undefined ? new Map<string, string>() : await namesOfPods(parts);
  return listed.filter((one) => {
    try {
      return fits(subjectOf(one, podNames));
    } catch (error) {
      if (isNoSuchContainer(error)) return false; // removed since it was listed
      throw error;
    }
  });
}

/** Networks may be named by their ids, too. */
async function withNetworkNames(parts: RuntimeParts, filters: ContainerFilters): Promise<ContainerFilters> {
  if (filters.network === undefined || parts.networks === undefined) return filters;
  const backend = await parts.networks();
  const nameOf = async (value: string) => {
    try {
      return (await backend.lookup(value)).name;
    } catch (error) {
      if (EngineError.isInstance(error)) return value;
      throw error;
    }
  };
  return { ...filters, network: await Promise.all(filters.network.map(nameOf)) };
}

async function namesOfPods(parts: RuntimeParts): Promise<ReadonlyMap<string, string>> {
  return new Map((await parts.state.pods()).map(({ config: { id, name } }) => [id, name]));
}

function subjectOf(
  { stored, live: { state, stoppedByUser, health } }: ListedContainer,
  podNames: ReadonlyMap<string, string>,
): FilterSubject {
  const { config } = stored;
  const networks = networkNames(stored);
  const podName = podNames.get(config.pod ?? '');
  return { config, state, stoppedByUser, networks, podId: config.pod, podName, health: health?.status };
}
