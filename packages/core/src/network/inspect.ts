import type { JoinedNetwork, NetworkAttachment } from '../contracts/network.ts';
import type { StoredContainer } from '../contracts/state-store.ts';
import { shortId } from '../id.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { hasSandbox, isUserMode, joinedContainer } from '../spec/namespaces.ts';
import type { ContainerNetworking } from './config.ts';
import { sandboxesOf } from './networks-of.ts';
import { singlePorts } from './published-ports.ts';
import { attachmentsOf } from './sandbox.ts';

export interface PortBinding {
  readonly HostIp: string;
  readonly HostPort: string;
}

/** By `80/tcp`; null: exposed, and not published. */
export type PortBindings = Readonly<Record<string, readonly PortBinding[] | null>>;

/** What podman says of one network. */
const basicSettings = {
  EndpointID: '',
  Gateway: '',
  IPAddress: '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  MacAddress: '',
};

export interface SecondaryAddress {
  readonly Addr: string;
  readonly PrefixLength: number;
}

interface InspectedNetwork {
  readonly EndpointID: string;
  readonly Gateway: string;
  readonly IPAddress: string;
  readonly IPPrefixLen: number;
  readonly IPv6Gateway: string;
  readonly GlobalIPv6Address: string;
  readonly GlobalIPv6PrefixLen: number;
  readonly MacAddress: string;
  readonly SecondaryIPAddresses?: readonly SecondaryAddress[];
  readonly SecondaryIPv6Addresses?: readonly SecondaryAddress[];
  readonly NetworkID: string;
  readonly DriverOpts: null;
  readonly IPAMConfig: null;
  readonly Links: null;
  readonly Aliases: readonly string[];
}

/** podman's `NetworkSettings`. A container in the network of another one has that one's. */
export async function networkSettings(parts: RuntimeParts, stored: StoredContainer): Promise<NetworkSettings> {
  const owner = joinedContainer(stored.config.network);
  if (owner !== undefined) {
    const other = await parts.state.container(owner);
    if (other !== undefined) return networkSettings(parts, other);
  }
  const { config } = stored;
  const attachments = attachmentsOf(config, stored.networks);
  const settings = {
    ...basicSettings,
    Bridge: '',
    SandboxID: '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: portBindings(config.networking, { exposed: hasSandbox(config.network) }),
    SandboxKey: '',
  };
  if (!hasSandbox(config.network)) return settings;
  const sandbox = await (await sandboxesOf(parts, config.network))?.sandbox(config.id);
  if (isUserMode(config.network) || parts.networks === undefined) return { ...settings, SandboxKey: sandbox?.namespace ?? '' };
  const backend = await parts.networks();
  const joined = new Map(sandbox?.networks.map((network) => [network.network, network]));
  const only =
    attachments.length === 1 && attachments[0]?.network === backend.defaultNetwork ? attachments[0].network : undefined;
  return {
    ...settings,
    ...(only === undefined ? {} : basicsOf(joined.get(only))),
    SandboxKey: sandbox?.namespace ?? '',
    Networks: Object.fromEntries(
      attachments.map((attachment) => [attachment.network, describe(attachment, joined.get(attachment.network), config.id)]),
    ),
  };
}

export interface NetworkSettings extends Omit<InspectedNetwork, 'NetworkID' | 'DriverOpts' | 'IPAMConfig' | 'Links' | 'Aliases'> {
  readonly Bridge: string;
  readonly SandboxID: string;
  readonly HairpinMode: boolean;
  readonly LinkLocalIPv6Address: string;
  readonly LinkLocalIPv6PrefixLen: number;
  readonly Ports: PortBindings;
  readonly SandboxKey: string;
  readonly Networks?: Readonly<Record<string, InspectedNetwork>>;
}

function describe(attachment: NetworkAttachment, joined: JoinedNetwork | undefined, id: string): InspectedNetwork {
  return {
    ...basicSettings,
    ...basicsOf(joined),
    NetworkID: attachment.network,
    DriverOpts: null,
    IPAMConfig: null,
    Links: null,
    Aliases: joined?.aliases ?? [...(attachment.aliases ?? []), shortId(id)],
  };
}

/** The first address of each kind is the main one. */
function basicsOf(joined: JoinedNetwork | undefined) {
  if (joined === undefined) return {};
  const isVersion6 = ({ address }: { readonly address: string }) => address.includes(':');
  const [first4, ...more4] = joined.addresses.filter((address) => !isVersion6(address));
  const [first6, ...more6] = joined.addresses.filter(isVersion6);
  const secondary = (addresses: typeof more4) =>
    addresses.map(({ address, prefixLength }) => ({ Addr: address, PrefixLength: prefixLength }));
  return {
    Gateway: first4?.gateway ?? '',
    IPAddress: first4?.address ?? '',
    IPPrefixLen: first4?.prefixLength ?? 0,
    ...(more4.length > 0 && { SecondaryIPAddresses: secondary(more4) }),
    IPv6Gateway: first6?.gateway ?? '',
    GlobalIPv6Address: first6?.address ?? '',
    GlobalIPv6PrefixLen: first6?.prefixLength ?? 0,
    ...(more6.length > 0 && { SecondaryIPv6Addresses: secondary(more6) }),
    MacAddress: joined.macAddress ?? '',
  };
}

/** podman's `PortBindings`; `exposed`: with the ports that are exposed and not published. */
export function portBindings(
  networking: ContainerNetworking | undefined,
  options: { readonly exposed?: boolean } = {},
): PortBindings {
  const bindings: Record<string, PortBinding[] | null> = {};
  for (const { containerPort, protocol, hostAddress, hostPort } of singlePorts(networking?.ports ?? [])) {
    const key = `${containerPort}/${protocol}`;
    bindings[key] = [...(bindings[key] ?? []), { HostIp: hostAddress, HostPort: String(hostPort) }];
  }
  if (options.exposed) for (const port of networking?.exposed ?? []) bindings[port] ??= null;
  return bindings;
}
