import { describe, expect, it } from 'vitest';
import { ByteSource } from './byte-source.ts';
import { encodeHeader, endOfArchive } from './header.ts';
import { type Member, paddingOf } from './member.ts';
import { ArchiveReader } from './read-archive.ts';

const plain: Member = {
  ...{ name: 'etc/passwd', kind: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, modified: 1_700_000_000_000_000_000n },
  ...{ linkName: '', major: 0, minor: 0, attributes: new Map() },
};

async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readBack(bytes: Buffer, pieces = 700): Promise<Member[]> {
  const reader = new ArchiveReader(new ByteSource(inPieces(bytes, pieces)));
  const members: Member[] = [];
  for (let member = await reader.next(); member; member = await reader.next()) {
    members.push(member);
    await reader.content(member, () => {});
  }
  return members;
}

const failureOf = (bytes: Buffer) =>
  readBack(bytes).then(
    () => undefined,
    (error: { code?: string; message: string }) => error,
  );

describe('headers of members', () => {
  const members: readonly Member[] = [
    plain,
    { ...plain, name: 'a/'.repeat(80) + 'b'.repeat(90) },
    { ...plain, name: 'x'.repeat(300) },
    { ...plain, name: 'd\u00c3\u00a9j\u00e0' },
    { ...plain, kind: 'symlink', linkName: '../'.repeat(60) },
    { ...plain, kind: 'directory', name: 'some/directory/', mode: 0o1777 },
    { ...plain, kind: 'character', name: 'dev/null', major: 1, minor: 3 },
    { ...plain, uid: 4_000_000_000, gid: 3_000_000 },
    { ...plain, modified: -1_500_000_000n },
    { ...plain, modified: 1_700_000_000_123_456_789n },
    {
      ...plain,
      attributes: new Map([
        ['user.zero', Buffer.of(0, 10, 61, 255)],
        ['security.capability', Buffer.alloc(20, 7)],
      ]),
    },
  ];

  it('are read back as they were written, however the stream is cut', async () => {
    const archive = Buffer.concat([...members.map(encodeHeader), endOfArchive]);
    for (const pieces of [1, 511, 512, 100_000]) expect(await readBack(archive, pieces)).toEqual(members);
  });

  it('keep sizes beyond eight gigabytes', () => {
    expect(encodeHeader({ ...plain, size: 2 ** 34 }).toString('latin1')).toContain(`size=${2 ** 34}\n`);
  });

  it('are refused when they are damaged', async () => {
    const header = encodeHeader(plain);
    const flipped = Buffer.from(header);
    flipped[0] = 0x66;
    expect(await failureOf(flipped)).toMatchObject({ code: 'archive-damaged', message: expect.stringContaining('checksum') });
    expect(await failureOf(header.subarray(0, 300))).toMatchObject({ code: 'archive-truncated' });
    expect(await failureOf(encodeHeader({ ...plain, size: 5000 }))).toMatchObject({
      code: 'archive-truncated',
      message: expect.stringContaining('etc/passwd'),
    });
    const long = encodeHeader({ ...plain, name: 'x'.repeat(300) });
    expect(await failureOf(long.subarray(0, 1024))).toMatchObject({ code: 'archive-truncated' });
    const badRecord = Buffer.from(long);
    badRecord.write('999', 512);
    expect(await failureOf(badRecord)).toMatchObject({ code: 'archive-damaged' });
  });

  it('of a huge extended header are not read into memory', async () => {
    const big = encodeHeader({ ...plain, attributes: new Map([['user.big', Buffer.alloc(2 * 1024 * 1024)]]) });
    expect(await failureOf(big)).toMatchObject({ code: 'archive-damaged', message: expect.stringContaining('extended header') });
  });

  it('end where the archive ends, with or without its empty blocks', async () => {
    expect(await readBack(encodeHeader(plain))).toHaveLength(1);
    expect(await readBack(Buffer.alloc(0))).toEqual([]);
    const content = Buffer.concat([encodeHeader({ ...plain, size: 3 }), Buffer.from('abc')]);
    expect(await readBack(content)).toHaveLength(1);
    expect(paddingOf(3)).toBe(509);
  });
});
