import { isIP } from 'node:net';
import type { NetworkMode } from '../container/config.ts';
import type { NetworkAttachment } from '../contracts/network.ts';
import { InvalidArgumentError } from '../errors.ts';

/** What `--network`, given any number of times, says. */
export interface ParsedNetworks {
  /** Undefined: nothing was said. */
  readonly mode: NetworkMode | undefined;
  /** With mode `bridge`: the networks, by name or id as they were written; undefined: the default one. */
  readonly networks?: readonly NetworkAttachment[] | undefined;
  /** Of slirp4netns or pasta. */
  readonly modeOptions?: readonly string[] | undefined;
}

/** The name that stands for the default network, whatever it is called. */
export const defaultNetworkWord = 'default';

/**
 * `--network` as podman-run(1) has it.
 * @throws {InvalidArgumentError} `invalid-network-option`, `conflicting-networks`.
 */
export function parseNetworks(texts: readonly string[]): ParsedNetworks {
  const [first, ...rest] = texts;
  if (first === undefined) return { mode: undefined };
  const start = parseFirst(first);
  if (rest.length === 0) return start;
  if (start.mode !== 'bridge') {
    throw invalid(
      `can only set extra network names, selected mode ${wordOf(start.mode)} conflicts with bridge: invalid argument`,
      'conflicting-networks',
    );
  }
  const more = rest.flatMap((text) => {
    const parsed = parseFirst(text);
    if (parsed.mode === 'bridge') return parsed.networks ?? [{ network: defaultNetworkWord }];
    throw invalid(
      `can only set extra network names, selected mode ${wordOf(parsed.mode)} conflicts with bridge: invalid argument`,
      'conflicting-networks',
    );
  });
  const byName = new Map([...(start.networks ?? [{ network: defaultNetworkWord }]), ...more].map((one) => [one.network, one]));
  return { mode: 'bridge', networks: [...byName.values()] };
}

function parseFirst(text: string): ParsedNetworks {
  if (text === 'none' || text === 'host') return { mode: text };
  if (/^(container|ns):/.test(text)) {
    if (text === 'ns:') throw invalid('invalid config provided: namespace mode path requires a value');
    if (text === 'container:')
      throw invalid(`must provide a path to a namespace or the name of a container when specifying "${text}"`);
    return { mode: text as NetworkMode };
  }
  const colon = text.indexOf(':');
  const word = colon === -1 ? text : text.slice(0, colon);
  const options = colon === -1 ? '' : text.slice(colon + 1);
  if (word === 'slirp4netns' || word === 'pasta') {
    return { mode: word, ...(options !== '' && { modeOptions: options.split(',') }) };
  }
  if (word === '' || word === 'bridge' || word === 'private' || word === 'default') {
    return { mode: 'bridge', ...(options !== '' && { networks: [parseAttachment(defaultNetworkWord, options)] }) };
  }
  if (options !== '') return { mode: 'bridge', networks: [parseAttachment(word, options)] };
  return { mode: 'bridge', networks: word.split(',').map((network) => ({ network })) };
}

function parseAttachment(network: string, text: string): NetworkAttachment {
  const addresses: string[] = [];
  const aliases: string[] = [];
  let macAddress: string | undefined;
  let interfaceName: string | undefined;
  const wrong = (message: string) => invalid(`invalid option for network ${network}: ${message}`);
  for (const option of text.split(',')) {
    const equals = option.indexOf('=');
    const [key, value] = equals === -1 ? [option, ''] : [option.slice(0, equals), option.slice(equals + 1)];
    if (!['ip', 'ip6', 'mac', 'alias', 'interface_name'].includes(key)) throw wrong(`unknown bridge network option: ${key}`);
    if (key === 'ip' || key === 'ip6') {
      if (isIP(value) === 0) throw wrong(`invalid ip address ${JSON.stringify(value)}`);
      addresses.push(value);
    } else if (key === 'mac') {
      if (!isMacAddress(value)) throw wrong(`address ${value}: invalid MAC address`);
      macAddress = value.toLowerCase().replaceAll('-', ':');
    } else if (key === 'alias') {
      if (value === '') throw wrong('alias cannot be empty');
      aliases.push(value);
    } else {
      if (value === '') throw wrong('interface_name cannot be empty');
      interfaceName = value;
    }
  }
  return {
    network,
    ...(addresses.length > 0 && { addresses }),
    ...(aliases.length > 0 && { aliases }),
    ...(macAddress !== undefined && { macAddress }),
    ...(interfaceName !== undefined && { interfaceName }),
  };
}

/** Six bytes in hexadecimal, with colons or hyphens. */
export function isMacAddress(text: string): boolean {
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$|^[0-9a-f]{2}(-[0-9a-f]{2}){5}$/i.test(text);
}

function wordOf(mode: NetworkMode | undefined): string {
  return (mode ?? 'bridge').replace(/:.*/, '');
}

function invalid(message: string, code = 'invalid-network-option'): InvalidArgumentError {
  return new InvalidArgumentError(message, { code });
}
