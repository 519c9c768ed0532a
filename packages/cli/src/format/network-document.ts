import type { NetworkDefinition } from '@tspod/core';

/** A network with the field names that podman's templates have. */
export function templateNetwork(network: NetworkDefinition) {
  return {
    Name: network.name,
    ID: network.id,
    Driver: network.driver,
    NetworkInterface: network.interfaceName,
    Created: network.createdAt,
    Subnets: network.subnets.map(({ subnet, gateway = '', leaseRange }) => ({
      Subnet: subnet,
      Gateway: gateway,
      LeaseRange: leaseRange === undefined ? null : { StartIP: leaseRange.start ?? '', EndIP: leaseRange.end ?? '' },
    })),
    IPv6Enabled: network.ipv6,
    Internal: network.internal,
    DNSEnabled: network.dns,
    Labels: network.labels,
    Options: network.options,
    IPAMOptions: { driver: network.ipamDriver },
  };
}
