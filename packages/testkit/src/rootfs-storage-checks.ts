import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  generateId,
  type RootfsRequest,
  type RootfsSource,
  type RootfsStorage,
  type RootfsStorageCapabilities,
} from '@tspod/core';
import type { ConditionalCheck } from './check.ts';
import { assertRefuses } from './refusal.ts';

/** An empty storage, and what containers can be made from. */
export interface RootfsStorageFixture {
  readonly instance: RootfsStorage;
  /** The image of `writeBusyboxArchive`, for storages that take images. */
  readonly image?: { readonly id: string; readonly name: string } | undefined;
  /** A directory that holds the file `marker` with the text `caller`, for storages that take directories. */
  readonly directory?: string | undefined;
  /** Removes everything; the instance is closed already. */
  cleanup(): Promise<void>;
}

type RootfsStorageCheck = ConditionalCheck<RootfsStorageFixture, RootfsStorageCapabilities>;

interface SourceKind {
  readonly label: string;
  /** A file that every root filesystem of this kind has. */
  readonly known: string;
  needs(capabilities: RootfsStorageCapabilities): boolean;
  source(fixture: RootfsStorageFixture): RootfsSource;
}

const image: SourceKind = {
  label: 'image',
  known: 'bin/busybox',
  needs: ({ imageRoots }) => imageRoots,
  source({ image: made }) {
    assert.ok(made, 'the fixture has no image');
    return { kind: 'image', imageId: made.id, imageName: made.name };
  },
};

function directory(overlay: boolean): SourceKind {
  return {
    label: overlay ? 'directory under an overlay' : 'directory',
    known: 'marker',
    needs: ({ directoryRoots }) => directoryRoots,
    source({ directory: path }) {
      assert.ok(path, 'the fixture has no directory');
      return { kind: 'directory', path, overlay };
    },
  };
}

const plainDirectory = directory(false);
const isolated = [image, directory(true)];
const everyKind = [...isolated, plainDirectory];

interface KindCheck {
  readonly name: string;
  readonly kinds: readonly SourceKind[];
  run(
    fixture: RootfsStorageFixture,
    make: (name: string, more?: Partial<RootfsRequest>) => Promise<string>,
    kind: SourceKind,
  ): Promise<void>;
}

