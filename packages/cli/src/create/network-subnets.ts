import { isIP } from 'node:net';
import { InvalidArgumentError, type SubnetRequest } from '@tspod/core';

export interface SubnetFlags {
  readonly subnets: readonly string[];
  readonly gateways: readonly string[];
  readonly ranges: readonly string[];
}

/**
 * Subnets of `network create`, each with its gateway and range, which are given in the same order. A range is a subnet in CIDR notation or
 * `first-last`.
 * @throws {InvalidArgumentError} `invalid-option`
 */
export function networkSubnets({ subnets, gateways, ranges }: SubnetFlags): SubnetRequest[] {
  if (subnets.length === 0 && gateways.length + ranges.length > 0) throw invalid('cannot set gateway or range without subnet');
  if (gateways.length > subnets.length) throw invalid('cannot set more gateways than subnets');
  if (ranges.length > subnets.length) throw invalid('cannot set more ranges than subnets');
  for (const gateway of gateways) {
    if (isIP(gateway) === 0) throw invalid(`invalid string being converted to IP address: ${gateway}`);
  }
  return subnets.map((subnet, index) => {
    if (!/^[^/]+\/\d+$/.test(subnet)) throw invalid(`invalid CIDR address: ${subnet}`);
    const range = ranges[index];
    return {
      subnet,
      ...(gateways[index] !== undefined && { gateway: gateways[index] }),
      ...(range !== undefined && { range }),
    };
  });
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option' });
}
