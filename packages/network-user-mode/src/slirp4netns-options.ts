import { isIP, isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { InvalidArgumentError } from '@tspod/core';

/** What the options of `--network slirp4netns:…` mean. */
export interface Slirp4netnsOptions {
  /** The host's loopback is reached by the gateway's address. */
  readonly allowHostLoopback: boolean;
  readonly mtu: number;
  readonly cidr: Cidr;
  readonly ipv6: boolean;
  readonly outboundAddress?: string | undefined;
  readonly outboundAddress6?: string | undefined;
  /** Who forwards published ports. */
  readonly portHandler: 'slirp4netns' | 'rootlesskit';
}

/** slirp4netns gives itself and the container fixed places in its subnet. */
export interface Cidr {
  readonly text: string;
  readonly prefixLength: number;
  /** Of the container. */
  readonly address: string;
  readonly gateway: string;
  readonly nameServer: string;
}

/** @throws {InvalidArgumentError} `invalid-network-option`, in podman's words. */
export function parseSlirp4netnsOptions(options: readonly string[]): Slirp4netnsOptions {
  let parsed: Slirp4netnsOptions = {
    allowHostLoopback: false,
    mtu: 65520,
    cidr: cidrOf('10.0.2.0/24'),
    ipv6: true,
    portHandler: 'slirp4netns',
  };
  for (const option of options) {
    const equals = option.indexOf('=');
    const [name, value] = equals === -1 ? [option, undefined] : [option.slice(0, equals), option.slice(equals + 1)];
    parsed = { ...parsed, ...meaningOf(option, name, value) };
  }
  return parsed;
}

function meaningOf(option: string, name: string, value: string | undefined): Partial<Slirp4netnsOptions> {
  if (value !== undefined) {
    switch (name) {
      case 'allow_host_loopback':
        return { allowHostLoopback: flag(name, value) };
      case 'enable_ipv6':
        return { ipv6: flag(name, value) };
      case 'mtu':
        if (!/^\d+$/.test(value) || Number(value) < 68 || Number(value) > 65521) throw invalid(`invalid mtu "${value}"`);
        return { mtu: Number(value) };
      case 'cidr':
        return { cidr: cidrOf(value) };
      case 'outbound_addr':
        if (!isIPv4(value) && !isInterface(value)) throw invalid(`invalid outbound_addr "${value}"`);
        return { outboundAddress: value };
      case 'outbound_addr6':
        if (!isIPv6(value) && !isInterface(value)) throw invalid(`invalid outbound_addr6: "${value}"`);
        return { outboundAddress6: value };
      case 'port_handler':
        if (value !== 'slirp4netns' && value !== 'rootlesskit') {
          throw invalid(`unknown port_handler for slirp4netns: "${value}"`);
        }
        return { portHandler: value };
    }
  }
  throw invalid(
    `unknown option for slirp4netns: "${option}"`,
    'use allow_host_loopback, cidr, enable_ipv6, mtu, outbound_addr, outbound_addr6, port_handler, each with a value',
  );
}

function flag(name: string, value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalid(`invalid value of ${name} for slirp4netns: "${value}"`, 'use true or false');
}

function cidrOf(text: string): Cidr {
  const [address = '', length = ''] = text.split('/');
  // the container's place is the hundredth
  if (!isIPv4(address) || !/^\d+$/.test(length) || Number(length) > 25) throw invalid(`invalid cidr "${text}"`);
  const prefixLength = Number(length);
  const number = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const network = number - (number % 2 ** (32 - prefixLength));
  const place = (offset: number) => [24, 16, 8, 0].map((shift) => Math.floor((network + offset) / 2 ** shift) % 256).join('.');
  return { text, prefixLength, address: place(100), gateway: place(2), nameServer: place(3) };
}

function isInterface(name: string): boolean {
  return isIP(name) === 0 && Object.hasOwn(networkInterfaces(), name);
}

function invalid(message: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-network-option', hint });
}
