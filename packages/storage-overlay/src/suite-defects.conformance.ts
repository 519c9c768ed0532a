import { join } from 'node:path';
import type { Image, ImageStore } from '@tspod/core';
import { createSharedStore, imageStoreChecks, type SharedStore, writeBusyboxArchive } from '@tspod/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOverlayStorage } from './index.ts';

const names = ['localhost/busybox:one', 'localhost/busybox:two'] as const;
let template: SharedStore;

beforeAll(async () => {
  template = await createSharedStore();
  const archive = join(template.directory, 'image.tar');
  for (const [index, name] of names.entries()) {
    writeBusyboxArchive(archive, { name, layers: index === 0 ? [] : [{ 'etc/second': 'layer' }] });
    await template.load(archive, name);
  }
});

afterAll(() => template.cleanup());

const changed = (image: Image | undefined, change: Partial<Image>) => image && { ...image, ...change };

/** A way to break this store, by the name of the check that has to notice. */
const defects: Readonly<Record<string, (images: ImageStore) => Partial<ImageStore>>> = {
  'lists every image once, with its size, digest and layer': (images) => ({
    list: async () => (await images.list()).map((image) => ({ ...image, size: 0 })),
  }),
  'finds by name, id, beginning of the id and digest, and nothing else': (images) => ({
    lookup: (reference) => images.lookup({ ...reference, idOrPrefix: reference.idOrPrefix?.slice(0, 3) }),
  }),
  'reads config and manifest': (images) => ({ config: async (id) => ({ ...(await images.config(id)), rootfs: undefined }) }),
  'says so when an image is unknown': () => ({ untag: async () => undefined }),
  'tags and untags, as often as asked, and remembers names': (images) => ({
    lookup: async (reference) => changed(await images.lookup(reference), { namesHistory: [] }),
  }),
  'takes a name from the image that had it': (images) => {
    const kept = new Map<string, readonly string[]>();
    return {
      tag: async (id, name) => {
        for (const image of await images.list()) kept.set(image.id, image.names);
        await images.tag(id, name);
      },
      lookup: async (reference) => {
        const image = await images.lookup(reference);
        return changed(image, { names: kept.get(image?.id ?? '') ?? [] });
      },
    };
  },
  'refuses names that are not complete': () => ({ tag: async () => undefined }),
  'removes an image and leaves those that share layers with it whole': (images) => ({
    remove: async (id) => {
      for (const image of await images.list()) if (image.id !== id) await images.remove(image.id);
      return images.remove(id);
    },
  }),
  'opens a tree that is counted nowhere, where it can': (images) => ({
    openTree: async (id) => ({ path: await images.mount(id), [Symbol.dispose]: () => undefined }),
  }),
  'mounts an image where it is told, and counts nothing, where it can': (images) => ({
    mountAt: async (id, target) => {
      await images.mountAt?.(id, target);
      await images.mount(id);
    },
  }),
  'tells which images are mounted': () => ({ mounts: async () => [] }),
  'lists layers with their parents and digests': (images) => ({
    layers: async () => (await images.layers()).map((layer) => ({ ...layer, parent: undefined })),
  }),
  'makes an image of a base and an archive': (images) => ({
    create: (request) => images.create({ ...request, layer: undefined }),
  }),
  'leaves nothing of an image that can not be made': (images) => ({
    create: async (request) => {
      await images.create({
        ...request,
        layer: undefined,
        describe: () => ({ config: Buffer.from('{}'), manifest: () => Buffer.from('{}') }),
      });
      return images.create(request);
    },
  }),
  'keeps documents and lists': () => ({ putData: async () => undefined }),
  'removes nameless images that one was built on, unless they are kept': (images) => ({ remove: (id) => images.remove(id) }),
  'mounts read-only and counts': (images) => ({ unmount: (id) => images.unmount(id, { force: true }) }),
};

it('has a defect for every check', () => {
  expect(Object.keys(defects).sort()).toEqual(imageStoreChecks.map(({ name }) => name).sort());
});

it.each(imageStoreChecks)('the suite notices a store that breaks "$name"', async (check) => {
  const store = await createSharedStore(template);
  const { images, storage } = createOverlayStorage(store);
  const ids = await Promise.all(names.map(async (name) => (await images.lookup({ names: [name] }))?.id ?? ''));
  const [one = '', two = ''] = ids;
  try {
    const running = check.run({
      instance: { ...images, ...defects[check.name]?.(images) },
      images: [
        { id: one, name: names[0] },
        { id: two, name: names[1] },
      ],
      cleanup: async () => undefined,
    });
    await expect(running).rejects.toThrow();
  } finally {
    for (const id of ids) await images.unmount(id, { force: true });
    await storage.close();
    await store.cleanup();
  }
});
