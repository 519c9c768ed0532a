import type { FileHandle } from 'node:fs/promises';

/** Where the content of a regular file lies in an uncompressed tar. */
export interface TarMember {
  readonly offset: number;
  readonly size: number;
}

const blockSize = 512;

/** More than an archive of images has, by far; keeps a hostile file from filling the memory. */
const mostMembers = 100_000;

/** A text in a header, for names that don't fit into one: longer is no name. */
const longestName = 64 * 1024;

/**
 * Where the regular files of a tar lie, by name without a leading `./`, reading headers only. Of several with one name the first
 * counts. Undefined when the file is no tar; a tar that is cut off gives what comes before.
 */
export async function readTarIndex(file: FileHandle): Promise<ReadonlyMap<string, TarMember> | undefined> {
  const members = new Map<string, TarMember>();
  const header = Buffer.alloc(blockSize);
  let position = 0;
  let longName: string | undefined;
  while (members.size < mostMembers) {
    const { bytesRead } = await file.read(header, 0, blockSize, position);
    if (bytesRead < blockSize || header.every((byte) => byte === 0)) return position === 0 ? undefined : members;
    if (!hasValidChecksum(header)) return position === 0 ? undefined : members;
    const size = readSize(header);
    const offset = position + blockSize;
    const type = String.fromCharCode(header[156] ?? 0);
    position = offset + Math.ceil(size / blockSize) * blockSize;
    if (type === 'L' || type === 'x') {
      const text = await readText(file, { offset, size: Math.min(size, longestName) });
      longName = type === 'L' ? untilNul(text) : (paxPath(text) ?? longName);
      continue;
    }
    const name = (longName ?? headerName(header)).replace(/^\.\//, '');
    longName = undefined;
    if ((type === '0' || type === '\0') && !members.has(name)) members.set(name, { offset, size });
  }
  return members;
}

/** The most that a document may have, in bytes: manifests and configs of images, which containers/image limits alike. */
export const longestDocument = 4 * 1024 * 1024;

/** @throws {RangeError} when the member has more bytes than a document may have. */
export async function readText(file: FileHandle, { offset, size }: TarMember): Promise<string> {
  if (size > longestDocument) throw new RangeError(`it has ${size} bytes, and ${longestDocument} are the most that it may have`);
  const content = Buffer.alloc(size);
  const { bytesRead } = await file.read(content, 0, size, offset);
  return content.toString('utf8', 0, bytesRead);
}

/** The sum of the header's bytes, its own field taken as spaces. */
function hasValidChecksum(header: Buffer): boolean {
  const stated = Number.parseInt(header.toString('latin1', 148, 156), 8);
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0) === stated;
}

/** Octal digits, or, for 8 GiB and more, a binary number marked by its first bit (GNU). */
function readSize(header: Buffer): number {
  if (((header[124] ?? 0) & 0x80) !== 0) return header.readUIntBE(130, 6);
  return Number.parseInt(untilNul(header.toString('latin1', 124, 136)).trim() || '0', 8) || 0;
}

function headerName(header: Buffer): string {
  const name = untilNul(header.toString('utf8', 0, 100));
  const isUstar = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? untilNul(header.toString('utf8', 345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** `LENGTH path=NAME\n` among the records of an extended header (POSIX pax). */
function paxPath(records: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records)?.[1];
}

function untilNul(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}
