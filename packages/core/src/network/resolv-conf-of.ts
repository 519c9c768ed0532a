import { existsSync, readFileSync } from 'node:fs';
import type { ContainerConfig } from '../container/config.ts';
import { renderResolvConf } from '../resolv-conf.ts';
import type { RuntimeParts } from '../runtime/parts.ts';

/** What the files of a container say of its networks. */
export interface NetworkFacts {
  readonly addresses?: readonly string[] | undefined;
  readonly hostAddress?: string | undefined;
  readonly dnsServers?: readonly string[] | undefined;
  readonly searchDomains?: readonly string[] | undefined;
  readonly ipv6?: boolean | undefined;
}

/** Content of a file of the host; empty when it has none. */
export function hostFile(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Content of a container's resolv.conf; undefined: it keeps that of its root filesystem. */
export function resolvConfOf(
  { defaults }: RuntimeParts,
  { network, networking }: ContainerConfig,
  facts: NetworkFacts,
): string | undefined {
  if (networking?.noResolvConf) return undefined;
  return renderResolvConf({
    hostResolvConf: hostFile('/etc/resolv.conf'),
    network,
    networkServers: facts.dnsServers,
    networkSearch: facts.searchDomains,
    ipv6: facts.ipv6,
    servers: networking?.dnsServers ?? defaults.dnsServers,
    search: networking?.dnsSearch ?? defaults.dnsSearch,
    options: networking?.dnsOptions ?? defaults.dnsOptions,
  });
}
