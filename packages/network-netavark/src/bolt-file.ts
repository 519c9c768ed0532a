import { CorruptError } from '@tspod/core';

/** A bucket of a bolt database: values and further buckets by key. Keys are bytes, kept here as latin-1 text; they sort as bolt sorts them. */
export interface Bucket {
  sequence: bigint;
  readonly entries: Map<string, Buffer | Bucket>;
}

const magic = 0xed0cdaed;
const formatVersion = 2;
const headerSize = 16;
const elementSize = 16;
const flag = { branch: 1, leaf: 2, meta: 4, freelist: 0x10 } as const;
const bucketElement = 1;
const defaultPageSize = 4096;

interface Meta {
  readonly pageSize: number;
  readonly root: bigint;
  readonly rootSequence: bigint;
  readonly freelist: bigint;
  /** Number of pages that were ever in use. */
  readonly highWater: bigint;
  readonly transaction: bigint;
}

export function emptyBucket(): Bucket {
  return { sequence: 0n, entries: new Map() };
}

/**
 * The whole content of a bolt database (podman's ipam.db is one). An empty file is an empty database.
 * @throws {CorruptError} `corrupt-database`
 */
export function readBolt(file: Buffer, path: string): Bucket {
  if (file.length === 0) return emptyBucket();
  const { meta } = currentMeta(file, path);
  return new Reader(file, meta.pageSize, path).bucket(meta.root, meta.rootSequence);
}

/** Writes at a place of a file. */
export interface BoltWrite {
  readonly offset: number;
  readonly bytes: Buffer;
}

/**
 * What to write, in this order, so that the database has this content. Like bolt itself it writes what is new to pages that the present
 * content does not use, and the page that makes it valid last: who is killed in between leaves the content as it was.
 */
export function writeBolt(file: Buffer, root: Bucket, path: string): readonly BoltWrite[] {
  if (file.length === 0) return newDatabase(root);
  const { meta, index } = currentMeta(file, path);
  const used = new Reader(file, meta.pageSize, path).pagesOf(meta);
  const draft = new Writer(meta.pageSize);
  const size = draft.measure(root) + freelistPages(meta.highWater, meta.pageSize) + 1n;
  const start = firstGap(used, size);
  return draft.write(root, {
    start,
    metaPage: 1 - index,
    transaction: meta.transaction + 1n,
    highWater: meta.highWater,
    extent: size,
  });
}

/** In one write, which a signal does not cut in two: a file with half of a database would be one that nobody can open. */
function newDatabase(root: Bucket): readonly BoltWrite[] {
  const writer = new Writer(defaultPageSize);
  const place = { start: 2n, highWater: 2n, extent: writer.measure(root) + 2n };
  const writes = [0, 1].flatMap((metaPage) => writer.write(root, { ...place, metaPage, transaction: BigInt(metaPage) }));
  const bytes = Buffer.alloc(Math.max(...writes.map((write) => write.offset + write.bytes.length)));
  for (const write of writes) write.bytes.copy(bytes, write.offset);
  return [{ offset: 0, bytes }];
}

/** The valid one of the two meta pages with the later transaction. */
function currentMeta(file: Buffer, path: string): { readonly meta: Meta; readonly index: number } {
  const pageSize = readMeta(file, headerSize)?.pageSize ?? defaultPageSize;
  const found = [0, 1].flatMap((index) => {
    const meta = readMeta(file, index * pageSize + headerSize);
    return meta === undefined ? [] : [{ meta, index }];
  });
  const [first, second] = found;
  if (first === undefined) throw corrupt(path, 'it has no valid meta page');
  return second !== undefined && second.meta.transaction > first.meta.transaction ? second : first;
}

