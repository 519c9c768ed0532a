import { type ByteText, isAscii, toBytes } from './byte-text.ts';
import { blockSize, type Member, type MemberKind, paddingOf } from './member.ts';

const typeFlags = {
  file: '0',
  link: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
} as const satisfies Record<MemberKind, string>;

const nanosecondsPerSecond = 1_000_000_000n;
const largestOfSeven = 0o7777777;
const largestOfEleven = 0o77777777777;
const nameLength = 100;
const prefixLength = 155;

/**
 * The blocks that announce a member: ustar's, and before it a pax header (POSIX.1-2001) for what ustar has no room for. The same bytes
 * for the same member.
 */
export function encodeHeader(member: Member): Buffer {
  const records: (readonly [string, string | Buffer])[] = [];
  const split = splitName(member.name);
  if (!split || !isAscii(member.name)) records.push(['path', toBytes(member.name)]);
  if (member.linkName.length > nameLength || !isAscii(member.linkName)) records.push(['linkpath', toBytes(member.linkName)]);
  if (member.size > largestOfEleven) records.push(['size', String(member.size)]);
  if (member.uid > largestOfSeven) records.push(['uid', String(member.uid)]);
  if (member.gid > largestOfSeven) records.push(['gid', String(member.gid)]);
  const seconds = wholeSeconds(member.modified);
  if (needsRecord(member.modified)) records.push(['mtime', decimalSeconds(member.modified)]);
  for (const [name, value] of [...member.attributes].sort(([one], [other]) => (one < other ? -1 : 1))) {
    records.push([`SCHILY.xattr.${name}`, value]);
  }
  const block = encodeBlock({
    name: split?.name ?? member.name.slice(0, nameLength),
    prefix: split?.prefix ?? '',
    type: typeFlags[member.kind],
    mode: member.mode,
    uid: member.uid > largestOfSeven ? 0 : member.uid,
    gid: member.gid > largestOfSeven ? 0 : member.gid,
    size: member.size > largestOfEleven ? 0 : member.size,
    seconds: Math.min(Math.max(seconds, 0), largestOfEleven),
    linkName: member.linkName.slice(0, nameLength),
    major: member.major,
    minor: member.minor,
  });
  return records.length === 0 ? block : Buffer.concat([encodePax(member.name, records), block]);
}

/** The two empty blocks that end an archive. */
export const endOfArchive = Buffer.alloc(2 * blockSize);

function encodePax(name: ByteText, records: readonly (readonly [string, string | Buffer])[]): Buffer {
  const content = Buffer.concat(records.map(([key, value]) => paxRecord(key, Buffer.from(value))));
  const cut = name.replace(/\/$/, '').lastIndexOf('/') + 1;
  const shown = `${name.slice(0, cut)}PaxHeaders.0/${name.slice(cut)}`;
  const header = encodeBlock({
    ...(splitName(shown) ?? { name: shown.slice(0, nameLength), prefix: '' }),
    type: 'x',
    ...{ mode: 0, uid: 0, gid: 0, seconds: 0, linkName: '', major: 0, minor: 0 },
    size: content.length,
  });
  return Buffer.concat([header, content, Buffer.alloc(paddingOf(content.length))]);
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

interface BlockFields {
  readonly name: ByteText;
  readonly prefix: ByteText;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly seconds: number;
  readonly linkName: ByteText;
  readonly major: number;
  readonly minor: number;
}

function encodeBlock(fields: BlockFields): Buffer {
  const block = Buffer.alloc(blockSize);
  block.write(fields.name, 0, nameLength, 'latin1');
  writeOctal(block, fields.mode, 100, 8);
  writeOctal(block, fields.uid, 108, 8);
  writeOctal(block, fields.gid, 116, 8);
  writeOctal(block, fields.size, 124, 12);
  writeOctal(block, fields.seconds, 136, 12);
  block.write(fields.type, 156, 'latin1');
  block.write(fields.linkName, 157, nameLength, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  writeOctal(block, fields.major, 329, 8);
  writeOctal(block, fields.minor, 337, 8);
  block.write(fields.prefix, 345, prefixLength, 'latin1');
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** The sum of all bytes, those of the sum's own field taken as spaces. */
export function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let index = 0; index < 148; index++) sum += block[index] as number;
  for (let index = 156; index < blockSize; index++) sum += block[index] as number;
  return sum;
}

function writeOctal(block: Buffer, value: number, offset: number, length: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
}

/** A long name goes into two fields that meet at a slash; undefined when it does not fit. */
function splitName(name: ByteText): { readonly name: ByteText; readonly prefix: ByteText } | undefined {
  if (name.length <= nameLength) return { name, prefix: '' };
  if (name.length > nameLength + 1 + prefixLength) return undefined;
  const cut = name.lastIndexOf('/', Math.min(prefixLength, name.length - 2));
  if (cut <= 0 || name.length - cut - 1 > nameLength) return undefined;
  return { name: name.slice(cut + 1), prefix: name.slice(0, cut) };
}

function wholeSeconds(nanoseconds: bigint): number {
  return Number(nanoseconds / nanosecondsPerSecond);
}

function needsRecord(nanoseconds: bigint): boolean {
  return nanoseconds < 0n || nanoseconds % nanosecondsPerSecond !== 0n || wholeSeconds(nanoseconds) > largestOfEleven;
}

function decimalSeconds(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = (size % nanosecondsPerSecond).toString().padStart(9, '0').replace(/0+$/, '');
  return `${sign}${size / nanosecondsPerSecond}${fraction && `.${fraction}`}`;
}
