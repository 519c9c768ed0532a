import { isIP, isIPv6 } from 'node:net';
import type { NetworkMode } from '../container/config.ts';
import type { Network, NetworkAttachment, PortMapping } from '../contracts/network.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { ContainerNetworking } from './config.ts';
import { freePorts } from './free-ports.ts';
import { networksOf } from './networks-of.ts';
import type { NetworkingOptions, PortRequest } from './options.ts';
import { defaultNetworkWord, isMacAddress } from './parse-network.ts';
import { parseExposed } from './parse-port.ts';

/** Modes in which ports can be published. */
const publishing: readonly NetworkMode[] = ['bridge', 'slirp4netns', 'pasta'];

/**
 * What the options about the network mean, before anything is made: networks by their names, free host ports chosen.
 * @throws {NotFoundError} `no-such-network`; {InvalidArgumentError} `invalid-network-option`, `invalid-port`.
 */
export async function resolveNetworking(
  parts: RuntimeParts,
  mode: NetworkMode,
  options: NetworkingOptions,
  imagePorts: readonly string[],
): Promise<ContainerNetworking | undefined> {
  checkOptions(mode, options);
  const exposed = [...new Set([...imagePorts.flatMap(parseExposed), ...(options.expose ?? []).flatMap(parseExposed)])];
  const attachments = mode === 'bridge' ? await attachmentsOf(await networksOf(parts), options) : undefined;
  const wantsPorts = (options.ports ?? []).length > 0 || options.publishAll === true;
  const canPublish = publishing.includes(mode);
  if (wantsPorts && !canPublish) {
    parts.log('warn', 'Port mappings have been discarded as one of the Host, Container, Pod, and None network modes are in use');
  }
  const ports = canPublish ? await portsOf(options, exposed) : [];
  ports.sort((one, other) => compareText(one.hostAddress, other.hostAddress) || one.hostPort - other.hostPort);
  const servers = options.dnsServers ?? [];
  const networking: ContainerNetworking = {
    ...(attachments !== undefined && { attachments }),
    ...(ports.length > 0 && { ports }),
    ...(exposed.length > 0 && { exposed }),
    ...(options.publishAll && { publishAll: true }),
    ...(servers.length > 0 && servers[0] !== 'none' && { dnsServers: servers }),
    ...(servers[0] === 'none' && { noResolvConf: true }),
    ...nonEmpty('dnsSearch', options.dnsSearch),
    ...nonEmpty('dnsOptions', options.dnsOptions),
    ...nonEmpty('addHosts', options.addHosts),
    ...(options.noHosts && { noHosts: true }),
    ...nonEmpty('modeOptions', options.modeOptions),
  };
  return Object.keys(networking).length === 0 ? undefined : networking;
}

/** @throws {InvalidArgumentError} `invalid-network-option`: a container that shares the network of its pod has it as the pod has. */
export function refuseInPod({ ports = [], publishAll, expose = [], addHosts = [], networks, ...rest }: NetworkingOptions): void {
  if (addHosts.length > 0) {
    throw invalid(
      'invalid config provided: extra host entries must be specified on the pod: network cannot be configured when it is shared with a pod',
    );
  }
  if (ports.length > 0 || publishAll || expose.length > 0) {
    throw invalid(
      'invalid config provided: published or exposed ports must be defined when the pod is created: network cannot be configured when it is shared with a pod',
    );
  }
  const { addresses = [], macAddress, aliases = [], dnsServers = [], dnsSearch = [], dnsOptions = [] } = rest;
  const isSet = [networks, addresses, aliases, dnsServers, dnsSearch, dnsOptions].some((list) => (list ?? []).length > 0);
  if (!isSet && macAddress === undefined) return;
  throw invalid(
    'invalid config provided: networks must be defined when the pod is created: network cannot be configured when it is shared with a pod',
  );
}

function nonEmpty<Key extends string>(key: Key, list: readonly string[] | undefined): { [K in Key]?: readonly string[] } {
  return (list === undefined || list.length === 0 ? {} : { [key]: list }) as { [K in Key]?: readonly string[] };
}

