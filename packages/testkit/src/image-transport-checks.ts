import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials, ImageTransport } from '@tspod/core';
import { writeBusyboxArchive } from './busybox-image.ts';
import type { Check } from './check.ts';
import { assertRefuses } from './refusal.ts';

/** A transport for a store without images, and registries. */
export interface ImageTransportFixture {
  readonly instance: ImageTransport;
  /** What the store has, in any order. */
  images(): Promise<readonly { readonly id: string; readonly names: readonly string[] }[]>;
  /** Empty, for archives. */
  readonly directory: string;
  /** `HOST:PORT` of a registry without TLS, as of `startRegistry`. Others may use it, too. */
  readonly registry: string;
  /** One more, for those only who have these credentials. */
  readonly closedRegistry: { readonly host: string; readonly credentials: Credentials };
  cleanup(): Promise<void>;
}

const plain = { tlsVerify: false } as const;
const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
let lastNumber = 0;

/** A repository that nobody else uses. */
const repository = ({ registry }: Pick<ImageTransportFixture, 'registry'>) =>
  `${registry}/kit-${process.pid}/image-${++lastNumber}`;

function archive({ directory }: ImageTransportFixture, number: number, name = `localhost/busybox:${number}`): string {
  const path = join(directory, `${number}.tar`);
  writeBusyboxArchive(path, { name, layers: [{ 'etc/number': String(number) }] });
  return path;
}

/** The id of an image that was loaded. */
async function loaded(fixture: ImageTransportFixture, number = 1): Promise<string> {
  const [image] = await fixture.instance.load({ path: archive(fixture, number) });
  assert.ok(image, 'an archive with an image was loaded');
  return image.id;
}

async function pushed(fixture: ImageTransportFixture, number = 1) {
  const imageId = await loaded(fixture, number);
  const name = `${repository(fixture)}:1`;
  const { digest } = await fixture.instance.push({ imageId, destination: `docker://${name}`, ...plain });
  return { imageId, name, source: `docker://${name}`, digest };
}

