import type { NetworkMode } from './container/config.ts';

export interface HostsRequest {
  /** Content of the host's /etc/hosts; empty when it has none. */
  readonly hostHosts: string;
  readonly network: NetworkMode;
  /** Its addresses, where it has some of its own. */
  readonly addresses?: readonly string[] | undefined;
  /** The address by which it reaches the host; undefined: it has no name for the host. */
  readonly hostAddress?: string | undefined;
  /** In place of any of these, or of its own loopback in the network of the host; `none`: it has no name for the host. */
  readonly configuredHostAddress?: string | undefined;
  /** `name:address`, the address can be `host-gateway`. */
  readonly addHosts?: readonly string[] | undefined;
  readonly hostname: string;
  /** The container's name. */
  readonly name: string;
}

interface Entry {
  readonly address: string;
  readonly names: readonly string[];
}

const hostAlias = 'host.containers.internal';

/**
 * A container's /etc/hosts, in podman's order: what the caller adds; the host's entries, without comments; localhost, podman's name for the
 * host, and the container's own names, on each of its addresses or on the loopback, unless it shares the host's network. Names that
 * came before are not repeated.
 */
export function renderHosts(request: HostsRequest): string {
  const { network, addresses, hostname, name } = request;
  const given = [...addedHosts(request), ...parseHosts(request.hostHosts)];
  const taken = new Set(given.flatMap(({ names }) => names));
  const own = [...new Set([hostname, name])];
  const more: Entry[] = [
    { address: '127.0.0.1', names: ['localhost'] },
    { address: '::1', names: ['localhost'] },
    ...hostEntries(request),
    ...(network === 'host' ? [] : (addresses ?? ['127.0.0.1']).map((address) => ({ address, names: own }))),
  ];
  const added = more.map(({ address, names }) => ({ address, names: names.filter((one) => !taken.has(one)) }));
  return [...given, ...added]
    .filter(({ names }) => names.length > 0)
    .map(line)
    .join('');
}

function hostEntries({ network, hostAddress, configuredHostAddress: configured }: HostsRequest): Entry[] {
  const addresses =
    configured === undefined
      ? [...(network === 'host' ? ['127.0.0.1'] : []), ...(hostAddress === undefined ? [] : [hostAddress])]
      : [configured].filter((address) => address !== 'none');
  return addresses.map((address) => ({ address, names: [hostAlias] }));
}

/** Every name that a hosts file has. */
export function hostNames(text: string): ReadonlySet<string> {
  return new Set(parseHosts(text).flatMap(({ names }) => names));
}

/** With a line for each address, unless it is there. */
export function addHostEntries(text: string, addresses: readonly string[], names: readonly string[]): string {
  const lines = addresses.map((address) => line({ address, names })).filter((one) => !`\n${text}`.includes(`\n${one}`));
  return `${text === '' || text.endsWith('\n') ? text : `${text}\n`}${lines.join('')}`;
}

/** Without the lines of these addresses that have these names. */
export function removeHostEntries(text: string, addresses: readonly string[], names: readonly string[]): string {
  const gone = addresses.map((address) => line({ address, names }));
  return text
    .split(/(?<=\n)/)
    .filter((one) => !gone.includes(one))
    .join('');
}

function line({ address, names }: Entry): string {
  return `${address}\t${names.join(' ')}\n`;
}

function addedHosts({ addHosts = [], hostAddress, configuredHostAddress: configured }: HostsRequest): Entry[] {
  return addHosts.flatMap((entry) => {
    const colon = entry.indexOf(':');
    const address = entry.slice(colon + 1);
    const meant =
      address === 'host-gateway' ? ((configured === 'none' ? undefined : configured) ?? hostAddress ?? '127.0.0.1') : address;
    return [{ address: meant, names: [entry.slice(0, colon)] }];
  });
}

function parseHosts(text: string): Entry[] {
  return text.split('\n').flatMap((one) => {
    const [address, ...names] = one.replace(/#.*/, '').trim().split(/\s+/);
    const kept = names.filter((name) => name !== hostAlias);
    return address === undefined || kept.length === 0 ? [] : [{ address, names: kept }];
  });
}