function checkOptions(mode: NetworkMode, options: NetworkingOptions): void {
  const given: readonly [string, boolean][] = [
    ['ip', (options.addresses ?? []).some((address) => !isIPv6(address))],
    ['ip6', (options.addresses ?? []).some(isIPv6)],
    ['mac-address', options.macAddress !== undefined],
    ['network-alias', (options.aliases ?? []).length > 0],
  ];
  for (const [flag, isGiven] of given) {
    if (!isGiven) continue;
    if (mode !== 'bridge') throw invalid(`--${flag} can only be set when the network mode is bridge: invalid argument`);
    if (flag !== 'network-alias' && (options.networks ?? []).length > 1) {
      throw invalid(`--${flag} can only be set for a single network: invalid argument`);
    }
  }
  for (const address of options.addresses ?? []) if (isIP(address) === 0) throw invalid(`"${address}" is not an ip address`);
  if (options.macAddress !== undefined && !isMacAddress(options.macAddress)) {
    throw invalid(`address ${options.macAddress}: invalid MAC address`);
  }
  checkNames(options);
  const [own] = mode.split(':');
  const namesServers = [options.dnsServers, options.dnsSearch, options.dnsOptions].some((list) => (list ?? []).length > 0);
  if (namesServers && (own === 'none' || own === 'container'))
    throw invalid(`conflicting options: dns and the network mode: ${own}`, 'its /etc/resolv.conf is not made by the engine');
  if (own === 'container' && (options.addHosts ?? []).length > 0) {
    throw invalid(
      'invalid config provided: cannot set extra host entries when the container is joined to another containers network namespace: invalid configuration',
    );
  }
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function checkNames({ dnsServers = [], dnsSearch = [], dnsOptions = [], addHosts = [], noHosts }: NetworkingOptions): void {
  if (dnsServers.includes('none')) {
    if (dnsServers.length > 1) throw invalid(`if --dns is 'none', only one --dns option can be set`);
    const other = dnsSearch.length > 0 ? 'DNSSearch' : dnsOptions.length > 0 ? 'DNSOption' : undefined;
    if (other !== undefined) {
      throw invalid(`invalid config provided: UseImageResolvConf and ${other} are mutually exclusive options`);
    }
  } else for (const server of dnsServers) if (isIP(server) === 0) throw invalid(`${server} is not an ip address`);
  if (dnsSearch.includes('.') && dnsSearch.length > 1)
    throw invalid("cannot pass additional search domains when also specifying '.'");
  for (const domain of dnsSearch) if (domain !== '.' && !isDomain(domain)) throw invalid(`${domain} is not a valid domain`);
  if (noHosts && addHosts.length > 0) throw invalid('--no-hosts and --add-host cannot be set together');
  for (const entry of addHosts) {
    const colon = entry.indexOf(':');
    if (colon < 1) throw invalid(`bad format for add-host: ${JSON.stringify(entry)}`);
    const address = entry.slice(colon + 1);
    if (address !== 'host-gateway' && isIP(address) === 0) {
      throw invalid(`invalid IP address in add-host: ${JSON.stringify(address)}`);
    }
  }
}

function isDomain(text: string): boolean {
  return text
    .split('.')
    .every((part, index, parts) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(part) || (part === '' && index === parts.length - 1));
}

/** Every network once, by its name. */
async function attachmentsOf(networks: Network, options: NetworkingOptions): Promise<NetworkAttachment[]> {
  const asked = options.networks ?? [{ network: defaultNetworkWord }];
  const { macAddress, aliases = [], addresses = [] } = options;
  const found: NetworkAttachment[] = [];
  for (const attachment of asked) {
    const isDefault = attachment.network === defaultNetworkWord;
    const { name } = isDefault ? { name: networks.defaultNetwork } : await networks.lookup(attachment.network);
    if (found.some(({ network }) => network === name)) continue;
    const allAliases = [...(attachment.aliases ?? []), ...aliases];
    const allAddresses = [...(attachment.addresses ?? []), ...addresses];
    found.push({
      ...attachment,
      network: name,
      ...(allAddresses.length > 0 && { addresses: allAddresses }),
      ...(allAliases.length > 0 && { aliases: allAliases }),
      ...(macAddress !== undefined && { macAddress: macAddress.toLowerCase().replaceAll('-', ':') }),
    });
  }
  return found;
}

/** The asked for ones and, where all are to be published, the exposed ones that are not among them. */
async function portsOf({ ports = [], publishAll }: NetworkingOptions, exposed: readonly string[]): Promise<PortMapping[]> {
  const isPublished = (port: number, protocol: string) =>
    ports.some(
      ({ containerPort, range = 1, protocol: own = 'tcp' }) =>
        own === protocol && port >= containerPort && port < containerPort + range,
    );
  const more = (publishAll ? exposed : []).flatMap((text): PortRequest[] => {
    const [port = '', protocol = 'tcp'] = text.split('/');
    if (isPublished(Number(port), protocol)) return [];
    return [{ containerPort: Number(port), protocol: protocol as PortMapping['protocol'] }];
  });
  const mappings: PortMapping[] = [];
  for (const { hostAddress = '', hostPort, containerPort, range = 1, protocol = 'tcp' } of [...ports, ...more]) {
    const chosen = hostPort ?? (await freePorts(hostAddress, range, protocol, mappings));
    mappings.push({ hostAddress, hostPort: chosen, containerPort, range, protocol });
  }
  return merged(mappings);
}

/** Without repetitions, neighbours joined to ranges; contradictions are refused. */
function merged(mappings: readonly PortMapping[]): PortMapping[] {
  const byPort = new Map<string, PortMapping>();
  for (const { range, ...mapping } of mappings) {
    for (let offset = 0; offset < range; offset += 1) {
      const hostPort = mapping.hostPort + offset;
      const containerPort = mapping.containerPort + offset;
      const key = `${mapping.protocol} ${mapping.hostAddress} ${hostPort}`;
      const other = byPort.get(key);
      if (other !== undefined && other.containerPort !== containerPort) {
        throw new InvalidArgumentError(
          `conflicting port mappings for host port ${hostPort} (protocol ${mapping.protocol}): invalid argument`,
          { code: 'invalid-port' },
        );
      }
      byPort.set(key, { ...mapping, hostPort, containerPort, range: 1 });
    }
  }
  const joined: PortMapping[] = [];
  for (const mapping of byPort.values()) {
    const last = joined.at(-1);
    const continues =
      last !== undefined &&
      last.protocol === mapping.protocol &&
      last.hostAddress === mapping.hostAddress &&
      last.hostPort + last.range === mapping.hostPort &&
      last.containerPort + last.range === mapping.containerPort;
    if (continues) joined[joined.length - 1] = { ...last, range: last.range + 1 };
    else joined.push(mapping);
  }
  return joined;
}

function invalid(message: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-network-option', ...(hint !== undefined && { hint }) });
}