async function sorted(fixture: ImageTransportFixture) {
  const images = await fixture.images();
  return images.map(({ id, names }) => ({ id, names: [...names].sort() })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

export const imageTransportChecks: readonly Check<ImageTransportFixture>[] = [
  {
    name: 'says that it is usable',
    async run({ instance }) {
      assert.deepEqual(await instance.probe(), { usable: true });
    },
  },
  {
    name: 'loads the images of an archive by their names, which others lose',
    async run(fixture) {
      const { instance } = fixture;
      const steps: string[] = [];
      const one = await instance.load({ path: archive(fixture, 1, 'localhost/taken:1'), onProgress: (line) => steps.push(line) });
      assert.deepEqual(
        one.map(({ names }) => names),
        [['localhost/taken:1']],
      );
      assert.ok(steps.length > 0, 'it told no step');
      const two = await instance.load({ path: archive(fixture, 2, 'localhost/taken:1') });
      assert.notEqual(two[0]?.id, one[0]?.id);
      const expected = [
        { id: one[0]?.id ?? '', names: [] as string[] },
        { id: two[0]?.id ?? '', names: ['localhost/taken:1'] },
      ];
      assert.deepEqual(
        await sorted(fixture),
        expected.sort((a, b) => (a.id < b.id ? -1 : 1)),
      );
    },
  },
  {
    name: 'loads the same archive twice at once',
    async run(fixture) {
      const path = archive(fixture, 1);
      const [one, two] = await Promise.all([fixture.instance.load({ path }), fixture.instance.load({ path })]);
      assert.deepEqual(one, two);
      assert.equal((await fixture.images()).length, 1);
    },
  },
  {
    name: 'refuses what is no archive, or a part of one, and leaves the store as it was',
    async run(fixture) {
      const { instance, directory } = fixture;
      await loaded(fixture);
      const before = await sorted(fixture);
      await assertRefuses(
        instance.load({ path: join(directory, 'nosuch') }),
        'not-found',
        'no-such-file',
        join(directory, 'nosuch'),
      );
      const text = join(directory, 'text');
      writeFileSync(text, 'hello\n'.repeat(1000));
      const part = archive(fixture, 2);
      truncateSync(part, 300_000);
      for (const path of [text, part]) await assertRefuses(instance.load({ path }), 'invalid-argument', 'invalid-archive', path);
      assert.deepEqual(await sorted(fixture), before);
    },
  },
  {
    name: 'stops when it is told to, with the reason, and leaves the store as it was',
    async run(fixture) {
      const { instance } = fixture;
      const reason = new Error('enough');
      const path = archive(fixture, 1);
      await assert.rejects(instance.load({ path, signal: AbortSignal.abort(reason) }), reason);
      const stopped = new AbortController();
      const loading = instance.load({ path, signal: stopped.signal });
      setTimeout(() => stopped.abort(reason), 10);
      await assert.rejects(loading, reason);
      assert.deepEqual(await fixture.images(), []);
    },
  },
  {
    name: 'pushes to a registry, which then says the same of the image',
    async run(fixture) {
      const { instance } = fixture;
      const { imageId, source, digest } = await pushed(fixture);
      const config = `sha256:${imageId}`;
      assert.deepEqual(await instance.inspectRemote({ source, ...plain }), { manifestDigest: digest, configDigest: config });
      const read = await instance.readRemote({ source, ...plain });
      assert.equal(sha256(read.manifest), digest);
      assert.equal(read.config && sha256(read.config), config);
    },
  },
  {
    name: 'pulls from a registry under the name that it is told, which others lose',
    async run(fixture) {
      const { instance } = fixture;
      const { imageId, source } = await pushed(fixture);
      const other = await loaded(fixture, 2);
      await instance.pull({ source, name: 'localhost/busybox:2', ...plain });
      const images = await fixture.images();
      assert.ok(images.find(({ id }) => id === imageId)?.names.includes('localhost/busybox:2'));
      assert.deepEqual(images.find(({ id }) => id === other)?.names, []);
    },
  },
  {
    name: 'says what is the matter with a registry or an image in it, and brings nothing in',
    async run(fixture) {
      const { instance } = fixture;
      const { name } = await pushed(fixture);
      const before = await sorted(fixture);
      const pull = (source: string, more = {}) => instance.pull({ source, name: 'localhost/pulled:1', ...plain, ...more });
      await assertRefuses(pull(`docker://${name.replace(/1$/, 'nosuch')}`), 'not-found', 'no-such-remote-image');
      await assertRefuses(pull('docker://127.0.0.1:1/a:b'), 'unavailable', 'registry-unreachable');
      const closed = `docker://${fixture.closedRegistry.host}/a:b`;
      const authFile = join(fixture.directory, 'auth.json');
      await assertRefuses(pull(closed, { authFile }), 'unavailable', 'not-authorised');
      assert.deepEqual(await sorted(fixture), before);
    },
  },
  {
    name: 'lists the tags of a repository',
    async run(fixture) {
      const { instance } = fixture;
      const { imageId, name } = await pushed(fixture);
      const where = name.replace(/:1$/, '');
      await instance.push({ imageId, destination: `docker://${where}:two`, ...plain });
      assert.deepEqual([...(await instance.tags(where, plain))].sort(), ['1', 'two']);
      await assertRefuses(instance.tags(repository(fixture), plain), 'not-found', 'no-such-remote-image');
    },
  },
  {
    name: 'finds repositories by a part of their names',
    async run(fixture) {
      const { instance, registry } = fixture;
      const { name } = await pushed(fixture);
      const term = name.slice(registry.length + 1).replace(/:1$/, '');
      const found = await instance.search({ registry, term, limit: 25, ...plain });
      assert.deepEqual(
        found.map((result) => result.name),
        [`${registry}/${term}`],
      );
      assert.deepEqual(await instance.search({ registry, term: `${term}-nosuch`, limit: 25, ...plain }), []);
      await pushed(fixture, 2);
      assert.equal((await instance.search({ registry, term: `kit-${process.pid}`, limit: 1, ...plain })).length, 1);
    },
  },
  {
    name: 'writes directories and archives, which it can load again, and overwrites no archive',
    async run(fixture) {
      const { instance, directory } = fixture;
      const imageId = await loaded(fixture);
      const path = join(directory, 'saved.tar');
      const destination = `docker-archive:${path}:localhost/saved:1`;
      await instance.push({ imageId, destination });
      await assertRefuses(instance.push({ imageId, destination }), 'already-exists', 'archive-exists');
      const layout = join(directory, 'layout');
      await instance.push({ imageId, destination: `oci:${layout}:localhost/layout:1` });
      assert.deepEqual(await instance.load({ path }), [{ id: imageId, names: ['localhost/saved:1'] }]);
      assert.deepEqual((await instance.load({ path: layout }))[0]?.names, ['localhost/layout:1']);
    },
  },
  {
    name: 'writes several images to one archive, or no file',
    async run(fixture) {
      const { instance, directory } = fixture;
      const images = [
        { id: await loaded(fixture, 1), names: ['localhost/one:1', 'localhost/one:2'] },
        { id: await loaded(fixture, 2), names: [] },
      ];
      const path = join(directory, 'several.tar');
      const missing = { id: 'e'.repeat(64), names: [] };
      await assert.rejects(instance.saveSeveral({ images: [...images, missing], path }));
      await assert.rejects(instance.push({ imageId: missing.id, destination: `oci-archive:${path}` }));
      assert.equal(existsSync(path), false, 'it left a part of an archive');
      await instance.saveSeveral({ images, path });
      await assertRefuses(instance.saveSeveral({ images, path }), 'already-exists', 'archive-exists');
      assert.deepEqual(await instance.load({ path }), images);
    },
  },
  {
    name: 'keeps credentials that a registry takes, and forgets them',
    async run(fixture) {
      const { instance } = fixture;
      const { host, credentials } = fixture.closedRegistry;
      const access = { authFile: join(fixture.directory, 'auth.json'), ...plain };
      const { username } = credentials;
      const wrong = instance.login({ registry: host, credentials: { username, password: 'wrong' }, ...access });
      await assertRefuses(wrong, 'unavailable', 'not-authorised');
      assert.equal(await instance.loggedIn(host, access.authFile), undefined);
      await instance.login({ registry: host, credentials, ...access });
      assert.equal(await instance.loggedIn(host, access.authFile), username);
      assert.equal(await instance.checkLogin({ registry: host, ...access }), true);
      const imageId = await loaded(fixture);
      const source = `docker://${repository({ registry: host })}:1`;
      await instance.push({ imageId, destination: source, ...access });
      await instance.logout({ registry: host, authFile: access.authFile });
      assert.equal(await instance.loggedIn(host, access.authFile), undefined);
      await assertRefuses(instance.logout({ registry: host, authFile: access.authFile }), 'not-found', 'not-logged-in');
      await instance.inspectRemote({ source, credentials, ...access });
      await assertRefuses(instance.inspectRemote({ source, ...access }), 'unavailable', 'not-authorised');
    },
  },
  {
    name: 'signs with no key that is not there',
    async run(fixture) {
      const { source } = await pushed(fixture);
      const directory = join(fixture.directory, 'signatures');
      mkdirSync(directory);
      const identity = `nobody-${process.pid}@kit.invalid`;
      const signing = fixture.instance.sign({ source, identity, directory, all: false, ...plain });
      await assertRefuses(signing, 'not-found', 'no-signing-key', identity);
      assert.deepEqual(readdirSync(directory), []);
    },
  },
];
