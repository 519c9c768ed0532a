import type { NetworkMode } from './container/config.ts';
import { hasSandbox } from './spec/namespaces.ts';

export interface ResolvConfRequest {
  /** Content of the host's /etc/resolv.conf; empty when it has none. */
  readonly hostResolvConf: string;
  readonly network: NetworkMode;
  /** Name servers and search domains of the networks that it is in; the host's stand behind. */
  readonly networkServers?: readonly string[] | undefined;
  readonly networkSearch?: readonly string[] | undefined;
  /** Replace all others. */
  readonly servers?: readonly string[] | undefined;
  /** Replace all others; `.` alone: none. */
  readonly search?: readonly string[] | undefined;
  readonly options?: readonly string[] | undefined;
  /** Whether it reaches name servers with IPv6 addresses. Default: true. */
  readonly ipv6?: boolean | undefined;
}

/**
 * A container's /etc/resolv.conf, as podman writes it: what the caller says; else what its networks have and the host's name servers, search
 * domains and options, without comments. Name servers on the host's loopback are left out where the container has a loopback of its own.
 * Undefined: with network `none` the container keeps the file of its root filesystem.
 */
export function renderResolvConf(request: ResolvConfRequest): string | undefined {
  const { network, networkServers = [], networkSearch = [], servers = [], ipv6 = true } = request;
  if (network === 'none') return undefined;
  const host = parseResolvConf(request.hostResolvConf);
  const hostServers = host.servers.filter(
    (server) => network === 'host' || (!isLoopback(server) && (ipv6 || !server.includes(':'))),
  );
  const search = firstNonEmpty(request.search, servers.length === 0 ? networkSearch : undefined, host.search);
  const options = firstNonEmpty(request.options, host.options);
  return [
    ...(search.length > 0 && search[0] !== '.' ? [`search ${search.join(' ')}\n`] : []),
    ...(servers.length > 0 ? servers : orDefault([...networkServers, ...hostServers], request)).map(
      (server) => `nameserver ${server}\n`,
    ),
    ...(options.length > 0 ? [`options ${options.join(' ')}\n`] : []),
  ].join('');
}

function parseResolvConf(text: string) {
  const lines = text.split('\n').map((line) =>
    line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/),
  );
  const valuesOf = (keyword: string) => lines.filter(([first]) => first === keyword).map(([, ...values]) => values);
  return {
    search: valuesOf('search').at(-1) ?? [],
    servers: valuesOf('nameserver').flatMap(([server]) => server ?? []),
    options: valuesOf('options').flat(),
  };
}

/** podman's, for a container that could reach them and would have none. */
const publicServers = ['8.8.8.8', '8.8.4.4'];

function orDefault(servers: readonly string[], { network }: ResolvConfRequest): readonly string[] {
  return servers.length === 0 && hasSandbox(network) ? publicServers : servers;
}

function firstNonEmpty(...lists: readonly (readonly string[] | undefined)[]): readonly string[] {
  return lists.find((list) => list !== undefined && list.length > 0) ?? [];
}

function isLoopback(server: string): boolean {
  return server === '::1' || server.startsWith('127.');
}
