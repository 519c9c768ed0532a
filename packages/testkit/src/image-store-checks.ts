import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateId, type ImageStore, type NewImage } from '@tspod/core';
import type { Check } from './check.ts';
import { assertRefuses } from './refusal.ts';
import { writeTar } from './tar-writer.ts';

/** A store with exactly two images of `writeBusyboxArchive`, the second with one layer more than the first. */
export interface ImageStoreFixture {
  readonly instance: ImageStore;
  readonly images: readonly [ImageFixture, ImageFixture];
  /** Unmounts and removes everything. */
  cleanup(): Promise<void>;
}

export interface ImageFixture {
  readonly id: string;
  /** The only name that it has. */
  readonly name: string;
}

export const imageStoreChecks: readonly Check<ImageStoreFixture>[] = [
  {
    name: 'lists every image once, with its size, digest and layer',
    async run({ instance, images }) {
      const listed = await instance.list();
      assert.deepEqual(new Set(listed.map(({ id }) => id)), new Set(images.map(({ id }) => id)));
      for (const image of listed) {
        assert.ok(image.size > 1_000_000, `size ${image.size}`);
        assert.match(image.digest ?? '', /^sha256:[0-9a-f]{64}$/);
        assert.ok(image.digests.includes(image.digest ?? ''));
        assert.ok(image.topLayer);
        assert.equal(image.isManifestList, false);
        assert.ok(!Number.isNaN(Date.parse(image.createdAt)), image.createdAt);
      }
    },
  },
  {
    name: 'finds by name, id, beginning of the id and digest, and nothing else',
    async run({ instance, images: [image] }) {
      const digest = (await instance.lookup({ names: [image.name] }))?.digest;
      const found = [
        instance.lookup({ names: ['localhost/none:latest', image.name] }),
        instance.lookup({ names: [], idOrPrefix: image.id }),
        instance.lookup({ names: [], idOrPrefix: image.id.slice(0, 12) }),
        instance.lookup({ names: [], idOrPrefix: `sha256:${image.id}` }),
        instance.lookup({ names: [], idOrPrefix: digest }),
      ];
      for (const result of await Promise.all(found)) assert.equal(result?.id, image.id);
      const missing = [
        instance.lookup({ names: ['localhost/none:latest'] }),
        instance.lookup({ names: [], idOrPrefix: image.id.slice(0, 2) }),
        instance.lookup({ names: [], idOrPrefix: generateId() }),
        instance.lookup({ names: [] }),
      ];
      for (const result of await Promise.all(missing)) assert.equal(result, undefined);
    },
  },
  {
    name: 'reads config and manifest',
    async run({ instance, images }) {
      for (const [index, { id }] of images.entries()) {
        const config = await instance.config(id);
        assert.deepEqual(config.config?.Cmd, ['sh']);
        const { mediaType, document } = await instance.manifest(id);
        assert.match(mediaType, /manifest/);
        const { layers } = document as { layers: unknown[] };
        assert.equal(layers.length, config.rootfs?.diff_ids.length);
        assert.equal(layers.length, index + 1);
      }
    },
  },
  {
    name: 'says so when an image is unknown',
    async run({ instance }) {
      const id = generateId();
      await assertRefuses(instance.config(id), 'not-found', 'no-such-image', id);
      await assertRefuses(instance.manifest(id), 'not-found', 'no-such-image', id);
      await assertRefuses(instance.tag(id, 'localhost/new:latest'), 'not-found', 'no-such-image', id);
      await assertRefuses(instance.untag(id, 'localhost/new:latest'), 'not-found', 'no-such-image', id);
      await assertRefuses(instance.remove(id), 'not-found', 'no-such-image', id);
      await assertRefuses(instance.mount(id), 'not-found', 'no-such-image', id);
      assert.equal(await instance.unmount(id), false);
    },
  },
  {
    name: 'tags and untags, as often as asked, and remembers names',
    async run({ instance, images: [image] }) {
      const name = 'localhost/second:name';
      await instance.tag(image.id, name);
      await instance.tag(image.id, name);
      const tagged = await instance.lookup({ names: [name] });
      assert.equal(tagged?.id, image.id);
      assert.deepEqual(new Set(tagged?.names), new Set([image.name, name]));
      assert.equal(tagged?.names.length, 2);
      for (const each of [name, image.name, name]) await instance.untag(image.id, each);
      const untagged = await instance.lookup({ names: [], idOrPrefix: image.id });
      assert.deepEqual(untagged?.names, []);
      assert.deepEqual(new Set(untagged?.namesHistory), new Set([image.name, name]));
      assert.equal(await instance.lookup({ names: [name] }), undefined);
    },
  },
  {
    name: 'takes a name from the image that had it',
    async run({ instance, images: [image, other] }) {
      await instance.tag(other.id, image.name);
      assert.equal((await instance.lookup({ names: [image.name] }))?.id, other.id);
      assert.deepEqual((await instance.lookup({ names: [], idOrPrefix: image.id }))?.names, []);
    },
  },
  {
    name: 'refuses names that are not complete',
    async run({ instance, images: [image] }) {
      for (const name of ['', 'busybox', 'local host/x:1']) {
        await assertRefuses(instance.tag(image.id, name), 'invalid-argument', 'invalid-image-name');
      }
    },
  },
  {
    name: 'removes an image and leaves those that share layers with it whole',
    async run({ instance, images: [image, other] }) {
      assert.deepEqual(await instance.remove(image.id), [image.id]);
      assert.equal(await instance.lookup({ names: [image.name] }), undefined);
      await assertRefuses(instance.remove(image.id), 'not-found', 'no-such-image', image.id);
      const path = await instance.mount(other.id);
      assert.ok(existsSync(join(path, 'bin/busybox')));
      assert.equal(await instance.unmount(other.id), false);
      await instance.remove(other.id);
      assert.deepEqual(await instance.list(), []);
    },
  },
  {
    name: 'mounts read-only and counts',
    async run({ instance, images: [image] }) {
      assert.equal(await instance.unmount(image.id), false);
      const path = await instance.mount(image.id);
      assert.equal(await instance.mount(image.id), path);
      assert.match(readFileSync(join(path, 'etc/passwd'), 'utf8'), /^root:/);
      assert.throws(() => writeFileSync(join(path, 'new'), ''), { code: 'EROFS' });
      assert.equal(await instance.unmount(image.id), true);
      assert.equal(await instance.unmount(image.id), false);
      await instance.mount(image.id);
      await instance.mount(image.id);
      assert.equal(await instance.unmount(image.id, { force: true }), false);
    },
  },
  {
    name: 'opens a tree that is counted nowhere, where it can',
    async run({ instance, images: [image] }) {
      const tree = await instance.openTree?.(image.id);
      if (tree === undefined) return;
      assert.match(readFileSync(join(tree.path, 'etc/passwd'), 'utf8'), /^root:/);
      assert.throws(() => writeFileSync(join(tree.path, 'new'), ''), { code: 'EROFS' });
      assert.deepEqual(await instance.mounts(), []);
      tree[Symbol.dispose]();
      assert.equal(existsSync(join(tree.path, 'etc')), false);
    },
  },
  {
    name: 'mounts an image where it is told, and counts nothing, where it can',
    async run({ instance, images: [image] }) {
      if (instance.mountAt === undefined) return;
      const target = mkdtempSync(join(tmpdir(), 'tspod-image-'));
      try {
        await instance.mountAt(image.id, target);
        assert.match(readFileSync(join(target, 'etc/passwd'), 'utf8'), /^root:/);
        assert.throws(() => writeFileSync(join(target, 'new'), ''), { code: 'EROFS' });
        assert.deepEqual(await instance.mounts(), []);
        await assertRefuses(instance.mountAt('0'.repeat(64), target), 'not-found', 'no-such-image', '0'.repeat(64));
      } finally {
        spawnSync('umount', ['--lazy', target], { stdio: 'ignore' });
        rmdirSync(target);
      }
    },
  },
  {
    name: 'tells which images are mounted',
    async run({ instance, images: [image] }) {
      assert.deepEqual(await instance.mounts(), []);
      const path = await instance.mount(image.id);
      assert.deepEqual(await instance.mounts(), [{ id: image.id, path }]);
      await instance.unmount(image.id);
      assert.deepEqual(await instance.mounts(), []);
    },
  },
  {
    name: 'lists layers with their parents and digests',
    async run({ instance, images }) {
      const layers = await instance.layers();
      for (const [index, { id, name }] of images.entries()) {
        const { rootfs } = await instance.config(id);
        const digests: (string | undefined)[] = [];
        let next = (await instance.lookup({ names: [name] }))?.topLayer;
        for (let layer = layers.find((other) => other.id === next); layer; layer = layers.find((other) => other.id === next)) {
          assert.ok(existsSync(layer.directory), layer.directory);
          assert.ok(layer.size > 0, `size ${layer.size}`);
          digests.unshift(layer.digest);
          next = layer.parent;
        }
        assert.deepEqual(digests, rootfs?.diff_ids);
        assert.equal(digests.length, index + 1);
      }
    },
  },
  {
    name: 'makes an image of a base and an archive',
    async run({ instance, images: [image] }) {
      const request = (text: string) => newImage(image.id, text);
      const made = await instance.create({ ...request('content'), names: ['localhost/made:1', image.name] });
      assert.deepEqual(new Set(made.names), new Set(['localhost/made:1', image.name]));
      assert.deepEqual((await instance.lookup({ names: [], idOrPrefix: image.id }))?.names, []);
      const { rootfs } = await instance.config(made.id);
      assert.equal(rootfs?.diff_ids.length, 2);
      assert.equal(rootfs?.diff_ids[0], (await instance.config(image.id)).rootfs?.diff_ids[0]);
      const path = await instance.mount(made.id);
      assert.equal(readFileSync(join(path, 'etc/made'), 'utf8'), 'content');
      assert.match(readFileSync(join(path, 'etc/passwd'), 'utf8'), /^root:/);
      await instance.unmount(made.id);
      assert.equal((await instance.create(request('content'))).id, made.id);
      assert.notEqual((await instance.create(request('other'))).id, made.id);
    },
  },
  {
    name: 'leaves nothing of an image that can not be made',
    async run({ instance, images: [image] }) {
      const before = [await instance.list(), await instance.layers()];
      const request = newImage(image.id, 'content');
      const broken = async function* () {
        for await (const piece of request.layer ?? []) yield piece.subarray(0, 700);
        throw new Error('the archive ends');
      };
      await assert.rejects(instance.create({ ...request, layer: broken() }), /the archive ends/);
      const describe = () => {
        throw new Error('no description');
      };
      await assert.rejects(instance.create({ ...request, describe }), /no description/);
      await assertRefuses(instance.create(newImage(generateId(), 'content')), 'not-found', 'no-such-image');
      assert.deepEqual([await instance.list(), await instance.layers()], before);
    },
  },
  {
    name: 'keeps documents and lists',
    async run({ instance, images: [image] }) {
      const manifest = Buffer.from('{"schemaVersion":2,"manifests":[]}');
      const list = await instance.createList('localhost/list:1', { manifest, 'instances.json': Buffer.from('{}') });
      assert.deepEqual([list.isManifestList, list.topLayer, list.names], [true, undefined, ['localhost/list:1']]);
      await assertRefuses(instance.createList(image.name, { manifest }), 'already-exists', 'image-name-in-use', image.name);
      await instance.putData(list.id, { 'instances.json': Buffer.from('{"a":"b"}') });
      assert.equal(Buffer.from(await instance.data(list.id, 'instances.json')).toString(), '{"a":"b"}');
      assert.equal(Buffer.from(await instance.data(list.id, 'manifest')).toString(), manifest.toString());
      await assertRefuses(instance.data(list.id, 'none'), 'corrupt', 'corrupt-image', 'none');
      await assertRefuses(instance.putData(generateId(), {}), 'not-found', 'no-such-image');
      assert.deepEqual(await instance.remove(list.id), [list.id]);
    },
  },
  {
    name: 'removes nameless images that one was built on, unless they are kept',
    async run({ instance, images: [image, other] }) {
      await instance.remove(other.id);
      await instance.untag(image.id, image.name);
      const first = await instance.create(newImage(image.id, 'content'));
      assert.deepEqual(await instance.remove(first.id, { keepParents: true }), [first.id]);
      const second = await instance.create(newImage(image.id, 'content'));
      assert.deepEqual(await instance.remove(second.id), [second.id, image.id]);
    },
  },
];

/** An image with the file `etc/made` above the base, described so that its history goes on where the base's ends. */
function newImage(base: string, text: string): NewImage {
  return {
    base,
    layer: (async function* () {
      yield writeTar([{ kind: 'file', path: 'etc/made', content: text }]);
    })(),
    names: [],
    createdAt: '2024-01-01T00:00:00.000Z',
    describe: (layers) => ({
      config: Buffer.from(
        JSON.stringify({
          ...{ architecture: 'amd64', os: 'linux', config: { Cmd: ['sh'] } },
          rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
          history: [{ created: '2024-01-01T00:00:00.000Z', created_by: 'busybox' }, { created_by: 'testkit' }],
        }),
      ),
      manifest: (config) => Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers })),
    }),
  };
}
