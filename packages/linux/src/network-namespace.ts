import { closeSync, constants, openSync } from 'node:fs';
import { checked, libraryFunction } from './libc.ts';
import { mount } from './mount.ts';

const CLONE_NEWNET = 0x40000000;

const setns = libraryFunction('setns', 'int', ['int', 'int']);
const unshare = libraryFunction('unshare', 'int', ['int']);

const ofThread = '/proc/thread-self/ns/net';

/**
 * Makes a network namespace and binds it to a file that exists, so that it lasts without a process in it until it is unmounted. The calling
 * thread enters it for a moment, and nothing else runs on it meanwhile.
 *
 * @throws {SystemError} what the kernel says; the thread is back in its own namespace then.
 */
export function bindNewNetworkNamespace(path: string): void {
  const own = openSync(ofThread, constants.O_RDONLY);
  try {
    checked(unshare(CLONE_NEWNET), { syscall: 'unshare', path });
    try {
      mount({ source: ofThread, target: path, type: '', options: ['bind'] });
    } finally {
      checked(setns(own, CLONE_NEWNET), { syscall: 'setns', path: ofThread });
    }
  } finally {
    closeSync(own);
  }
}