function readMeta(file: Buffer, at: number): Meta | undefined {
  if (file.length < at + 64 || file.readUInt32LE(at) !== magic || file.readUInt32LE(at + 4) !== formatVersion) return undefined;
  if (file.readBigUInt64LE(at + 56) !== checksum(file.subarray(at, at + 56))) return undefined;
  return {
    pageSize: file.readUInt32LE(at + 8),
    root: file.readBigUInt64LE(at + 16),
    rootSequence: file.readBigUInt64LE(at + 24),
    freelist: file.readBigUInt64LE(at + 32),
    highWater: file.readBigUInt64LE(at + 40),
    transaction: file.readBigUInt64LE(at + 48),
  };
}

/** 64-bit FNV-1a. */
function checksum(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

class Reader {
  readonly #file: Buffer;
  readonly #pageSize: number;
  readonly #path: string;

  constructor(file: Buffer, pageSize: number, path: string) {
    this.#file = file;
    this.#pageSize = pageSize;
    this.#path = path;
  }

  bucket(page: bigint, sequence: bigint, depth = 0): Bucket {
    const bucket: Bucket = { sequence, entries: new Map() };
    this.#readPage(this.#page(page), bucket, depth);
    return bucket;
  }

  /** Numbers of all pages that the content, its free list and the two meta pages take. */
  pagesOf(meta: Meta): ReadonlySet<bigint> {
    const used = new Set<bigint>([0n, 1n]);
    const add = (number: bigint) => {
      const page = this.#page(number);
      const overflow = page.readUInt32LE(12);
      for (let extra = 0; extra <= overflow; extra += 1) used.add(number + BigInt(extra));
      return page;
    };
    const visit = (number: bigint, depth: number): void => {
      this.#checkDepth(depth);
      const page = add(number);
      const type = page.readUInt16LE(8);
      for (let index = 0; index < page.readUInt16LE(10); index += 1) {
        const at = headerSize + index * elementSize;
        if ((type & flag.branch) !== 0) visit(page.readBigUInt64LE(at + 8), depth + 1);
        else if ((page.readUInt32LE(at) & bucketElement) !== 0) {
          const value = this.#value(page, at);
          const root = value.readBigUInt64LE(0);
          if (root !== 0n) visit(root, depth + 1);
        }
      }
    };
    visit(meta.root, 0);
    add(meta.freelist);
    return used;
  }

  #readPage(page: Buffer, bucket: Bucket, depth: number): void {
    this.#checkDepth(depth);
    const type = page.readUInt16LE(8);
    for (let index = 0; index < page.readUInt16LE(10); index += 1) {
      const at = headerSize + index * elementSize;
      if ((type & flag.branch) !== 0) this.#readPage(this.#page(page.readBigUInt64LE(at + 8)), bucket, depth + 1);
      else if ((type & flag.leaf) !== 0) this.#readElement(page, at, bucket, depth);
      else throw corrupt(this.#path, `it has a page of the unknown kind ${type}`);
    }
  }

  #readElement(page: Buffer, at: number, bucket: Bucket, depth: number): void {
    const key = this.#slice(page, at + page.readUInt32LE(at + 4), page.readUInt32LE(at + 8)).toString('latin1');
    const value = this.#value(page, at);
    if ((page.readUInt32LE(at) & bucketElement) === 0) {
      bucket.entries.set(key, Buffer.from(value));
      return;
    }
    const root = value.readBigUInt64LE(0);
    const sequence = value.readBigUInt64LE(8);
    if (root !== 0n) bucket.entries.set(key, this.bucket(root, sequence, depth + 1));
    else {
      const inner: Bucket = { sequence, entries: new Map() };
      this.#readPage(value.subarray(16), inner, depth + 1);
      bucket.entries.set(key, inner);
    }
  }

  #value(page: Buffer, at: number): Buffer {
    const start = at + page.readUInt32LE(at + 4) + page.readUInt32LE(at + 8);
    return this.#slice(page, start, page.readUInt32LE(at + 12));
  }

  #slice(page: Buffer, start: number, length: number): Buffer {
    if (start + length > page.length) throw corrupt(this.#path, 'an element reaches beyond its page');
    return page.subarray(start, start + length);
  }

  /** With the pages that it flows over into. */
  #page(number: bigint): Buffer {
    const start = Number(number) * this.#pageSize;
    if (start + headerSize > this.#file.length) throw corrupt(this.#path, `page ${number} is beyond its end`);
    const overflow = this.#file.readUInt32LE(start + 12);
    const end = start + (overflow + 1) * this.#pageSize;
    if (end > this.#file.length) throw corrupt(this.#path, `page ${number} is beyond its end`);
    return this.#file.subarray(start, end);
  }

  #checkDepth(depth: number): void {
    if (depth > 32) throw corrupt(this.#path, 'its pages go round in circles');
  }
}

