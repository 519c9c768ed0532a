import type { PortMapping } from '../contracts/network.ts';
import type { StoredContainer } from '../contracts/state-store.ts';
import { joinedContainer } from '../spec/namespaces.ts';

/** One port of the host that leads to one of a container. */
export type PublishedPort = Omit<PortMapping, 'range'>;

/** Ports that lead to a container: its own, or those of the container whose network it is in. */
export function portsOf(stored: StoredContainer, find: (id: string) => StoredContainer | undefined): readonly PortMapping[] {
  const owner = joinedContainer(stored.config.network);
  const other = owner === undefined ? undefined : find(owner);
  return other === undefined ? (stored.config.networking?.ports ?? []) : portsOf(other, find);
}

/** Ranges as single ports. */
export function singlePorts(mappings: readonly PortMapping[]): PublishedPort[] {
  return mappings.flatMap(({ range, ...mapping }) =>
    Array.from({ length: range }, (_, offset) => ({
      ...mapping,
      hostPort: mapping.hostPort + offset,
      containerPort: mapping.containerPort + offset,
    })),
  );
}
