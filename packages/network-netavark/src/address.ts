import { isIPv4, isIPv6 } from 'node:net';

/** An address as a number of 32 or 128 bits. */
export interface Address {
  readonly version: 4 | 6;
  readonly value: bigint;
}

export interface Prefix extends Address {
  /** Bits of the network. */
  readonly length: number;
}

/** Undefined unless it is an IPv4 or IPv6 address without a zone. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { version: 4, value: text.split('.').reduce((value, byte) => value * 256n + BigInt(byte), 0n) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const words = wordsOf(text);
  const mapped = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff;
  const value = words.reduce((sum, word) => sum * 65536n + BigInt(word), 0n);
  return mapped ? { version: 4, value: value & 0xffffffffn } : { version: 6, value };
}

function wordsOf(text: string): number[] {
  const plain = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a: string, b: string, c: string, d: string) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((word) => word.toString(16)).join(':'),
  );
  const [head = '', tail] = plain.split('::');
  const split = (part: string) => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)));
  const before = split(head);
  if (tail === undefined) return before;
  const after = split(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** As Go and everybody else prints it: IPv6 with its longest run of zeros left out. */
export function formatAddress({ version, value }: Address): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  const words = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (start + length < 8 && words[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  const text = (part: number[]) => part.map((word) => word.toString(16)).join(':');
  if (best.start === -1) return text(words);
  return `${text(words.slice(0, best.start))}::${text(words.slice(best.start + best.length))}`;
}

/** `10.89.0.0/24`; undefined when it is none. Bits behind the network are cleared, as Go's ParseCIDR does. */
export function parsePrefix(text: string): Prefix | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  const parsed = parseAddress(address);
  if (parsed === undefined || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return undefined;
  const length = Number(bits);
  const width = widthOf(parsed.version);
  if (length > width) return undefined;
  const host = BigInt(width - length);
  return { version: parsed.version, value: (parsed.value >> host) << host, length };
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix)}/${prefix.length}`;
}

export function contains(prefix: Prefix, { version, value }: Address): boolean {
  const host = BigInt(widthOf(prefix.version) - prefix.length);
  return prefix.version === version && prefix.value >> host === value >> host;
}

export function overlap(one: Prefix, other: Prefix): boolean {
  return contains(one, other) || contains(other, one);
}

/** The last address that a host can have: the one before the broadcast address with IPv4. */
export function lastUsable(prefix: Prefix): Address {
  const last = lastOf(prefix);
  return prefix.version === 4 && prefix.length < 31 ? { ...last, value: last.value - 1n } : last;
}

export function lastOf({ version, value, length }: Prefix): Address {
  return { version, value: value + (1n << BigInt(widthOf(version) - length)) - 1n };
}

export function next({ version, value }: Address): Address {
  return { version, value: value + 1n };
}

/** The prefix of the same length behind it; undefined at the end of the address space. */
export function nextPrefix(prefix: Prefix): Prefix | undefined {
  const value = prefix.value + (1n << BigInt(widthOf(prefix.version) - prefix.length));
  return value >> BigInt(widthOf(prefix.version)) === 0n ? { ...prefix, value } : undefined;
}

export function sameAddress(one: Address | undefined, other: Address | undefined): boolean {
  return one !== undefined && other !== undefined && one.version === other.version && one.value === other.value;
}

/** In network byte order: 4 or 16 bytes. */
export function addressBytes({ version, value }: Address): Buffer {
  return Buffer.from(value.toString(16).padStart(version === 4 ? 8 : 32, '0'), 'hex');
}

export function addressFromBytes(bytes: Uint8Array): Address | undefined {
  if (bytes.length !== 4 && bytes.length !== 16) return undefined;
  const hex = Buffer.from(bytes).toString('hex');
  const value = BigInt(`0x${hex}`);
  if (bytes.length === 16 && hex.startsWith('00000000000000000000ffff')) return { version: 4, value: value & 0xffffffffn };
  return { version: bytes.length === 4 ? 4 : 6, value };
}

function widthOf(version: 4 | 6): number {
  return version === 4 ? 32 : 128;
}
