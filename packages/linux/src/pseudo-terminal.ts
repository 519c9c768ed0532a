import { closeSync, constants, openSync } from 'node:fs';
import { checked, libraryFunction } from './libc.ts';

/** Both ends of a terminal that no person sits at. The caller closes them. */
export interface PseudoTerminal {
  readonly controllerFd: number;
  /** What a program gets as its stdin, stdout or stderr. */
  readonly programFd: number;
}

const TIOCSPTLCK = 0x40045431;
const TIOCGPTPEER = 0x5441;
const TIOCSWINSZ = 0x5414;

const controlBuffer = libraryFunction('ioctl', 'int', ['int', 'ulong', 'void *']);
const controlNumber = libraryFunction('ioctl', 'int', ['int', 'ulong', 'long']);

/** @throws {SystemError} when the machine has no more terminals. */
export function openPseudoTerminal({ columns, rows }: { readonly columns: number; readonly rows: number }): PseudoTerminal {
  const path = '/dev/ptmx';
  const controllerFd = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  try {
    checked(controlBuffer(controllerFd, TIOCSPTLCK, Buffer.alloc(4)), { syscall: 'ioctl', path });
    const flags = constants.O_RDWR | constants.O_NOCTTY | O_CLOEXEC;
    const programFd = checked(controlNumber(controllerFd, TIOCGPTPEER, flags), { syscall: 'ioctl', path });
    const size = new Uint16Array([rows, columns, 0, 0]);
    checked(controlBuffer(controllerFd, TIOCSWINSZ, new Uint8Array(size.buffer)), { syscall: 'ioctl', path });
    return { controllerFd, programFd };
  } catch (error) {
    closeSync(controllerFd);
    throw error;
  }
}

/** Node does not name it. */
const O_CLOEXEC = 0o2000000;
