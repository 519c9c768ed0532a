import { closeSync, openSync } from 'node:fs';
import { O_PATH } from './open-flags.ts';

export const AF_UNIX = 1;

/** What fits into `struct sockaddr_un` with its end. */
const longestSocketPath = 107;

/** Calls `act` with the `struct sockaddr_un` of a path, however long it is; `@` in front means a name without a file. */
export function withUnixAddress<Result>(path: string, act: (address: Buffer) => Result): Result {
  if (path.startsWith('@')) return act(socketAddress(Buffer.concat([Buffer.of(0), Buffer.from(path.slice(1))])));
  if (Buffer.byteLength(path) <= longestSocketPath) return act(socketAddress(Buffer.from(`${path}\0`)));
  const handle = openSync(path, O_PATH);
  try {
    return act(socketAddress(Buffer.from(`/proc/self/fd/${handle}\0`)));
  } finally {
    closeSync(handle);
  }
}

function socketAddress(name: Uint8Array): Buffer {
  const address = new Uint8Array(2 + name.length);
  new Uint16Array(address.buffer, 0, 1)[0] = AF_UNIX;
  address.set(name, 2);
  return Buffer.from(address.buffer);
}
