import { checked, libraryFunction, terminated } from './libc.ts';
import { hasCode } from './system-error.ts';

const mknod = libraryFunction('mknod', 'int', ['void *', 'uint', 'uint64']);
const utimensat = libraryFunction('utimensat', 'int', ['int', 'void *', 'void *', 'int']);
const listxattr = libraryFunction('listxattr', 'long', ['void *', 'void *', 'size_t']);
const getxattr = libraryFunction('getxattr', 'long', ['void *', 'str', 'void *', 'size_t']);
const setxattr = libraryFunction('setxattr', 'int', ['void *', 'str', 'void *', 'size_t', 'int']);

/** A directory descriptor's place where a path that is absolute needs none. */
const nowhere = -1;
const nanosecondsPerSecond = 1_000_000_000n;
/** What the kernel allows for one attribute, and for the list of their names. */
const attributeLimit = 65_536;

/**
 * mknod(2).
 * @param mode type and permissions, of which the umask takes its share.
 */
export function makeNode(path: Buffer, mode: number, device: { readonly major: number; readonly minor: number }): void {
  const major = BigInt(device.major);
  const minor = BigInt(device.minor);
  const number = ((major & 0xfffn) << 8n) | ((major & 0xfffff000n) << 32n) | (minor & 0xffn) | ((minor & 0xffffff00n) << 12n);
  checked(mknod(terminated(path), mode, number), { syscall: 'mknod', path: path.toString() });
}

/** Sets both times to the nanosecond, which Node's own functions round; a symlink at the end of the path is followed. */
export function setTimes(path: Buffer, nanoseconds: bigint): void {
  const seconds = nanoseconds / nanosecondsPerSecond - (nanoseconds % nanosecondsPerSecond < 0n ? 1n : 0n);
  const rest = nanoseconds - seconds * nanosecondsPerSecond;
  const times = Buffer.from(BigInt64Array.of(seconds, rest, seconds, rest).buffer);
  checked(utimensat(nowhere, terminated(path), times, 0), { syscall: 'utimensat', path: path.toString() });
}

/** The names of a file's extended attributes; a file system without any has none. A symlink at the end of the path is followed. */
export function listAttributes(path: Buffer): string[] {
  const names = Buffer.allocUnsafe(attributeLimit);
  const call = { syscall: 'listxattr', path: path.toString() };
  try {
    const length = checked(listxattr(terminated(path), names, names.length), call);
    return names.toString('utf8', 0, length).split('\0').filter(Boolean);
  } catch (error) {
    if (hasCode(error, 'ENOTSUP', 'EOPNOTSUPP')) return [];
    throw error;
  }
}

/** The value of an extended attribute; undefined when the file has none of that name. */
export function readAttribute(path: Buffer, name: string): Buffer | undefined {
  const value = Buffer.allocUnsafe(attributeLimit);
  try {
    const length = checked(getxattr(terminated(path), name, value, value.length), { syscall: 'getxattr', path: path.toString() });
    return Buffer.from(value.subarray(0, length));
  } catch (error) {
    if (hasCode(error, 'ENODATA', 'ENOTSUP', 'EOPNOTSUPP')) return undefined;
    throw error;
  }
}

export function writeAttribute(path: Buffer, name: string, value: Uint8Array): void {
  checked(setxattr(terminated(path), name, value, value.length, 0), { syscall: 'setxattr', path: path.toString() });
}
