import { endianness } from 'node:os';
import { checked, libraryFunction } from './libc.ts';

const O_CLOEXEC = 0o2000000;

const pipe2 = libraryFunction('pipe2', 'int', ['void *', 'int']);

/** Both ends of a new pipe; only programs to which they are handed by number inherit them. */
export function openPipe(): { readonly readEnd: number; readonly writeEnd: number } {
  const ends = Buffer.alloc(8);
  checked(pipe2(ends, O_CLOEXEC), { syscall: 'pipe2', path: 'a new pipe' });
  const read =
    endianness() === 'LE' ? (offset: number) => ends.readInt32LE(offset) : (offset: number) => ends.readInt32BE(offset);
  return { readEnd: read(0), writeEnd: read(4) };
}
