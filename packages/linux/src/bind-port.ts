import { closeSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { endianness } from 'node:os';
import { checked, libraryFunction } from './libc.ts';
import { AF_INET, openSocket, SOCK_DGRAM } from './socket.ts';

const AF_INET6 = 10;
const SOCK_STREAM = 1;
const IPPROTO_IPV6 = 41;
const IPPROTO_SCTP = 132;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPV6_V6ONLY = 26;

const setOption = libraryFunction('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint']);
const bind = libraryFunction('bind', 'int', ['int', 'void *', 'uint']);
const listen = libraryFunction('listen', 'int', ['int', 'int']);
const socketName = libraryFunction('getsockname', 'int', ['int', 'void *', 'void *']);

export interface PortToBind {
  /** IPv4 or IPv6, as text. */
  readonly address: string;
  /** 0: the kernel chooses a free one. */
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

/**
 * Takes a port of this machine for as long as the descriptor, or a copy of it, is open. It listens and accepts nothing.
 * @throws {SystemError} `EADDRINUSE` when it is taken, `EADDRNOTAVAIL` when the address is none of ours, `EPROTONOSUPPORT` without SCTP.
 */
export function bindPort({ address, port, protocol }: PortToBind): { readonly descriptor: number; readonly port: number } {
  const isVersion6 = isIPv6(address);
  const path = `${protocol} ${isVersion6 ? `[${address}]` : address}:${port}`;
  const kind = protocol === 'udp' ? SOCK_DGRAM : SOCK_STREAM;
  const family = isVersion6 ? AF_INET6 : AF_INET;
  const descriptor = openSocket(family, kind, path, protocol === 'sctp' ? IPPROTO_SCTP : 0);
  try {
    const one = Buffer.alloc(4);
    one[endianness() === 'LE' ? 0 : 3] = 1;
    const set = (level: number, option: number) =>
      checked(setOption(descriptor, level, option, one, one.length), { syscall: 'setsockopt', path });
    if (protocol === 'tcp') set(SOL_SOCKET, SO_REUSEADDR);
    if (isVersion6) set(IPPROTO_IPV6, IPV6_V6ONLY);
    const name = socketAddress(family, address, port);
    checked(bind(descriptor, name, name.length), { syscall: 'bind', path });
    if (protocol !== 'udp') checked(listen(descriptor, 16), { syscall: 'listen', path });
    return { descriptor, port: port === 0 ? boundPort(descriptor, name, path) : port };
  } catch (failure) {
    closeSync(descriptor);
    throw failure;
  }
}

function boundPort(descriptor: number, name: Buffer, path: string): number {
  const length = Buffer.alloc(4);
  if (endianness() === 'LE') length.writeUInt32LE(name.length);
  else length.writeUInt32BE(name.length);
  checked(socketName(descriptor, name, length), { syscall: 'getsockname', path });
  return name.readUInt16BE(2);
}

/** `struct sockaddr_in` or `struct sockaddr_in6`. */
function socketAddress(family: number, address: string, port: number): Buffer {
  const name = Buffer.alloc(family === AF_INET ? 16 : 28);
  if (endianness() === 'LE') name.writeUInt16LE(family);
  else name.writeUInt16BE(family);
  name.writeUInt16BE(port, 2);
  if (family === AF_INET) Buffer.from(address.split('.').map(Number)).copy(name, 4);
  else groupsOf(address).forEach((group, at) => void name.writeUInt16BE(group, 8 + 2 * at));
  return name;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const plain = address.replace(/%.*/, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const words = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const before = words(head);
  if (tail === undefined) return before;
  const after = words(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}