interface Place {
  readonly start: bigint;
  readonly metaPage: number;
  readonly transaction: bigint;
  readonly highWater: bigint;
  /** Number of pages from `start` on that may be written. */
  readonly extent: bigint;
}

class Writer {
  readonly #pageSize: number;

  constructor(pageSize: number) {
    this.#pageSize = pageSize;
  }

  /** Pages that the content takes. */
  measure(root: Bucket): bigint {
    let next = 0n;
    this.#bucketPages(root, (count) => {
      const at = next;
      next += count;
      return at;
    });
    return next;
  }

  write(root: Bucket, { start, metaPage, transaction, highWater, extent }: Place): BoltWrite[] {
    let next = start;
    const take = (count: bigint) => {
      const at = next;
      next += count;
      return at;
    };
    const { page: rootPage, writes } = this.#bucketPages(root, take);
    const newHighWater = highWater > start + extent ? highWater : start + extent;
    const free: bigint[] = [];
    const freelistAt = next;
    const freelistEnd = freelistAt + freelistPages(newHighWater, this.#pageSize);
    for (let page = 2n; page < newHighWater; page += 1n) if (page < start || page >= freelistEnd) free.push(page);
    const freelist = this.#freelistPage(freelistAt, freelistEnd - freelistAt, free);
    const meta = this.#metaPage(metaPage, {
      pageSize: this.#pageSize,
      root: rootPage,
      rootSequence: root.sequence,
      freelist: freelistAt,
      highWater: newHighWater,
      transaction,
    });
    const last: BoltWrite = { offset: Number(newHighWater - 1n) * this.#pageSize, bytes: Buffer.alloc(this.#pageSize) };
    const grows = newHighWater > highWater && freelistEnd < newHighWater ? [last] : [];
    return [...grows, ...writes, freelist, { offset: metaPage * this.#pageSize, bytes: meta }];
  }

  /** Lays a bucket out on pages of its own, buckets in it first, and answers the page of its root. */
  #bucketPages(bucket: Bucket, take: (count: bigint) => bigint): { readonly page: bigint; readonly writes: BoltWrite[] } {
    const writes: BoltWrite[] = [];
    const elements = [...bucket.entries]
      .map(([key, value]) => {
        const bytes = Buffer.from(key, 'latin1');
        if (Buffer.isBuffer(value)) return { key: bytes, value, flags: 0 };
        return { key: bytes, value: this.#innerBucket(value, take, writes), flags: bucketElement };
      })
      .sort((one, other) => Buffer.compare(one.key, other.key));
    const content = leafContent(elements);
    const count = BigInt(Math.ceil((headerSize + content.length) / this.#pageSize));
    const page = take(count);
    const bytes = Buffer.alloc(Number(count) * this.#pageSize);
    pageHeader(page, flag.leaf, elements.length, Number(count) - 1).copy(bytes);
    content.copy(bytes, headerSize);
    writes.push({ offset: Number(page) * this.#pageSize, bytes });
    return { page, writes };
  }

  /** The value that stands for a bucket: small ones without buckets of their own lie in it, as bolt wants it. */
  #innerBucket(bucket: Bucket, take: (count: bigint) => bigint, writes: BoltWrite[]): Buffer {
    const head = Buffer.alloc(16);
    head.writeBigUInt64LE(bucket.sequence, 8);
    const values = [...bucket.entries.values()];
    if (values.every((value) => Buffer.isBuffer(value))) {
      const elements = [...bucket.entries]
        .map(([key, value]) => ({ key: Buffer.from(key, 'latin1'), value: value as Buffer, flags: 0 }))
        .sort((one, other) => Buffer.compare(one.key, other.key));
      const content = leafContent(elements);
      if (headerSize + content.length <= this.#pageSize / 4) {
        return Buffer.concat([head, pageHeader(0n, flag.leaf, elements.length, 0), content]);
      }
    }
    const { page, writes: inner } = this.#bucketPages(bucket, take);
    writes.push(...inner);
    head.writeBigUInt64LE(page, 0);
    return head;
  }

  #freelistPage(page: bigint, count: bigint, free: readonly bigint[]): BoltWrite {
    const bytes = Buffer.alloc(Number(count) * this.#pageSize);
    const isLong = free.length >= 0xffff;
    pageHeader(page, flag.freelist, isLong ? 0xffff : free.length, Number(count) - 1).copy(bytes);
    const numbers = isLong ? [BigInt(free.length), ...free] : free;
    for (const [index, number] of numbers.entries()) bytes.writeBigUInt64LE(number, headerSize + 8 * index);
    return { offset: Number(page) * this.#pageSize, bytes };
  }

  #metaPage(page: number, meta: Meta): Buffer {
    const bytes = Buffer.alloc(this.#pageSize);
    pageHeader(BigInt(page), flag.meta, 0, 0).copy(bytes);
    bytes.writeUInt32LE(magic, headerSize);
    bytes.writeUInt32LE(formatVersion, headerSize + 4);
    bytes.writeUInt32LE(meta.pageSize, headerSize + 8);
    bytes.writeBigUInt64LE(meta.root, headerSize + 16);
    bytes.writeBigUInt64LE(meta.rootSequence, headerSize + 24);
    bytes.writeBigUInt64LE(meta.freelist, headerSize + 32);
    bytes.writeBigUInt64LE(meta.highWater, headerSize + 40);
    bytes.writeBigUInt64LE(meta.transaction, headerSize + 48);
    bytes.writeBigUInt64LE(checksum(bytes.subarray(headerSize, headerSize + 56)), headerSize + 56);
    return bytes;
  }
}

interface Element {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly flags: number;
}

/** A leaf page but for its header. */
function leafContent(elements: readonly Element[]): Buffer {
  const heads = Buffer.alloc(elements.length * elementSize);
  let end = heads.length;
  for (const [index, { key, value, flags }] of elements.entries()) {
    const at = index * elementSize;
    heads.writeUInt32LE(flags, at);
    heads.writeUInt32LE(end - at, at + 4);
    heads.writeUInt32LE(key.length, at + 8);
    heads.writeUInt32LE(value.length, at + 12);
    end += key.length + value.length;
  }
  return Buffer.concat([heads, ...elements.flatMap(({ key, value }) => [key, value])]);
}

function pageHeader(page: bigint, type: number, count: number, overflow: number): Buffer {
  const header = Buffer.alloc(headerSize);
  header.writeBigUInt64LE(page, 0);
  header.writeUInt16LE(type, 8);
  header.writeUInt16LE(count, 10);
  header.writeUInt32LE(overflow, 12);
  return header;
}

function freelistPages(highWater: bigint, pageSize: number): bigint {
  return BigInt(Math.ceil((headerSize + 8 * (Number(highWater) + 2)) / pageSize));
}

/** Where so many pages in a row are not in use. */
function firstGap(used: ReadonlySet<bigint>, size: bigint): bigint {
  let start = 2n;
  for (let page = 2n; page < start + size; page += 1n) if (used.has(page)) start = page + 1n;
  return start;
}

function corrupt(path: string, why: string): CorruptError {
  return new CorruptError(`the address database ${path} can't be understood: ${why}`, {
    code: 'corrupt-database',
    path,
    hint: 'stop all containers with networks, and remove the file: it is made anew',
  });
}