const kindChecks: readonly KindCheck[] = [
  {
    name: 'makes both directories for root alone and mounts nothing',
    kinds: everyKind,
    async run({ instance }, make) {
      const id = await make('one');
      for (const path of Object.values(instance.directories(id))) {
        assert.equal(statSync(path).mode & 0o7777, 0o700, path);
      }
      assert.equal((await instance.lookup(id))?.mounted, false);
    },
  },
  {
    name: 'answers from create what directories answers',
    kinds: everyKind,
    async run(fixture, _make, kind) {
      const id = generateId();
      const made = await fixture.instance.create({ id, name: 'one', source: kind.source(fixture) });
      assert.deepEqual({ ...made }, { ...fixture.instance.directories(id) });
    },
  },
  {
    name: 'shows the content while mounted and counts mounts',
    kinds: everyKind,
    async run({ instance }, make, kind) {
      const id = await make('one');
      const path = await instance.mount(id);
      assert.ok(existsSync(join(path, kind.known)), `${kind.known} is missing in ${path}`);
      assert.equal(await instance.mount(id), path);
      assert.equal((await instance.lookup(id))?.mounted, true);
      assert.equal(await instance.unmount(id), true);
      assert.ok(existsSync(join(path, kind.known)));
      assert.equal(await instance.unmount(id), false);
      assert.equal((await instance.lookup(id))?.mounted, false);
    },
  },
  {
    name: 'unmounts all at once when forced',
    kinds: everyKind,
    async run({ instance }, make) {
      const id = await make('one');
      for (let mounts = 0; mounts < 3; mounts++) await instance.mount(id);
      assert.equal(await instance.unmount(id, { force: true }), false);
      assert.equal((await instance.lookup(id))?.mounted, false);
    },
  },
  {
    name: 'takes unmounting what is not mounted as done',
    kinds: everyKind,
    async run({ instance }, make) {
      const id = await make('one');
      assert.equal(await instance.unmount(id), false);
      await instance.mount(id);
      assert.equal(await instance.unmount(id), false);
      assert.equal(await instance.unmount(id), false);
      assert.equal(await instance.unmount(generateId()), false);
    },
  },
  {
    name: 'counts mounts that are asked for at the same time',
    kinds: everyKind,
    async run({ instance }, make) {
      const id = await make('one');
      const paths = await Promise.all(Array.from({ length: 5 }, () => instance.mount(id)));
      assert.equal(new Set(paths).size, 1);
      const answers = [];
      for (let mounts = 0; mounts < 5; mounts++) answers.push(await instance.unmount(id));
      assert.deepEqual(answers, [true, true, true, true, false]);
    },
  },
  {
    name: 'finds by whole id and whole name, and lists',
    kinds: everyKind,
    async run({ instance }, make, kind) {
      const createdAt = '2026-01-02T03:04:05.678Z';
      const id = await make('one', { createdAt });
      const other = await make('other');
      for (const key of [id, 'one']) {
        const entry = await instance.lookup(key);
        assert.deepEqual([entry?.id, entry?.names, entry?.createdAt], [id, ['one'], createdAt]);
        assert.equal(entry?.imageId !== '', kind === image);
      }
      for (const key of [id.slice(0, 12), 'on', 'none', '../one', generateId()])
        assert.equal(await instance.lookup(key), undefined, key);
      assert.deepEqual(new Set((await instance.list()).map((entry) => entry.id)), new Set([id, other]));
    },
  },
  {
    name: 'refuses an id that is taken and keeps its owner',
    kinds: everyKind,
    async run({ instance }, make) {
      const id = await make('one');
      await assertRefuses(make('other', { id }), 'already-exists', 'id-exists', id);
      assert.deepEqual(
        (await instance.list()).map(({ names }) => names),
        [['one']],
      );
      assert.equal(await instance.unmount(id), false);
      await instance.mount(id);
    },
  },
  {
    name: 'refuses a name that is taken, says by whom, and leaves nothing',
    kinds: everyKind,
    async run({ instance }, make) {
      const holder = await make('one');
      const id = generateId();
      await assertRefuses(make('one', { id }), 'already-exists', 'container-exists', 'one', holder);
      assert.deepEqual(
        (await instance.list()).map((entry) => entry.id),
        [holder],
      );
      for (const path of Object.values(instance.directories(id))) assert.ok(!existsSync(path), path);
    },
  },
  {
    name: 'gives a name to one of those who ask at the same time',
    kinds: everyKind,
    async run({ instance }, make) {
      const results = await Promise.allSettled(Array.from({ length: 4 }, () => make('one')));
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal((await instance.list()).length, 1);
    },
  },
  {
    name: 'deletes everything, mounted or not, as often as asked',
    kinds: everyKind,
    async run({ instance }, make) {
      const id = await make('one');
      const path = await instance.mount(id);
      const directories = Object.values(instance.directories(id));
      for (const each of directories) writeFileSync(join(each, 'file'), 'content');
      mkdirSync(join(path, 'made/inside'), { recursive: true });
      await instance.delete(id);
      await instance.delete(id);
      for (const each of directories) assert.ok(!existsSync(each), each);
      assert.equal(await instance.lookup(id), undefined);
      assert.equal(await instance.lookup('one'), undefined);
      assert.deepEqual(await instance.list(), []);
      await assertRefuses(instance.mount(id), 'not-found', 'no-such-container', id);
      await make('one');
    },
  },
  {
    name: 'keeps what was written between mounts',
    kinds: everyKind,
    async run({ instance }, make) {
      const id = await make('one');
      writeFileSync(join(await instance.mount(id), 'kept'), 'content');
      await instance.unmount(id);
      assert.equal(readFileSync(join(await instance.mount(id), 'kept'), 'utf8'), 'content');
    },
  },
  {
    name: 'mounts a volatile container more than once',
    kinds: everyKind,
    async run({ instance }, make, kind) {
      const id = await make('one', { volatile: true });
      for (let times = 0; times < 2; times++) {
        const path = await instance.mount(id);
        writeFileSync(join(path, `file${times}`), 'content');
        assert.ok(existsSync(join(path, kind.known)));
        await instance.unmount(id);
      }
    },
  },
  {
    name: 'keeps the changes of containers apart',
    kinds: isolated,
    async run(fixture, make, kind) {
      const { instance } = fixture;
      const paths = [await instance.mount(await make('one')), await instance.mount(await make('other'))] as const;
      writeFileSync(join(paths[0], 'mine'), 'content');
      writeFileSync(join(paths[0], kind.known), 'changed');
      assert.ok(!existsSync(join(paths[1], 'mine')));
      assert.notEqual(readFileSync(join(paths[1], kind.known), 'utf8'), 'changed');
      const source = kind.source(fixture);
      if (source.kind === 'directory') assert.equal(readFileSync(join(source.path, kind.known), 'utf8'), 'caller');
    },
  },
  {
    name: 'measures what a container wrote',
    kinds: isolated,
    async run({ instance }, make) {
      const id = await make('one');
      const before = await instance.size(id);
      const path = await instance.mount(id);
      writeFileSync(join(path, 'big'), Buffer.alloc(300_000));
      assert.equal((await instance.size(id)) - before, 300_000);
    },
  },
  {
    name: 'gives another name, if it can: the old one is free, a taken one is refused',
    kinds: everyKind,
    async run({ instance }, make) {
      if (instance.rename === undefined) return;
      const id = await make('one');
      const other = await make('other');
      const path = await instance.mount(id);
      for (let times = 0; times < 2; times++) await instance.rename(id, 'new');
      assert.deepEqual((await instance.lookup(id))?.names, ['new']);
      assert.equal((await instance.lookup('new'))?.id, id);
      assert.equal(await instance.lookup('one'), undefined);
      assert.equal(await instance.mount(id), path);
      await assertRefuses(instance.rename(id, 'other'), 'already-exists', 'container-exists', 'other', other);
      await assertRefuses(make('new'), 'already-exists', 'container-exists', 'new', id);
      await assertRefuses(instance.rename(generateId(), 'free'), 'not-found', 'no-such-container');
      assert.equal(await instance.lookup('free'), undefined);
      assert.deepEqual((await instance.lookup(id))?.names, ['new']);
      const third = await make('one');
      await instance.rename(id, 'newer');
      await instance.delete(third);
      await instance.rename(id, 'one');
      assert.deepEqual((await instance.list()).map(({ names }) => names.join()).sort(), ['one', 'other']);
      await instance.delete(id);
      assert.equal(await instance.lookup('one'), undefined);
    },
  },
  {
    name: 'says where it is mounted and how often',
    kinds: everyKind,
    async run({ instance }, make) {
      const id = await make('one');
      assert.equal((await instance.lookup(id))?.mountPoint, undefined);
      const path = await instance.mount(id);
      await instance.mount(id);
      const entry = await instance.lookup(id);
      if (entry?.mountCount === undefined) return;
      assert.deepEqual([entry?.mountPoint, entry?.mountCount], [path, 2]);
      await instance.unmount(id, { force: true });
      assert.deepEqual((await instance.lookup(id))?.mountCount, 0);
    },
  },
  {
    name: 'tells what was added, changed and deleted, if it can',
    kinds: isolated,
    async run({ instance }, make, kind) {
      if (instance.diff === undefined) return;
      const id = await make('one');
      assert.deepEqual(await instance.diff(id), []);
      const path = await instance.mount(id);
      mkdirSync(join(path, 'made'));
      writeFileSync(join(path, 'made/inside'), 'content');
      symlinkSync('/etc', join(path, 'made/link'));
      const known = (await instance.diff(id)).map((change) => `${change.kind} ${change.path}`);
      assert.deepEqual(known, ['added /made', 'added /made/inside', 'added /made/link']);
      writeFileSync(join(path, kind.known), 'changed');
      assert.ok((await instance.diff(id)).some((change) => change.kind === 'changed' && change.path === `/${kind.known}`));
      rmSync(join(path, kind.known));
      assert.ok((await instance.diff(id)).some((change) => change.kind === 'deleted' && change.path === `/${kind.known}`));
      await instance.unmount(id);
      assert.ok((await instance.diff(id)).some((change) => change.kind === 'deleted' && change.path === `/${kind.known}`));
      await assertRefuses(instance.diff(generateId()), 'not-found', 'no-such-container');
    },
  },
  {
    name: 'knows the size of what it was made of, and its directories, if at all',
    kinds: everyKind,
    async run({ instance }, make) {
      const id = await make('one');
      const path = await instance.mount(id);
      const before = await instance.baseSize?.(id);
      if (before !== undefined) assert.ok(before > 0, `baseSize is ${before}`);
      const layout = await instance.layout?.(id);
      if (layout !== undefined) {
        assert.equal(layout.MergedDir, path);
        for (const each of Object.values(layout).flatMap((value) => value.split(':'))) assert.ok(existsSync(each), each);
      }
    },
  },
  {
    name: 'uses the directory as it is and never removes it',
    kinds: [plainDirectory],
    async run(fixture, make, kind) {
      const { instance } = fixture;
      const source = kind.source(fixture);
      assert.ok(source.kind === 'directory');
      const id = await make('one');
      const path = await instance.mount(id);
      assert.equal(path, realpathSync(source.path));
      writeFileSync(join(path, 'written'), 'content');
      await instance.delete(id);
      assert.equal(readFileSync(join(source.path, 'written'), 'utf8'), 'content');
      assert.equal(readFileSync(join(source.path, 'marker'), 'utf8'), 'caller');
    },
  },
];

