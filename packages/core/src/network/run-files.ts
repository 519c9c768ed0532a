import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { ContainerConfig } from '../container/config.ts';
import { refresh } from '../container/refresh.ts';
import type { Sandbox } from '../contracts/network.ts';
import { addHostEntries, hostNames } from '../hosts.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { RunFiles } from '../spec/generate.ts';
import { joinedContainer } from '../spec/namespaces.ts';
import type { NetworkFacts } from './resolv-conf-of.ts';

export function factsOf({ networks, ipv6 }: Sandbox): NetworkFacts {
  const addresses = networks.flatMap((network) => network.addresses.map(({ address }) => address));
  return {
    addresses,
    hostAddress: hostAddressOf(networks),
    dnsServers: [...new Set(networks.flatMap(({ dnsServers }) => dnsServers))],
    searchDomains: [...new Set(networks.flatMap(({ searchDomains }) => searchDomains))],
    ipv6: ipv6 ?? addresses.some((address) => address.includes(':')),
  };
}

/** Networks whose gateway, where they have one, is the host. */
const withHostAsGateway: readonly string[] = ['bridge', 'pasta'];

/** Where no gateway is the host, it is reached by an address of its own. */
function hostAddressOf(networks: Sandbox['networks']): string | undefined {
  const gateways = networks
    .filter(({ driver }) => withHostAsGateway.includes(driver))
    .flatMap(({ addresses }) => addresses.flatMap(({ gateway }) => gateway ?? []));
  return gateways.find((gateway) => !gateway.includes(':')) ?? gateways[0] ?? addressOfMachine();
}

function addressOfMachine(): string | undefined {
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal);
  return (own.find(({ family }) => family === 'IPv4') ?? own[0])?.address;
}

/**
 * A container in the network of another one has that one's files, and its own names on the loopback address in them. Files that the other
 * one does not have it does not get either.
 */
export async function filesOfJoined(
  parts: RuntimeParts,
  config: ContainerConfig,
): Promise<Pick<RunFiles, 'hosts' | 'resolvConf'>> {
  const owner = await ownerOf(parts, config);
  if (owner === undefined) return {};
  const present = (name: string, isUnwanted: boolean | undefined) => {
    const path = join(owner.runDir, name);
    return !isUnwanted && existsSync(path) ? path : undefined;
  };
  const hosts = present('hosts', config.networking?.noHosts);
  if (hosts !== undefined) {
    const text = readFileSync(hosts, 'utf8');
    const taken = hostNames(text);
    const names = [...new Set([config.hostname, config.name])].filter((name) => !taken.has(name));
    if (names.length > 0) appendFileSync(hosts, addHostEntries(text, ['127.0.0.1'], names).slice(text.length));
  }
  return { hosts, resolvConf: present('resolv.conf', config.networking?.noResolvConf) };
}

/** The container whose network it is, however many lie in between. */
async function ownerOf(parts: RuntimeParts, config: ContainerConfig): Promise<{ readonly runDir: string } | undefined> {
  const id = joinedContainer(config.network);
  const stored = id === undefined ? undefined : await parts.state.container(id);
  if (stored === undefined) return undefined;
  if (joinedContainer(stored.config.network) !== undefined) return ownerOf(parts, stored.config);
  return { runDir: (await refresh(parts, stored)).runDir };
}
