import { networkInterfaces } from 'node:os';
import {
  AlreadyExistsError,
  generateId,
  InvalidArgumentError,
  type NetworkDefinition,
  type NetworkRequest,
  NotSupportedError,
  randomBytes,
  type Subnet,
  type SubnetRequest,
  UnavailableError,
} from '@tspod/core';
import {
  contains,
  formatAddress,
  formatPrefix,
  lastOf,
  next,
  nextPrefix,
  overlap,
  type Prefix,
  parseAddress,
  parsePrefix,
} from './address.ts';
import type { SubnetPool } from './netavark-settings.ts';
import type { NetworkFile } from './network-files.ts';

/** Words that `--network` knows; a network of such a name could not be joined. */
const modeNames = ['bridge', 'container', 'default', 'host', 'none', 'ns', 'pasta', 'private', 'slirp4netns'];

const bridgeOptions = ['mtu', 'vlan', 'isolate', 'metric'];
const macvlanOptions = ['mode', 'mtu', 'parent', 'metric'];
const macvlanModes = ['bridge', 'private', 'vepa', 'passthru'];

export interface Surroundings {
  readonly existing: ReadonlyMap<string, NetworkFile>;
  readonly pools: readonly SubnetPool[];
}

/** What a request means on this machine: everything that it leaves open is chosen. @throws as `Network.create` says. */
export function defineNetwork(request: NetworkRequest, { existing, pools }: Surroundings): NetworkDefinition {
  const { name, driver = 'bridge' } = request;
  if (name !== undefined) checkNetworkName(name, existing);
  const common = {
    id: freshId(existing),
    driver,
    createdAt: new Date().toISOString(),
    internal: request.internal ?? false,
    dns: request.dns ?? true,
    labels: { ...request.labels },
    ipamDriver: checkIpamDriver(request.ipamDriver),
  };
  if (driver === 'bridge') {
    const interfaceName = request.interfaceName ?? freeInterface(existing);
    checkInterface(interfaceName, existing);
    const subnets = bridgeSubnets(request, common.ipamDriver, { existing, pools });
    return {
      ...common,
      name: name ?? interfaceName,
      interfaceName,
      options: checkOptions('bridge', bridgeOptions, request.options ?? {}),
      subnets,
      ipv6: request.ipv6 === true || subnets.some(({ subnet }) => subnet.includes(':')),
    };
  }
  if (driver === 'macvlan') {
    const { parent, ...options } = checkOptions('macvlan', macvlanOptions, request.options ?? {});
    const interfaceName = request.interfaceName ?? parent ?? '';
    if (interfaceName !== '' && networkInterfaces()[interfaceName] === undefined) {
      throw invalid(`parent interface ${interfaceName} does not exist`);
    }
    if ((request.subnets ?? []).length === 0 && common.ipamDriver === 'host-local') {
      throw invalid('macvlan driver needs at least one subnet specified, DHCP is not yet supported with netavark');
    }
    // that of the parent, mostly: it is used on the host
    const subnets = checkSubnets(request.subnets ?? [], common.internal, []);
    return {
      ...common,
      name: name ?? freeInterface(existing),
      interfaceName,
      options,
      subnets,
      ipv6: request.ipv6 === true || subnets.some(({ subnet }) => subnet.includes(':')),
    };
  }
  throw new NotSupportedError(`unsupported driver ${driver}: invalid argument`, {
    code: 'network-driver',
    hint: 'use bridge or macvlan',
  });
}

function checkNetworkName(name: string, existing: ReadonlyMap<string, NetworkFile>): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    throw new InvalidArgumentError(
      `network name ${name} invalid: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument`,
      { code: 'invalid-name' },
    );
  }
  if (modeNames.includes(name)) {
    throw new InvalidArgumentError(`cannot create network with name "${name}" because it conflicts with a valid network mode`, {
      code: 'invalid-name',
    });
  }
  if (existing.has(name)) {
    throw new AlreadyExistsError(`network name ${name} already used: network already exists`, { code: 'network-exists' });
  }
}

function freshId(existing: ReadonlyMap<string, NetworkFile>): string {
  for (;;) {
    const id = generateId();
    if (![...existing.values()].some((network) => network.id === id)) return id;
  }
}

function checkIpamDriver(driver = 'host-local'): string {
  if (driver === 'dhcp') throw invalid('dhcp ipam driver is not yet supported with netavark');
  if (driver !== 'host-local' && driver !== 'none') throw invalid(`unsupported ipam driver "${driver}"`);
  return driver;
}

function checkOptions(
  driver: string,
  known: readonly string[],
  options: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const [key, value] of Object.entries(options)) {
    if (!known.includes(key)) throw invalid(`unsupported ${driver} network option ${key}`);
    if (['mtu', 'metric', 'vlan'].includes(key)) {
      if (!/^[+-]?\d+$/.test(value)) throw invalid(`strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`);
      if (Number(value) < 0) throw invalid(`the ${key} "${value}" must not be below zero`);
      if (key === 'vlan' && Number(value) > 4094) throw invalid(`vlan ID ${value} must be between 0 and 4094`);
    }
    if (key === 'isolate' && !/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value)) {
      throw invalid(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
    }
    if (key === 'mode' && !macvlanModes.includes(value)) throw invalid(`unknown macvlan mode "${value}"`);
  }
  const { isolate } = options;
  return isolate === undefined ? options : { ...options, isolate: String(/^[1tT]/.test(isolate)) };
}

/** `podman1` and so on: the first that neither a network nor an interface of this machine has. */
function freeInterface(existing: ReadonlyMap<string, NetworkFile>): string {
  const taken = new Set([
    ...[...existing.values()].flatMap(({ name, network_interface: own }) => [name, own ?? '']),
    ...Object.keys(networkInterfaces()),
  ]);
  for (let number = 1; ; number += 1) if (!taken.has(`podman${number}`)) return `podman${number}`;
}

