import { checked, libraryFunction } from './libc.ts';

export const AF_INET = 2;
export const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;

const socket = libraryFunction('socket', 'int', ['int', 'int', 'int']);

/** A socket that programs do not inherit. @param path what it is for, in the error */
export function openSocket(family: number, kind: number, path: string, protocol = 0): number {
  return checked(socket(family, kind | SOCK_CLOEXEC, protocol), { syscall: 'socket', path });
}