const generalChecks: readonly RootfsStorageCheck[] = [
  {
    name: 'says that it is usable and has a version',
    needs: () => true,
    async run({ instance }) {
      assert.equal(instance.specVersion, 'v1');
      assert.deepEqual(await instance.probe(), { usable: true });
    },
  },
  {
    name: 'is empty at first, and takes deleting and unmounting the unknown as done',
    needs: () => true,
    async run({ instance }) {
      assert.deepEqual(await instance.list(), []);
      assert.equal(await instance.lookup('none'), undefined);
      await instance.delete(generateId());
      assert.equal(await instance.unmount(generateId(), { force: true }), false);
      await assertRefuses(instance.mount(generateId()), 'not-found', 'no-such-container');
    },
  },
  {
    name: 'lets no id out of its directories',
    needs: () => true,
    async run({ instance }) {
      for (const id of ['', '..', '../../etc', 'A'.repeat(64), '0'.repeat(63)]) {
        assert.throws(() => instance.directories(id), /is not an id/);
        await assertRefuses(instance.delete(id), 'invalid-argument', 'invalid-id');
      }
    },
  },
  {
    name: 'can be closed twice',
    needs: () => true,
    async run({ instance }) {
      await instance.close();
      await instance.close();
    },
  },
  {
    name: 'refuses an image that is not there and leaves nothing',
    needs: ({ imageRoots }) => imageRoots,
    async run(fixture) {
      const imageId = generateId();
      await refusesSource(fixture, { kind: 'image', imageId, imageName: '' }, 'not-found', 'no-such-image', imageId);
    },
  },
  {
    name: 'refuses a directory that is not there and leaves nothing',
    needs: ({ directoryRoots }) => directoryRoots,
    async run(fixture) {
      const path = `${fixture.directory}/missing`;
      await refusesSource(fixture, { kind: 'directory', path, overlay: false }, 'not-found', 'no-such-file', path);
    },
  },
  {
    name: 'refuses a directory that is a file and leaves nothing',
    needs: ({ directoryRoots }) => directoryRoots,
    async run(fixture) {
      const path = `${fixture.directory}/marker`;
      await refusesSource(fixture, { kind: 'directory', path, overlay: true }, 'invalid-argument', 'not-a-directory', path);
    },
  },
  {
    name: 'refuses images, as its capabilities say',
    needs: ({ imageRoots }) => !imageRoots,
    async run({ instance }) {
      const source: RootfsSource = { kind: 'image', imageId: generateId(), imageName: 'localhost/none:latest' };
      await refusesKind(instance, source);
    },
  },
  {
    name: 'refuses directories, as its capabilities say',
    needs: ({ directoryRoots }) => !directoryRoots,
    run: ({ instance }) => refusesKind(instance, { kind: 'directory', path: '/', overlay: false }),
  },
];

