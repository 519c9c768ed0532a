import { archiveError, unsupportedMember } from './archive-error.ts';
import type { ByteSource } from './byte-source.ts';
import { type ByteText, toText } from './byte-text.ts';
import { checksum } from './header.ts';
import { blockSize, type Member, type MemberKind, paddingOf } from './member.ts';
import type { ArchiveObserver } from './observer.ts';

/** Longest header of names and attributes that is believed; larger ones only serve to fill memory. */
const extendedLimit = 1024 * 1024;
const nanosecondsPerSecond = 1_000_000_000n;

const kindOfType: Readonly<Record<string, MemberKind>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
};

type PaxRecords = ReadonlyMap<string, Buffer>;

/**
 * Reads members one after the other: ustar, pax, and GNU's long names and numbers. `next` answers the next one; before it is called
 * again, the content must have been taken by `content`.
 */
export class ArchiveReader {
  readonly #source: ByteSource;
  readonly #observer: ArchiveObserver | undefined;
  #global: PaxRecords = new Map();

  constructor(source: ByteSource, observer?: ArchiveObserver) {
    this.#source = source;
    this.#observer = observer;
  }

  /** @throws {InvalidArgumentError} `archive-damaged`, `archive-truncated`; {NotSupportedError} `archive-member-kind` */
  async next(): Promise<Member | undefined> {
    let own = new Map<string, Buffer>();
    let longName: ByteText | undefined;
    let longLink: ByteText | undefined;
    let isBegun = false;
    for (;;) {
      const block = this.#source.take(blockSize) ?? (await this.#source.fill(blockSize));
      if (block === undefined) {
        if (isBegun) throw archiveError('archive-truncated', 'the archive ends after a header that announces another one');
        return undefined;
      }
      this.#observer?.bytes(block);
      if (isZero(block)) {
        await this.#drain();
        return undefined;
      }
      const type = String.fromCharCode(block[156] as number);
      const name = longName ?? blockName(block);
      checkSum(block, name);
      const size = number(block, 124, 12, 'size', name);
      if (type === 'x' || type === 'g') {
        const records = parsePax(await this.#extended(size, name), name);
        if (type === 'g') this.#global = new Map([...this.#global, ...records]);
        else own = records;
      } else if (type === 'L') longName = untilZero(await this.#extended(size, name));
      else if (type === 'K') longLink = untilZero(await this.#extended(size, name));
      else return this.#member(block, type, { name, longLink, size }, new Map([...this.#global, ...own]));
      isBegun = true;
    }
  }

  /** The content of the member that `next` answered, piece by piece, to its end. */
  async content(member: Member, use: (piece: Buffer) => void): Promise<void> {
    for (let left = member.size; left > 0; ) {
      const piece = await this.#source.some(left);
      if (piece === undefined) throw archiveError('archive-truncated', `${left} bytes of its content are missing`, member.name);
      this.#observer?.content(piece);
      use(piece);
      left -= piece.length;
    }
    this.#observer?.member(member);
    const padding = paddingOf(member.size);
    if (padding === 0) return;
    const bytes = this.#source.take(padding) ?? (await this.#source.fill(padding, member.name));
    // The last member's padding is missing in what some programs write.
    if (bytes !== undefined) this.#observer?.bytes(bytes);
  }

  /** What follows the first empty block says nothing, but belongs to the archive. */
  async #drain(): Promise<void> {
    for (let rest = await this.#source.some(blockSize); rest; rest = await this.#source.some(blockSize * 128)) {
      this.#observer?.bytes(rest);
    }
  }

  async #extended(size: number, name: ByteText): Promise<Buffer> {
    if (size > extendedLimit) throw archiveError('archive-damaged', `its extended header has ${size} bytes`, name);
    const whole = size + paddingOf(size);
    if (whole === 0) return Buffer.alloc(0);
    const bytes = this.#source.take(whole) ?? (await this.#source.fill(whole, name));
    if (bytes === undefined) throw archiveError('archive-truncated', 'its extended header is missing', name);
    this.#observer?.bytes(bytes);
    return Buffer.from(bytes.subarray(0, size));
  }

  #member(
    block: Buffer,
    type: string,
    said: { readonly name: ByteText; readonly longLink: ByteText | undefined; readonly size: number },
    records: PaxRecords,
  ): Member {
    const name = records.get('path')?.toString('latin1') ?? said.name;
    if (type === 'S' || [...records.keys()].some((key) => key.startsWith('GNU.sparse.'))) {
      throw unsupportedMember("GNU's sparse files are not supported; write the archive without --sparse", name);
    }
    const plainKind = kindOfType[type];
    if (plainKind === undefined) throw unsupportedMember(`its type ${JSON.stringify(type)} is not known`, name);
    // Before there was a type for directories, a slash at the end said it.
    const kind = plainKind === 'file' && name.endsWith('/') ? 'directory' : plainKind;
    const size = paxNumber(records, 'size', name) ?? said.size;
    return {
      name,
      kind,
      mode: number(block, 100, 8, 'mode', name) & 0o7777,
      uid: paxNumber(records, 'uid', name) ?? number(block, 108, 8, 'uid', name),
      gid: paxNumber(records, 'gid', name) ?? number(block, 116, 8, 'gid', name),
      size: kind === 'file' ? size : 0,
      modified: paxTime(records, name) ?? BigInt(signedNumber(block, 136, 12, 'mtime', name)) * nanosecondsPerSecond,
      linkName: records.get('linkpath')?.toString('latin1') ?? said.longLink ?? text(block, 157, 100),
      major: kind === 'character' || kind === 'block' ? number(block, 329, 8, 'devmajor', name) : 0,
      minor: kind === 'character' || kind === 'block' ? number(block, 337, 8, 'devminor', name) : 0,
      attributes: attributesOf(records),
    };
  }
}

