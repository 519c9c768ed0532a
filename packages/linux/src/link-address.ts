import { closeSync } from 'node:fs';
import { checked, libraryFunction } from './libc.ts';
import { AF_INET, openSocket, SOCK_DGRAM } from './socket.ts';

const SIOCSIFHWADDR = 0x8924;
const SIOCGIFHWADDR = 0x8927;
/** `struct ifreq`, and the longest name in it. */
const requestLength = 40;
const nameLength = 15;

const ioctl = libraryFunction('ioctl', 'int', ['int', 'ulong', 'void *']);

/**
 * Has a network interface keep the MAC address that it has. Of a bridge the kernel else takes the lowest one of its ports, another
 * one whenever a port comes or goes, and who has talked to it goes on sending to the former one. (Whether somebody chose it already is in /sys,
 * which may be that of another network namespace.)
 *
 * @throws {SystemError} `ENOENT` when there is no such interface in this network namespace.
 */
export function keepLinkAddress(name: string): void {
  const request = Buffer.alloc(requestLength);
  request.write(name.slice(0, nameLength), 'latin1');
  const descriptor = openSocket(AF_INET, SOCK_DGRAM, name);
  try {
    for (const command of [SIOCGIFHWADDR, SIOCSIFHWADDR])
      checked(ioctl(descriptor, command, request), { syscall: 'ioctl', path: name });
  } finally {
    closeSync(descriptor);
  }
}
