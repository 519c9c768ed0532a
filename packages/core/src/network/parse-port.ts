import { isIP } from 'node:net';
import { InvalidArgumentError } from '../errors.ts';
import type { PortRequest } from './options.ts';

const protocols = ['tcp', 'udp', 'sctp'] as const;
type Protocol = (typeof protocols)[number];

/**
 * `-p` as podman-run(1) has it: `[[address:][hostPort]:]containerPort[/protocol]`, ports as ranges too; several protocols with commas.
 * @throws {InvalidArgumentError} `invalid-port`
 */
export function parsePort(text: string): PortRequest[] {
  const [ports = '', protocolText, ...more] = text.split('/');
  if (more.length > 0) throw invalid(`invalid port format - protocol can only be specified once`);
  const { address, host, container } = splitPort(ports);
  const hostAddress = address === undefined || address === '0.0.0.0' ? address : checkAddress(address);
  const containerRange = parseRange(container, 'container port');
  const hostRange = host === undefined || host === '' ? undefined : parseRange(host, 'host port');
  if (hostRange !== undefined && hostRange.length !== containerRange.length) {
    throw invalid(`host and container port ranges have different lengths: ${hostRange.length} vs ${containerRange.length}`);
  }
  return parseProtocols(protocolText).map((protocol) => ({
    ...(hostAddress !== undefined && hostAddress !== '' && { hostAddress }),
    ...(hostRange !== undefined && { hostPort: hostRange.first }),
    containerPort: containerRange.first,
    range: containerRange.length,
    protocol,
  }));
}

/** `80`, `80-82`, `80/udp` as `--expose` and images have it, one entry a port: `80/tcp`. @throws {InvalidArgumentError} `invalid-port` */
export function parseExposed(text: string): string[] {
  const [ports = '', protocolText] = text.split('/');
  const [first = '', last = first, ...more] = ports.split('-');
  const bad = [first, last].find((part) => !/^\d+$/.test(part));
  if (bad !== undefined || more.length > 0) {
    throw invalid(
      `invalid range format for --expose: ${text}: strconv.ParseUint: parsing ${JSON.stringify(bad ?? ports)}: invalid syntax`,
    );
  }
  const [low, high] = [checkNumber(first), checkNumber(last)];
  if (high < low) throw invalid(`invalid range format for --expose: ${text}: Invalid range specified for the Port: ${ports}`);
  return parseProtocols(protocolText).flatMap((protocol) =>
    Array.from({ length: high - low + 1 }, (_, index) => `${low + index}/${protocol}`),
  );
}

function splitPort(text: string): { address?: string | undefined; host?: string | undefined; container: string } {
  if (text.startsWith('[')) {
    const [, address, host, container] = /^\[([^\]]*)\]:([^:]*):([^:]*)$/.exec(text) ?? [];
    if (address === undefined || container === undefined) {
      throw invalid('invalid IPv6 format - format is [[hostIP:]hostPort:]containerPort');
    }
    return { address, host, container };
  }
  const parts = text.split(':');
  const [one = '', two = '', three = ''] = parts;
  if (parts.length === 1) return { container: one };
  if (parts.length === 2) return { host: one, container: two };
  if (parts.length === 3) return { address: one, host: two, container: three };
  throw invalid('invalid port format - format is [[hostIP:]hostPort:]containerPort');
}

function checkAddress(text: string): string {
  if (text === '') return '';
  if (isIP(text) === 0) throw invalid(`cannot parse ${JSON.stringify(text)} as an IP address`);
  return text;
}

function parseRange(text: string, what: string): { readonly first: number; readonly length: number } {
  const [start = '', end, ...more] = text.split('-');
  if (more.length > 0) throw invalid(`parsing ${what}: invalid port format - port ranges are formatted as startPort-stopPort`);
  const number = (part: string) => {
    try {
      return checkNumber(part);
    } catch (error) {
      if (error instanceof InvalidArgumentError) error.message = `parsing ${what}: ${error.message}`;
      throw error;
    }
  };
  const first = number(start);
  if (end === undefined) return { first, length: 1 };
  const last = number(end);
  if (last <= first)
    throw invalid(
      `parsing ${what}: the end port of a range must be higher than the start port - ${last} is not higher than ${first}`,
    );
  return { first, length: last - first + 1 };
}

function checkNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw invalid(`invalid port number: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const port = Number(text);
  if (port < 1 || port > 65535) throw invalid(`port numbers must be between 1 and 65535 (inclusive), got ${port}`);
  return port;
}

function parseProtocols(text: string | undefined): Protocol[] {
  if (text === undefined || text === '') return ['tcp'];
  return [...new Set(text.toLowerCase().split(','))].map((word) => {
    const protocol = protocols.find((known) => known === word);
    if (protocol === undefined) throw invalid(`unrecognized protocol ${JSON.stringify(word)} in port mapping`);
    return protocol;
  });
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    code: 'invalid-port',
    hint: 'publish ports as [[ADDRESS:]HOST_PORT:]CONTAINER_PORT[/PROTOCOL]',
  });
}