const zeroes = Buffer.alloc(blockSize);

function isZero(block: Buffer): boolean {
  return block[0] === 0 && block.equals(zeroes);
}

function checkSum(block: Buffer, name: ByteText): void {
  const stored = number(block, 148, 8, 'checksum', name);
  if (stored !== checksum(block)) throw archiveError('archive-damaged', 'the checksum of its header is wrong', name);
}

function blockName(block: Buffer): ByteText {
  const name = text(block, 0, 100);
  // GNU's own format keeps times where ustar has the prefix; only ustar's magic ends with a zero.
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? text(block, 345, 155) : '';
  return prefix ? `${prefix}/${name}` : name;
}

function text(block: Buffer, offset: number, length: number): ByteText {
  return untilZero(block.subarray(offset, offset + length));
}

function untilZero(bytes: Buffer): ByteText {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
}

function number(block: Buffer, offset: number, length: number, field: string, name: ByteText): number {
  const value = signedNumber(block, offset, length, field, name);
  if (value < 0) throw archiveError('archive-damaged', `its ${field} is ${value}`, name);
  return value;
}

/** Octal digits, or, with the highest bit set, a binary number. */
function signedNumber(block: Buffer, offset: number, length: number, field: string, name: ByteText): number {
  const bytes = block.subarray(offset, offset + length);
  const first = bytes[0] as number;
  if ((first & 0x80) !== 0) {
    let value = BigInt(first & 0x7f);
    for (const byte of bytes.subarray(1)) value = (value << 8n) | BigInt(byte);
    return safe(BigInt.asIntN(8 * length - 1, value), field, name);
  }
  const digits = untilZero(bytes).trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits))
    throw archiveError('archive-damaged', `its ${field} ${JSON.stringify(digits)} is no number`, name);
  return Number.parseInt(digits, 8);
}

function safe(value: bigint, field: string, name: ByteText): number {
  const result = Number(value);
  if (!Number.isSafeInteger(result)) throw archiveError('archive-damaged', `its ${field} is ${value}`, name);
  return result;
}

/** Records `LENGTH KEY=VALUE\n`. Without a value, a record takes an earlier one back. */
function parsePax(bytes: Buffer, name: ByteText): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space === -1 ? Number.NaN : Number(bytes.toString('latin1', at, space));
    const end = at + length;
    const equals = bytes.indexOf(0x3d, space);
    if (!Number.isInteger(length) || end > bytes.length || equals === -1 || equals >= end || bytes[end - 1] !== 0x0a) {
      throw archiveError('archive-damaged', 'a record of its extended header is not valid', name);
    }
    records.set(bytes.toString('utf8', space + 1, equals), bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

function paxNumber(records: PaxRecords, key: string, name: ByteText): number | undefined {
  const value = records.get(key)?.toString('latin1');
  if (value === undefined || value === '') return undefined;
  if (!/^\d{1,15}$/.test(value)) throw archiveError('archive-damaged', `its ${key} ${JSON.stringify(value)} is no number`, name);
  return Number(value);
}

function paxTime(records: PaxRecords, name: ByteText): bigint | undefined {
  const value = records.get('mtime')?.toString('latin1');
  if (value === undefined || value === '') return undefined;
  const parts = /^(-?)(\d{1,12})(?:\.(\d*))?$/.exec(value);
  if (!parts) throw archiveError('archive-damaged', `its mtime ${JSON.stringify(toText(value))} is no number`, name);
  const [, sign, seconds = '0', fraction = ''] = parts;
  const size = BigInt(seconds) * nanosecondsPerSecond + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign ? -size : size;
}

function attributesOf(records: PaxRecords): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const [key, value] of records) {
    const name = /^SCHILY\.xattr\.(.+)$/s.exec(key)?.[1];
    if (name !== undefined) found.set(name, Buffer.from(value));
  }
  return found;
}