function checkInterface(name: string, existing: ReadonlyMap<string, NetworkFile>): void {
  if (!/^[^/\s:]{1,15}$/.test(name) || name === '.' || name === '..') {
    throw invalid(`"${name}" is not a name for an interface: at most 15 characters without slash, colon and white space`);
  }
  const user = [...existing.values()].find((network) => network.driver === 'bridge' && network.network_interface === name);
  if (user === undefined && networkInterfaces()[name] === undefined) return;
  throw new AlreadyExistsError(`bridge name ${name} already in use`, { code: 'interface-exists' });
}

/** Those that were asked for, or one of the pools; with IPv6 one of each kind at least. */
function bridgeSubnets(request: NetworkRequest, ipamDriver: string, surroundings: Surroundings): readonly Subnet[] {
  const { existing, pools } = surroundings;
  const { internal = false, ipv6 = false, dns = true } = request;
  const given = checkSubnets(request.subnets ?? [], internal && !dns, usedPrefixes(existing));
  if (ipamDriver === 'none') return given;
  const used = [...usedPrefixes(existing), ...given.flatMap(({ subnet }) => parsePrefix(subnet) ?? [])];
  const withGateway = (prefix: Prefix): Subnet => ({
    subnet: formatPrefix(prefix),
    ...(!(internal && !dns) && { gateway: formatAddress(next(prefix)) }),
  });
  const isVersion6 = ({ subnet }: Subnet) => subnet.includes(':');
  const needs4 = given.length === 0 || (ipv6 && given.every(isVersion6));
  const needs6 = ipv6 && !given.some(isVersion6);
  return [
    ...given,
    ...(needs4 ? [withGateway(freePoolSubnet(pools, used))] : []),
    ...(needs6 ? [withGateway(freeUniqueLocal(used))] : []),
  ];
}

function checkSubnets(subnets: readonly SubnetRequest[], isClosed: boolean, taken: readonly Prefix[]): readonly Subnet[] {
  const used = [...taken];
  return subnets.map((subnet) => {
    const prefix = parsePrefix(subnet.subnet);
    if (prefix === undefined) throw invalid(`invalid CIDR address: ${subnet.subnet}`);
    const text = formatPrefix(prefix);
    if (used.some((other) => overlap(prefix, other))) {
      throw new AlreadyExistsError(`subnet ${text} is already used on the host or by another config`, { code: 'subnet-in-use' });
    }
    used.push(prefix);
    const inside = (what: string, address: string) => {
      const parsed = parseAddress(address);
      if (parsed === undefined) throw invalid(`invalid ip address "${address}"`);
      if (!contains(prefix, parsed)) throw invalid(`${what} ${address} not in subnet ${text}`);
      return formatAddress(parsed);
    };
    const { start, end } = subnet.range === undefined ? {} : parseRange(subnet.range);
    const leaseRange = {
      ...(start !== undefined && { start: inside('lease range start ip', start) }),
      ...(end !== undefined && { end: inside('lease range end ip', end) }),
    };
    const gateway =
      subnet.gateway === undefined ? (isClosed ? undefined : formatAddress(next(prefix))) : inside('gateway', subnet.gateway);
    return {
      subnet: text,
      ...(gateway !== undefined && { gateway }),
      ...(subnet.range !== undefined && { leaseRange }),
    };
  });
}

/** `10.89.0.128/25`: from its first address that is not the network's to its last; or `first-last`. */
function parseRange(text: string): { readonly start: string; readonly end: string } {
  const [first = '', last, ...more] = text.split('-');
  const [start, end] = [parseAddress(first), parseAddress(last ?? '')];
  if (start !== undefined && end !== undefined && more.length === 0) {
    if (start.version !== end.version || end.value < start.value)
      throw invalid(`invalid range ${text}: it ends before it begins`);
    return { start: formatAddress(start), end: formatAddress(end) };
  }
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw invalid(`invalid CIDR address: ${text}`);
  return { start: formatAddress(next(prefix)), end: formatAddress(lastOf(prefix)) };
}

/** Subnets of other networks and of the interfaces of this machine. */
function usedPrefixes(existing: ReadonlyMap<string, NetworkFile>): readonly Prefix[] {
  const ofNetworks = [...existing.values()].flatMap(({ subnets }) => (subnets ?? []).map(({ subnet }) => subnet));
  const ofMachine = Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ cidr }) => cidr ?? ''));
  return [...ofNetworks, ...ofMachine].flatMap((text) => parsePrefix(text) ?? []);
}

function freePoolSubnet(pools: readonly SubnetPool[], used: readonly Prefix[]): Prefix {
  for (const { base, size } of pools) {
    const pool = parsePrefix(base);
    if (pool === undefined || pool.length > size) continue;
    let candidate: Prefix | undefined = { ...pool, length: size };
    while (candidate !== undefined && contains(pool, candidate)) {
      const taken: Prefix = candidate;
      if (!used.some((prefix) => overlap(prefix, taken))) return taken;
      candidate = nextPrefix(taken);
    }
  }
  throw new UnavailableError('could not find free subnet from subnet pools', {
    code: 'no-free-subnet',
    hint: 'name one with --subnet, or add a pool to default_subnet_pools in containers.conf',
  });
}

/** A random /64 of fd00::/8, as RFC 4193 has it. */
function freeUniqueLocal(used: readonly Prefix[]): Prefix {
  for (;;) {
    const value = BigInt(`0xfd${randomBytes(7).toString('hex')}`) << 64n;
    const prefix: Prefix = { version: 6, value, length: 64 };
    if (!used.some((other) => overlap(prefix, other))) return prefix;
  }
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-network' });
}
