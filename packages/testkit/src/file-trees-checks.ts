import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { EngineError, type FileTree, type FileTrees } from '@tspod/core';
import type { Check } from './check.ts';
import { assertRefuses } from './refusal.ts';
import { type TarEntry, writeTar } from './tar-writer.ts';
import { until } from './waiting.ts';

export interface FileTreesFixture {
  readonly instance: FileTrees;
  /** Empty, for the checks to work in. */
  readonly directory: string;
  cleanup(): Promise<void>;
}

/** A tree with a file, a directory, and symlinks that try to lead out to the file beside it. */
function hostileTree({ directory }: FileTreesFixture): string {
  const root = join(directory, 'root');
  mkdirSync(join(root, 'below'), { recursive: true });
  writeFileSync(join(directory, 'secret'), 'outside');
  writeFileSync(join(root, 'below/file'), 'inside');
  symlinkSync('/below', join(root, 'absolute'));
  symlinkSync('../..', join(root, 'below/up'));
  symlinkSync('..', join(root, 'out'));
  return root;
}

async function use<Result>(fixture: FileTreesFixture, work: (tree: FileTree, root: string) => Promise<Result>): Promise<Result> {
  const root = hostileTree(fixture);
  using tree = await fixture.instance.openDirectory(root);
  return await work(tree, root);
}

async function bytesOf(archive: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of archive) parts.push(part);
  return Buffer.concat(parts);
}

