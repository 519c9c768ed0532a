import {
  type ConnectOptions,
  InvalidArgumentError,
  isMacAddress,
  type NetworkingOptions,
  type NetworkMode,
  parseNetworks,
  parsePort,
} from '@tspod/core';
import type { FlagTable, FlagValues } from '../grammar/flags.ts';

/** Flags about the network of a new container or pod: `run`, `create` and `pod create`. */
export const networkFlags = {
  'add-host': { kind: 'strings', metavar: 'NAME:ADDRESS', help: 'Line for /etc/hosts; the address can be host-gateway' },
  dns: { kind: 'strings', metavar: 'ADDRESS', help: 'Name server; none: leave resolv.conf as the image has it' },
  'dns-option': { kind: 'strings', aliases: ['dns-opt'], help: 'Option for resolv.conf' },
  'dns-search': { kind: 'strings', help: 'Search domain for resolv.conf; . for none' },
  ip: { kind: 'string', metavar: 'ADDRESS', help: 'IPv4 address in the network' },
  ip6: { kind: 'string', metavar: 'ADDRESS', help: 'IPv6 address in the network' },
  'mac-address': { kind: 'string', help: 'Hardware address in the network' },
  network: {
    kind: 'stringArray',
    aliases: ['net'],
    metavar: 'MODE',
    help: 'bridge, none, host, container:NAME, ns:PATH, slirp4netns[:OPTIONS], pasta[:OPTIONS], or networks: NAME[:ip=ADDRESS,mac=ADDRESS,alias=NAME,interface_name=NAME]',
  },
  'network-alias': { kind: 'strings', metavar: 'NAME', help: 'One more name by which the others of the network find it' },
  'no-hosts': { kind: 'bool', default: 'configured', help: 'Leave /etc/hosts as the image has it' },
  publish: {
    kind: 'strings',
    shorthand: 'p',
    metavar: 'PORT',
    help: 'Publish ports: [[ADDRESS:][HOST_PORT]:]PORT[/PROTOCOL], ranges too',
  },
} as const satisfies FlagTable;

/** Flags of containers alone. */
export const portFlags = {
  expose: { kind: 'strings', metavar: 'PORT', help: 'Port that the container listens on, for --publish-all' },
  'publish-all': { kind: 'bool', shorthand: 'P', help: 'Publish every exposed port on a free one of the host' },
} as const satisfies FlagTable;

/** Flags of `network connect`. */
export const attachmentFlags = {
  alias: { kind: 'strings', metavar: 'NAME', help: 'One more name by which the others of the network find it' },
  ip: networkFlags.ip,
  ip6: networkFlags.ip6,
  'mac-address': networkFlags['mac-address'],
} as const satisfies FlagTable;

/** What the flags of `network connect` ask for. @throws {InvalidArgumentError} naming what can't be used. */
export function attachmentOptions(flags: FlagValues<typeof attachmentFlags>): ConnectOptions {
  const addresses = addressesOf(flags);
  const macAddress = macAddressOf(flags);
  return {
    ...(addresses.length > 0 && { addresses }),
    ...(macAddress !== undefined && { macAddress }),
    ...(flags.alias.length > 0 && { aliases: flags.alias }),
  };
}

type Flags = FlagValues<typeof networkFlags> & Partial<FlagValues<typeof portFlags>>;

/** What the flags ask for. @throws {InvalidArgumentError} naming what can't be used. */
export function networkOptions(flags: Flags): {
  readonly network: NetworkMode | undefined;
  readonly networking: NetworkingOptions | undefined;
} {
  const { mode, networks, modeOptions } = parseNetworks(flags.network);
  const macAddress = macAddressOf(flags);
  const lists = {
    networks,
    modeOptions,
    addresses: addressesOf(flags),
    aliases: flags['network-alias'],
    ports: flags.publish.filter((text) => text !== '').flatMap(parsePort),
    expose: flags.expose ?? [],
    dnsServers: flags.dns,
    dnsSearch: flags['dns-search'].filter((domain) => domain !== ''),
    dnsOptions: flags['dns-option'],
    addHosts: flags['add-host'],
  };
  const networking: NetworkingOptions = {
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined && list.length > 0)),
    ...(macAddress !== undefined && { macAddress }),
    ...(flags['publish-all'] && { publishAll: true }),
    ...(flags['no-hosts'] !== undefined && { noHosts: flags['no-hosts'] }),
  };
  return { network: mode, networking: Object.keys(networking).length === 0 ? undefined : networking };
}

function addressesOf({ ip, ip6 }: { readonly ip?: string | undefined; readonly ip6?: string | undefined }): string[] {
  return [address(ip, 'ip'), address(ip6, 'ip6')].filter((one) => one !== undefined);
}

function macAddressOf({ 'mac-address': text }: { readonly 'mac-address'?: string | undefined }): string | undefined {
  if (text === undefined || isMacAddress(text)) return text?.toLowerCase().replaceAll('-', ':');
  throw new InvalidArgumentError(`address ${text}: invalid MAC address`, { code: 'invalid-option' });
}

function address(text: string | undefined, flag: 'ip' | 'ip6'): string | undefined {
  if (text === undefined) return undefined;
  const looksRight = flag === 'ip' ? /^[\d.]+$/ : /^[\da-fA-F:.]+:[\da-fA-F:.]*$/;
  if (looksRight.test(text)) return text;
  throw new InvalidArgumentError(`"${text}" is not an ip address`, { code: 'invalid-option', hint: `give --${flag} an address` });
}
