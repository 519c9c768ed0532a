import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { listAttributes, readAttribute, writeAttribute } from '@tspod/linux';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decompress } from './decompress.ts';
import { encodeHeader, endOfArchive } from './header.ts';
import { type Member, paddingOf } from './member.ts';
import { type PackOptions, packTree } from './pack-tree.ts';
import { recordTarSplit } from './tar-split.ts';
import { type UnpackOptions, unpackTree } from './unpack-tree.ts';

let directory: string;
let tree: string;
let root: string;
beforeEach(() => {
  directory = mkdtempSync('/var/tmp/archive-');
  tree = join(directory, 'tree');
  root = join(directory, 'root');
  for (const path of [tree, root]) mkdirSync(path);
});
afterEach(() => rmSync(directory, { recursive: true }));

async function packed(options?: PackOptions): Promise<Buffer> {
  const pieces = [];
  for await (const piece of packTree(tree, options)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* stream(bytes: Buffer, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const unpack = (archive: Buffer, options?: UnpackOptions) => unpackTree(stream(archive), root, options);
const failureOf = (outcome: Promise<unknown>) =>
  outcome.then(
    () => undefined,
    (error: { code?: string; message: string }) => error,
  );

type Draft = Partial<Member> & { readonly name: string; readonly content?: string };

function archiveOf(...drafts: readonly Draft[]): Buffer {
  const blocks = drafts.flatMap(({ content = '', ...draft }) => {
    const member: Member = {
      ...{ kind: 'file', mode: 0o644, uid: 0, gid: 0, modified: 0n, linkName: '', major: 0, minor: 0 },
      ...{ attributes: new Map(), size: content.length },
      ...draft,
    };
    return [encodeHeader(member), Buffer.from(content), Buffer.alloc(paddingOf(content.length))];
  });
  return Buffer.concat([...blocks, endOfArchive]);
}

function fillTree(): void {
  mkdirSync(join(tree, 'sub/inner'), { recursive: true });
  writeFileSync(join(tree, 'sub/file'), 'content');
  writeFileSync(join(tree, 'sub/inner/big'), Buffer.alloc(3_000_001, 'x'));
  linkSync(join(tree, 'sub/file'), join(tree, 'sub/linked'));
  symlinkSync('../sub/file', join(tree, 'sub/relative'));
  symlinkSync('/etc/shadow', join(tree, 'absolute'));
  execFileSync('mkfifo', [join(tree, 'fifo')]);
  execFileSync('mknod', [join(tree, 'null'), 'c', '1', '3']);
  execFileSync('python3', ['-c', `import socket; socket.socket(socket.AF_UNIX).bind('${join(tree, 'socket')}')`]);
  writeFileSync(join(tree, 'sub/d\u00e9j\u00e0'), '');
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/raw-`), Buffer.of(0xff)]), 'bytes');
  chownSync(join(tree, 'sub/inner'), 12, 34);
  execFileSync('chmod', ['4751', join(tree, 'sub/file')]);
  writeAttribute(
    Buffer.from(join(tree, 'sub/file')),
    'security.capability',
    Buffer.from('0100000200200000000000000000000000000000', 'hex'),
  );
  writeAttribute(Buffer.from(join(tree, 'sub')), 'trusted.overlay.impure', Buffer.from('y'));
  utimesSync(join(tree, 'sub/inner'), 1000, 1_600_000_000.5);
  utimesSync(join(tree, 'sub'), 1000, 1_500_000_000);
}

/** What `find` and `getfattr` would say of everything below a directory. */
function listing(top: string): string[] {
  return readdirSync(top, { recursive: true, encoding: 'latin1' })
    .sort()
    .map((name) => {
      const path = Buffer.concat([Buffer.from(`${top}/`), Buffer.from(name, 'latin1')]);
      const { mode, uid, gid, size, rdev, nlink, mtimeNs } = lstatSync(path, { bigint: true });
      const isLink = (mode & 0o170000n) === 0o120000n;
      const isDirectory = (mode & 0o170000n) === 0o040000n;
      const attributes = isLink ? [] : listAttributes(path).map((key) => `${key}=${readAttribute(path, key)?.toString('hex')}`);
      const target = isLink ? readlinkSync(path) : '';
      return `${name} ${mode.toString(8)} ${uid}:${gid} ${isDirectory ? '' : size} ${rdev} ${isDirectory ? '' : nlink} ${mtimeNs / 1_000_000_000n} ${target} ${attributes}`;
    });
}

describe('a tree in an archive', () => {
  it('comes back the same, and the same bytes again', async () => {
    fillTree();
    const archive = await packed();
    expect(await packed()).toEqual(archive);
    await unpack(archive);
    const expected = listing(tree)
      .filter((line) => !line.startsWith('socket'))
      .map((line) => line.replace(/trusted.overlay.impure=\w+/, ''));
    expect(listing(root)).toEqual(expected);
    expect(readFileSync(join(root, 'sub/inner/big')).equals(readFileSync(join(tree, 'sub/inner/big')))).toBe(true);
  });

  it('keeps nanoseconds when asked', async () => {
    fillTree();
    await unpack(await packed({ exactTimes: true }));
    expect(lstatSync(join(root, 'sub/inner'), { bigint: true }).mtimeNs).toBe(1_600_000_000_500_000_000n);
  });

  it('is what GNU tar reads, and what GNU tar writes is read', async () => {
    fillTree();
    writeFileSync(join(directory, 'ours.tar'), await packed());
    execFileSync('tar', ['--xattrs', '--xattrs-include=*', '-xpf', join(directory, 'ours.tar'), '-C', root]);
    const expected = listing(root);
    for (const format of ['gnu', 'posix']) {
      const theirs = execFileSync('tar', ['--format', format, '-C', root, '-cf', '-', '.'], { maxBuffer: 1e8 });
      rmSync(root, { recursive: true });
      mkdirSync(root);
      await unpack(theirs);
      const withoutAttributes = (line: string) => line.replace(/ security\S*$/, ' ');
      expect(listing(root)).toEqual(expected.map(withoutAttributes));
    }
  });

  it('takes sources under other names, leaves out, and gives to other owners', async () => {
    fillTree();
    const names = async (options: PackOptions) => {
      writeFileSync(join(directory, 'some.tar'), await packed(options));
      return execFileSync('tar', ['-tf', join(directory, 'some.tar')], { encoding: 'utf8' })
        .split('\n')
        .filter(Boolean);
    };
    expect(await names({ sources: [{ path: '/sub/inner', name: 'other' }] })).toEqual(['other/', 'other/big']);
    expect(await names({ sources: [{ path: 'sub/inner/', name: '' }] })).toEqual(['big']);
    expect(await names({ sources: [{ path: 'absolute' }] })).toEqual(['absolute']);
    expect(await names({ exclude: (name) => name !== 'sub' && name !== 'sub/file' })).toEqual(['sub/', 'sub/file']);
    await unpack(
      await packed({ sources: [{ path: 'sub/inner' }], owner: ({ uid, gid }) => ({ uid: uid + 1000, gid: gid + 1000 }) }),
    );
    expect(statSync(join(root, 'sub/inner'))).toMatchObject({ uid: 1012, gid: 1034 });
    expect(await failureOf(packed({ sources: [{ path: '/nothing' }] }))).toMatchObject({ code: 'no-such-file' });
  });

  it('is read however deep it is', async () => {
    let path = tree;
    for (let depth = 0; depth < 100; depth++) path = join(path, 'd');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'file'), 'deep');
    await unpack(await packed());
    expect(readFileSync(path.replace(tree, root).concat('/file'), 'utf8')).toBe('deep');
  });

  it('turns what an overlay hides into whiteouts and back', async () => {
    mkdirSync(join(tree, 'opaque'));
    writeFileSync(join(tree, 'opaque/new'), '');
    writeAttribute(Buffer.from(join(tree, 'opaque')), 'trusted.overlay.opaque', Buffer.from('y'));
    execFileSync('mknod', [join(tree, 'gone'), 'c', '0', '0', '-m', '0']);
    const layer = await packed({ whiteouts: 'overlay' });
    await unpack(layer);
    expect(readdirSync(root).sort()).toEqual(['.wh.gone', 'opaque']);
    expect(readdirSync(join(root, 'opaque')).sort()).toEqual(['.wh..wh..opq', 'new']);
    rmSync(root, { recursive: true });
    mkdirSync(root);
    await unpack(layer, { whiteouts: 'overlay' });
    expect(listing(root).map((line) => line.split(' ').toSpliced(6, 1))).toEqual(
      listing(tree).map((line) => line.split(' ').toSpliced(6, 1)),
    );
    rmSync(root, { recursive: true });
    for (const name of ['opaque', 'gone']) mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, 'opaque/old'), '');
    await unpack(layer, { whiteouts: 'remove' });
    expect(readdirSync(root)).toEqual(['opaque']);
    expect(readdirSync(join(root, 'opaque'))).toEqual(['new']);
  });

  it('is written down so that it can be put together again', async () => {
    fillTree();
    const archive = await packed();
    const lines: string[] = [];
    const recorder = recordTarSplit((text) => lines.push(text));
    await unpack(archive, { observer: recorder });
    recorder.end();
    const again = lines.map((line) => {
      const { type, name, name_raw, size, payload } = JSON.parse(line);
      if (type === 2) return Buffer.from(payload, 'base64');
      if (!size) return Buffer.alloc(0);
      return readFileSync(
        Buffer.concat([Buffer.from(`${root}/`), name_raw ? Buffer.from(name_raw, 'base64') : Buffer.from(name)]),
      );
    });
    expect(Buffer.concat(again).equals(archive)).toBe(true);
    const direct: string[] = [];
    const packer = recordTarSplit((text) => direct.push(text));
    await packed({ observer: packer });
    packer.end();
    expect(direct).toEqual(lines);
    expect(lines.find((line) => line.includes('"sub/file"'))).toContain(crcOfContent);
  });

  it('may be compressed, also in several parts', async () => {
    const archive = archiveOf({ name: 'file', content: 'content' });
    const external = (program: string) => execFileSync(program, ['-c'], { input: archive });
    const parts = Buffer.concat([gzipSync(archive.subarray(0, 700)), gzipSync(archive.subarray(700))]);
    for (const bytes of [archive, gzipSync(archive), zstdCompressSync(archive), external('bzip2'), external('xz'), parts]) {
      await unpackTree(decompress(stream(bytes, 3)), root);
      expect(readFileSync(join(root, 'file'), 'utf8')).toBe('content');
      rmSync(join(root, 'file'));
    }
    for (const bytes of [gzipSync(archive), zstdCompressSync(archive), external('bzip2'), external('xz')]) {
      const cut = bytes.subarray(0, bytes.length / 2);
      expect(await failureOf(unpackTree(decompress(stream(cut)), root))).toMatchObject({ code: 'archive-damaged' });
    }
  });
});

/** What Go's hash/crc64 with its ISO table makes of "content", in base64. */
const crcOfContent = 'KG2CyG2MN0A=';

describe('a hostile archive', () => {
  const outside = () => join(directory, 'outside');
  beforeEach(() => {
    mkdirSync(outside());
    writeFileSync(join(outside(), 'secret'), 'secret');
  });
  const untouched = () => {
    expect(readdirSync(outside())).toEqual(['secret']);
    expect(readFileSync(join(outside(), 'secret'), 'utf8')).toBe('secret');
    expect(statSync(join(outside(), 'secret')).nlink).toBe(1);
  };

  it('does not lead out by its names', async () => {
    for (const name of ['../outside/secret', 'a/../../outside/secret', '..', '/../outside/secret']) {
      expect(await failureOf(unpack(archiveOf({ name, content: 'x' })))).toMatchObject({ code: 'archive-path-escapes' });
    }
    await unpack(archiveOf({ name: `${outside()}/secret`, content: 'x' }));
    expect(readFileSync(join(root, outside(), 'secret'), 'utf8')).toBe('x');
    untouched();
  });

  it('does not lead out by symlinks that it makes first', async () => {
    for (const target of [outside(), '../outside', '../../../../../../var/tmp']) {
      await failureOf(
        unpack(
          archiveOf(
            { name: 'door', kind: 'symlink', linkName: target },
            { name: 'door/secret', content: 'x' },
            { name: 'door/new', content: 'x' },
          ),
        ),
      );
      rmSync(join(root, 'door'));
      untouched();
    }
    await unpack(
      archiveOf({ name: 'file', kind: 'symlink', linkName: join(outside(), 'secret') }, { name: 'file', content: 'mine' }),
    );
    expect(lstatSync(join(root, 'file')).isFile()).toBe(true);
    await failureOf(
      unpack(archiveOf({ name: 'up', kind: 'symlink', linkName: '..' }, { name: 'up/outside/', kind: 'directory', mode: 0 })),
    );
    untouched();
    expect(statSync(outside()).mode & 0o777).not.toBe(0);
  });

  it('does not lead out by hard links', async () => {
    for (const linkName of ['../outside/secret', `${outside()}/secret`, 'door/secret']) {
      const failure = await failureOf(
        unpack(
          archiveOf(
            { name: 'door', kind: 'symlink', linkName: outside() },
            { name: 'mine', kind: 'link', linkName },
            { name: 'mine', content: 'x' },
          ),
        ),
      );
      expect(['archive-path-escapes', 'archive-link-target']).toContain(failure?.code);
      rmSync(join(root, 'door'));
    }
    untouched();
  });

  it('does not hide outside, nor tell the overlay what to do', async () => {
    const hide = { whiteouts: 'remove' } as const;
    expect(await failureOf(unpack(archiveOf({ name: '.wh...' }), hide))).toMatchObject({ code: 'archive-path-escapes' });
    await failureOf(
      unpack(archiveOf({ name: 'door', kind: 'symlink', linkName: '../outside' }, { name: 'door/.wh.secret' }), hide),
    );
    await failureOf(unpack(archiveOf({ name: 'out', kind: 'symlink', linkName: outside() }, { name: 'out/.wh..wh..opq' }), hide));
    untouched();
    const attributes = new Map([
      ['trusted.overlay.redirect', Buffer.from('/etc')],
      ['user.overlay.opaque', Buffer.from('y')],
    ]);
    await unpack(archiveOf({ name: 'plain/', kind: 'directory', attributes }));
    expect(listAttributes(Buffer.from(join(root, 'plain')))).toEqual([]);
  });

  it('is stopped by limits, and says where', async () => {
    const archive = archiveOf({ name: 'one', content: 'x'.repeat(600) }, { name: 'two', content: 'x'.repeat(600) });
    expect(await failureOf(unpack(archive, { limits: { bytes: 1000 } }))).toMatchObject({
      code: 'archive-too-large',
      message: expect.stringContaining('two'),
    });
    expect(await failureOf(unpack(archive, { limits: { members: 1 } }))).toMatchObject({ code: 'archive-too-large' });
  });

  it('replaces what is there, or refuses where it was told to', async () => {
    mkdirSync(join(root, 'directory'));
    writeFileSync(join(root, 'file'), 'old');
    const keep = { replaceDirectories: false };
    expect(await failureOf(unpack(archiveOf({ name: 'directory' }), keep))).toMatchObject({ code: 'archive-conflict' });
    expect(await failureOf(unpack(archiveOf({ name: 'file/', kind: 'directory' }), keep))).toMatchObject({
      code: 'archive-conflict',
    });
    await unpack(archiveOf({ name: 'file', content: 'new' }), keep);
    expect(readFileSync(join(root, 'file'), 'utf8')).toBe('new');
    await unpack(
      archiveOf({ name: 'directory', content: '' }, { name: 'file/', kind: 'directory' }, { name: 'file/in', content: '' }),
    );
    expect(existsSync(join(root, 'file/in'))).toBe(true);
    expect(lstatSync(join(root, 'directory')).isFile()).toBe(true);
    expect(await failureOf(unpack(archiveOf({ name: 'directory/in', content: '' })))).toMatchObject({ code: 'archive-conflict' });
  });

  it('takes nothing away that is a mount point in the namespace of the tree', async () => {
    for (const name of ['hosts', 'kept/deep/mounted']) {
      mkdirSync(join(root, name, '..'), { recursive: true });
      writeFileSync(join(root, name), 'below');
    }
    mkdirSync(join(root, 'volume'));
    writeFileSync(join(tree, 'above'), 'above');
    const script = `for at in hosts kept/deep/mounted; do mount --bind "$0/above" "$1/$at"; done; mount -t tmpfs none "$1/volume"; echo; read _`;
    const holder = spawn('unshare', ['-m', 'sh', '-ec', script, tree, root], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(holder.stdout, 'data');
      const seen = `/proc/${holder.pid}/root${root}`;
      const into = (draft: Draft) => failureOf(unpackTree(stream(archiveOf(draft)), seen));
      const refused = { code: 'archive-mount-point', message: expect.stringContaining('device or resource busy') };
      expect(await into({ name: 'hosts', content: 'new' })).toMatchObject(refused);
      expect(await into({ name: 'hosts', kind: 'directory' })).toMatchObject(refused);
      expect(await into({ name: 'volume', content: 'new' })).toMatchObject(refused);
      expect(await into({ name: 'kept', content: 'new' })).toMatchObject(refused);
      expect(readFileSync(join(seen, 'hosts'), 'utf8')).toBe('above');
      expect(readFileSync(join(seen, 'kept/deep/mounted'), 'utf8')).toBe('above');
      expect(readFileSync(join(root, 'hosts'), 'utf8')).toBe('below');
      expect(await into({ name: 'volume/file', content: 'first' })).toBeUndefined();
      expect(await into({ name: 'volume/file', content: 'second' })).toBeUndefined();
      expect(readFileSync(join(seen, 'volume/file'), 'utf8')).toBe('second');
      expect(existsSync(join(root, 'volume/file'))).toBe(false);
    } finally {
      holder.stdin.end();
      await once(holder, 'close');
    }
  });

  it('finds nothing outside while somebody swaps directories for symlinks', async () => {
    mkdirSync(join(root, 'swapped'));
    const drafts = Array.from({ length: 400 }, (_, index) => ({ name: `swapped/file${index}`, content: 'x' }));
    let isSymlink = false;
    async function* swapping(bytes: Buffer) {
      for (let at = 0; at < bytes.length; at += 512) {
        if (at % 1536 === 0) {
          if (isSymlink) rmSync(join(root, 'swapped'));
          else renameSync(join(root, 'swapped'), join(root, `aside${at}`));
          if (isSymlink) mkdirSync(join(root, 'swapped'));
          else symlinkSync(outside(), join(root, 'swapped'));
          isSymlink = !isSymlink;
        }
        yield bytes.subarray(at, at + 512);
      }
    }
    await failureOf(unpackTree(swapping(archiveOf(...drafts)), root));
    untouched();
  });
});
