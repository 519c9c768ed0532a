import { closeSync } from 'node:fs';
import { checked, libraryFunction } from './libc.ts';
import { openSocket, SOCK_DGRAM } from './socket.ts';
import { AF_UNIX, withUnixAddress } from './unix-address.ts';

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

const sendTo = libraryFunction('sendto', 'long', ['int', 'void *', 'size_t', 'int', 'void *', 'uint']);

/**
 * Sends a datagram to a Unix socket; a path with `@` in front has no file. Node can't.
 * @throws {SystemError} `ENOENT`, `ECONNREFUSED` when nobody receives there, `EAGAIN` when its queue is full.
 */
export function sendDatagram(path: string, text: string): void {
  const bytes = Buffer.from(text);
  const descriptor = openSocket(AF_UNIX, SOCK_DGRAM, path);
  try {
    withUnixAddress(path, (address) =>
      checked(sendTo(descriptor, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, address, address.length), {
        syscall: 'sendto',
        path,
      }),
    );
  } finally {
    closeSync(descriptor);
  }
}
