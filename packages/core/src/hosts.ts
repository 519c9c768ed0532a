import type { NetworkMode } from './container/config.ts';

export interface HostsRequest {
  /** Content of the host's /etc/hosts; empty when it has none. */
  readonly hostHosts: string;
  readonly network: NetworkMode;
  readonly hostname: string;
  /** The container's name. */
  readonly name: string;
}

const hostAlias = 'host.containers.internal';

/**
 * A container's /etc/hosts: the host's entries, without comments; the container's own names on the loopback address, unless it shares
 * the host's network; there, instead, podman's name for the host.
 */
export function renderHosts({ hostHosts, network, hostname, name }: HostsRequest): string {
  const entries = parseHosts(hostHosts);
  const hasLocalhost = entries.some(({ names }) => names.includes('localhost'));
  const all = [
    ...(hasLocalhost ? [] : [{ address: '127.0.0.1', names: ['localhost'] }]),
    ...entries,
    network === 'host'
      ? { address: '127.0.0.1', names: [hostAlias] }
      : { address: '127.0.0.1', names: [...new Set([hostname, name])] },
  ];
  return all.map(({ address, names }) => `${address}\t${names.join(' ')}\n`).join('');
}

function parseHosts(text: string): { readonly address: string; readonly names: readonly string[] }[] {
  return text.split('\n').flatMap((line) => {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const kept = names.filter((name) => name !== hostAlias);
    return address === undefined || kept.length === 0 ? [] : [{ address, names: kept }];
  });
}