async function* stream(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

const archive = (...entries: readonly TarEntry[]) => stream(writeTar(entries));
const file = (path: string, content = 'new'): TarEntry => ({ kind: 'file', path, content });

/** The names in an archive, in order of the alphabet, as tar(1) reads them. */
function names(bytes: Buffer): string[] {
  const text = execFileSync('tar', ['--list', '--file=-'], { input: bytes, encoding: 'utf8' });
  return text.trim().split('\n').sort();
}

export const fileTreesChecks: readonly Check<FileTreesFixture>[] = [
  {
    name: 'opens directories, and nothing else',
    async run(fixture) {
      const root = hostileTree(fixture);
      await assert.rejects(fixture.instance.openDirectory(join(root, 'nosuch')), { code: 'ENOENT' });
      await assert.rejects(fixture.instance.openDirectory(join(root, 'below/file')), { code: 'ENOTDIR' });
      const tree = await fixture.instance.openDirectory(root);
      for (let times = 0; times < 2; times++) tree[Symbol.dispose]();
    },
  },
  {
    name: 'tells what differs between two trees',
    async run({ instance, directory }) {
      const [before, after] = [join(directory, 'before'), join(directory, 'after')];
      for (const root of [before, after]) {
        for (const path of ['same', 'gone/below', 'owned', 'touched']) mkdirSync(join(root, path), { recursive: true });
        for (const path of ['same/file', 'changed', 'later', 'kind', 'gone/below/file']) writeFileSync(join(root, path), 'x');
        symlinkSync('same', join(root, 'link'));
        for (const path of ['same/file', 'changed', 'kind', 'later', 'gone/below/file']) utimesSync(join(root, path), 1, 1);
        lutimesSync(join(root, 'link'), 1, 1);
      }
      assert.deepEqual(await instance.changes(before, after), []);
      utimesSync(join(after, 'touched'), 7, 7);
      utimesSync(join(after, 'later'), 7, 7);
      writeFileSync(join(after, 'changed'), 'longer');
      rmSync(join(after, 'gone'), { recursive: true });
      rmSync(join(after, 'kind'));
      mkdirSync(join(after, 'kind/below'), { recursive: true });
      writeFileSync(join(after, 'same/new'), '');
      chmodSync(join(after, 'owned'), 0o700);
      rmSync(join(after, 'link'));
      symlinkSync('kind', join(after, 'link'));
      lutimesSync(join(after, 'link'), 1, 1);
      const found = await instance.changes(before, after);
      assert.deepEqual(
        found.map(({ kind, path }) => `${kind} ${path}`),
        [
          'changed /changed',
          'deleted /gone',
          'changed /kind',
          'added /kind/below',
          'changed /later',
          'changed /link',
          'changed /owned',
          'changed /same',
          'added /same/new',
        ],
      );
    },
  },
  {
    name: 'looks at what is in the tree, and at nothing outside',
    run: (fixture) =>
      use(fixture, async (tree, root) => {
        const { mode, uid, gid, mtime } = lstatSync(join(root, 'below/file'));
        const inside = { kind: 'file', mode, uid, gid, size: 6, modifiedAt: mtime.toISOString(), target: undefined };
        for (const path of ['below/file', '/below/file', 'absolute/file', 'below/up/below/file']) {
          assert.deepEqual(await tree.look(path), inside, path);
        }
        assert.equal((await tree.look('.'))?.kind, 'directory');
        const link = await tree.look('absolute');
        assert.deepEqual([link?.kind, link?.target], ['symlink', '/below']);
        for (const path of ['secret', '../secret', 'out/secret', 'below/up/secret', 'nosuch']) {
          assert.equal(await tree.look(path), undefined, path);
        }
      }),
  },
  {
    name: 'packs a file or a directory, as it is named, without what is left out',
    run: (fixture) =>
      use(fixture, async (tree) => {
        assert.deepEqual(names(await bytesOf(tree.pack('below/file'))), ['file']);
        assert.deepEqual(names(await bytesOf(tree.pack('absolute/file', { name: 'other' }))), ['other']);
        assert.deepEqual(names(await bytesOf(tree.pack('below'))), ['below/', 'below/file', 'below/up']);
        const bare = names(await bytesOf(tree.pack('below', { name: '', without: ['up'] })));
        assert.ok(bare.includes('file') && !bare.some((name) => /up|below|secret/.test(name)), bare.join(' '));
        await assert.rejects(bytesOf(tree.pack('out/secret')));
      }),
  },
  {
    name: 'unpacks an archive, to whom it says or is told, under another name',
    run: (fixture) =>
      use(fixture, async (tree, root) => {
        await tree.unpack(archive({ kind: 'directory', path: 'top' }, file('top/one')), 'absolute', {
          owner: { uid: 12, gid: 34 },
        });
        const { uid, gid } = lstatSync(join(root, 'below/top/one'));
        assert.deepEqual([readFileSync(join(root, 'below/top/one'), 'utf8'), uid, gid], ['new', 12, 34]);
        await tree.unpack(archive(file('top')), 'below', { topName: 'renamed' });
        assert.equal(lstatSync(join(root, 'below/renamed')).uid, 0);
      }),
  },
  {
    name: 'unpacks nothing outside, whatever the archive or the tree has',
    run: (fixture) =>
      use(fixture, async (tree) => {
        const attempts = [
          [file('../secret')],
          [file('out/secret')],
          [{ kind: 'symlink', path: 'way', target: '../..' } as const, file('way/secret')],
          [{ kind: 'symlink', path: 'way2', target: fixture.directory } as const, file('way2/secret')],
        ];
        for (const entries of attempts) {
          await tree.unpack(archive(...entries), '.').catch((error: unknown) => {
            if (!EngineError.isInstance(error)) throw error;
          });
          assert.equal(readFileSync(join(fixture.directory, 'secret'), 'utf8'), 'outside');
        }
        assert.deepEqual(readdirSync(fixture.directory).sort(), ['root', 'secret']);
      }),
  },
  {
    name: 'replaces directories by other things only when it may',
    run: (fixture) =>
      use(fixture, async (tree, root) => {
        await assertRefuses(tree.unpack(archive(file('below')), '.'), 'invalid-argument', 'archive-conflict', 'below');
        assert.ok(existsSync(join(root, 'below/file')));
        await tree.unpack(archive(file('below')), '.', { replaceDirectories: true });
        assert.equal(readFileSync(join(root, 'below'), 'utf8'), 'new');
      }),
  },
  {
    name: 'refuses an archive that is cut off',
    run: (fixture) =>
      use(fixture, async (tree) => {
        const whole = writeTar([file('long', 'x'.repeat(10_000))]);
        await assertRefuses(tree.unpack(stream(whole.subarray(0, 5_000)), '.'), 'invalid-argument', 'archive-truncated');
      }),
  },
  {
    name: 'stops when it is told to, with the reason',
    run: (fixture) =>
      use(fixture, async (tree, root) => {
        const reason = new Error('enough');
        const signal = AbortSignal.abort(reason);
        await assert.rejects(bytesOf(tree.pack('below', { signal })), reason);
        await assert.rejects(tree.unpack(archive(file('late')), '.', { signal }), reason);
        assert.equal(existsSync(join(root, 'late')), false);
      }),
  },
  {
    name: 'opens what a process has as its root, with its mounts, while exactly that process runs',
    async run(fixture) {
      const { instance } = fixture;
      const inside = join(hostileTree(fixture), 'below');
      const script = `mount -t tmpfs tmpfs ${inside} && echo there >${inside}/mounted && echo ready && exec sleep 60`;
      const child = spawn('unshare', ['--mount', 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(child, 'close');
      try {
        await once(child.stdout, 'data');
        const pid = child.pid ?? 0;
        const startTime = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19]);
        {
          using tree = await instance.openRootOf({ pid, startTime });
          assert.deepEqual(names(await bytesOf(tree.pack(inside))), ['below/', 'below/mounted']);
        }
        await assertRefuses(instance.openRootOf({ pid, startTime: startTime - 1 }), 'not-found', 'no-such-process');
        child.kill('SIGKILL');
        await ended;
        await until(() => !existsSync(`/proc/${pid}`), 'the process is gone');
        await assertRefuses(instance.openRootOf({ pid, startTime }), 'not-found', 'no-such-process');
      } finally {
        child.kill('SIGKILL');
        await ended;
      }
    },
  },
];
