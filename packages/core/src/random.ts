import { closeSync, openSync, readSync } from 'node:fs';

/** Random bytes from the kernel. Loading Node's crypto takes 4 ms, which is too much for a few bytes in a short command. */
export function randomBytes(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  const source = openSync('/dev/urandom', 'r');
  try {
    for (let filled = 0; filled < length; ) filled += readSync(source, bytes, filled, length - filled, null);
  } finally {
    closeSync(source);
  }
  return bytes;
}