export const rootfsStorageChecks: readonly RootfsStorageCheck[] = [
  ...generalChecks,
  ...kindChecks.flatMap((check) =>
    check.kinds.map((kind) => ({
      name: `${check.name} (${kind.label})`,
      needs: kind.needs,
      run: (fixture: RootfsStorageFixture) => check.run(fixture, maker(fixture, kind), kind),
    })),
  ),
];

function maker(fixture: RootfsStorageFixture, kind: SourceKind) {
  return async (name: string, more: Partial<RootfsRequest> = {}): Promise<string> => {
    const request = { id: generateId(), name, source: kind.source(fixture), ...more };
    await fixture.instance.create(request);
    return request.id;
  };
}

async function refusesSource(
  { instance }: RootfsStorageFixture,
  source: RootfsSource,
  kind: 'not-found' | 'invalid-argument',
  code: string,
  mention: string,
): Promise<void> {
  const id = generateId();
  await assertRefuses(instance.create({ id, name: 'one', source }), kind, code, mention);
  assert.deepEqual(await instance.list(), []);
  assert.equal(await instance.lookup('one'), undefined);
  for (const path of Object.values(instance.directories(id))) assert.ok(!existsSync(path), path);
}

async function refusesKind(instance: RootfsStorage, source: RootfsSource): Promise<void> {
  const error: unknown = await instance.create({ id: generateId(), name: 'one', source }).then(
    () => assert.fail('it was accepted'),
    (reason) => reason,
  );
  assert.equal((error as { kind?: unknown }).kind, 'not-supported');
  assert.deepEqual(await instance.list(), []);
}
