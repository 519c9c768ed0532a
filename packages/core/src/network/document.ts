import type { NetworkDefinition } from '../contracts/network.ts';

/** podman's `network inspect` document. */
export type NetworkInspect = ReturnType<typeof inspectNetwork>;

export function inspectNetwork(network: NetworkDefinition) {
  return {
    name: network.name,
    id: network.id,
    driver: network.driver,
    ...(network.interfaceName !== '' && { network_interface: network.interfaceName }),
    created: network.createdAt,
    ...(network.subnets.length > 0 && {
      subnets: network.subnets.map(({ subnet, gateway, leaseRange }) => ({
        subnet,
        ...(gateway !== undefined && { gateway }),
        ...(leaseRange !== undefined && {
          lease_range: {
            ...(leaseRange.start !== undefined && { start_ip: leaseRange.start }),
            ...(leaseRange.end !== undefined && { end_ip: leaseRange.end }),
          },
        }),
      })),
    }),
    ipv6_enabled: network.ipv6,
    internal: network.internal,
    dns_enabled: network.dns,
    ...(Object.keys(network.labels).length > 0 && { labels: network.labels }),
    ...(Object.keys(network.options).length > 0 && { options: network.options }),
    ipam_options: { driver: network.ipamDriver },
  };
}
