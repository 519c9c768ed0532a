import { expect, test } from 'vitest';
import { type Bucket, emptyBucket, readBolt, writeBolt } from './bolt-file.ts';

type Plain = { [key: string]: string | Plain };

function bucketOf(plain: Plain): Bucket {
  const bucket = emptyBucket();
  for (const [key, value] of Object.entries(plain)) {
    bucket.entries.set(key, typeof value === 'string' ? Buffer.from(value) : bucketOf(value));
  }
  return bucket;
}

function plainOf(bucket: Bucket): Plain {
  const entries = [...bucket.entries].map(([key, value]) => [key, Buffer.isBuffer(value) ? value.toString() : plainOf(value)]);
  return Object.fromEntries(entries);
}

function applied(file: Buffer, writes: ReturnType<typeof writeBolt>): Buffer {
  const size = Math.max(file.length, ...writes.map(({ offset, bytes }) => offset + bytes.length));
  const result = Buffer.alloc(size);
  file.copy(result);
  for (const { offset, bytes } of writes) bytes.copy(result, offset);
  return result;
}

const write = (file: Buffer, plain: Plain) => applied(file, writeBolt(file, bucketOf(plain), 'test'));
const read = (file: Buffer) => plainOf(readBolt(file, 'test'));

const many = (count: number, prefix = 'key') =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 'v'.repeat(64)]));

test('nothing is an empty database', () => {
  expect(read(Buffer.alloc(0))).toEqual({});
  expect(read(write(Buffer.alloc(0), {}))).toEqual({});
});

test('keeps what is written, however large, from one content to the next', () => {
  const contents: Plain[] = [
    { net: { '10.0.0.0/24': { '\u00ff\u0000a': 'id' }, ids: { id: '["10.0.0.2"]' } } },
    { net: { big: many(300), ids: many(40, 'id') }, other: { small: many(3) } },
    { net: {} },
    { net: { big: many(3000) } },
    {},
    { one: { two: { three: { four: 'deep' } } } },
  ];
  let file: Buffer = Buffer.alloc(0);
  for (let round = 0; round < 3; round += 1) {
    for (const content of contents) {
      file = write(file, content);
      expect(read(file)).toEqual(content);
    }
  }
  expect(file.length).toBeLessThan(2 * 3000 * 120 + 100 * 4096);
});

test('whoever is killed before the last write leaves the content as it was', () => {
  let file = write(Buffer.alloc(0), { net: many(100) });
  const contents: Plain[] = [{ net: many(200) }, { net: many(5) }, { other: many(400) }];
  for (const content of contents) {
    const before = read(file);
    const writes = writeBolt(file, bucketOf(content), 'test');
    for (let done = 0; done < writes.length; done += 1) expect(read(applied(file, writes.slice(0, done)))).toEqual(before);
    file = applied(file, writes);
    expect(read(file)).toEqual(content);
  }
});

test('a damaged file is refused', () => {
  const file = write(Buffer.alloc(0), { net: many(100) });
  const broken = Buffer.from(file);
  broken.fill(0xff, 16, 80).fill(0xff, 4096 + 16, 4096 + 80);
  expect(() => read(broken)).toThrow('no valid meta page');
  expect(() => read(file.subarray(0, 8192))).toThrow('beyond its end');
});
