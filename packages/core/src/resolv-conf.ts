import type { NetworkMode } from './container/config.ts';

export interface ResolvConfRequest {
  /** Content of the host's /etc/resolv.conf; empty when it has none. */
  readonly hostResolvConf: string;
  readonly network: NetworkMode;
}

/**
 * A container's /etc/resolv.conf: the host's search domains, name servers and options, without comments. Name servers on the host's
 * loopback are left out where the container has a loopback of its own. Undefined: with network `none` the container keeps the file of
 * its root filesystem, as in podman.
 */
export function renderResolvConf({ hostResolvConf, network }: ResolvConfRequest): string | undefined {
  if (network === 'none') return undefined;
  const lines = hostResolvConf.split('\n').map((line) =>
    line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/),
  );
  const valuesOf = (keyword: string) => lines.filter(([first]) => first === keyword).map(([, ...values]) => values);
  const search = valuesOf('search').at(-1) ?? [];
  const servers = valuesOf('nameserver')
    .flatMap(([server]) => server ?? [])
    .filter((server) => network === 'host' || !isLoopback(server));
  const options = valuesOf('options').flat();
  return [
    ...(search.length > 0 && search[0] !== '.' ? [`search ${search.join(' ')}\n`] : []),
    ...servers.map((server) => `nameserver ${server}\n`),
    ...(options.length > 0 ? [`options ${options.join(' ')}\n`] : []),
  ].join('');
}

function isLoopback(server: string): boolean {
  return server === '::1' || server.startsWith('127.');
}
