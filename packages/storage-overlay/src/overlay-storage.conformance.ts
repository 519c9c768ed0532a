import { join } from 'node:path';
import { createSharedStore, imageStoreSuite, rootfsStorageSuite, type SharedStore, writeBusyboxArchive } from '@tspod/testkit';
import { afterAll, beforeAll } from 'vitest';
import { createOverlayStorage } from './index.ts';

const names = ['localhost/busybox:one', 'localhost/busybox:two'] as const;
let template: SharedStore;
let ids: readonly [string, string];

beforeAll(async () => {
  template = await createSharedStore();
  const archive = join(template.directory, 'image.tar');
  for (const [index, name] of names.entries()) {
    writeBusyboxArchive(archive, { name, layers: index === 0 ? [] : [{ 'etc/second': 'layer' }] });
    await template.load(archive, name);
  }
  const { images } = createOverlayStorage(template);
  ids = [(await images.lookup({ names: [names[0]] }))?.id ?? '', (await images.lookup({ names: [names[1]] }))?.id ?? ''];
});

afterAll(() => template.cleanup());

rootfsStorageSuite('overlay', async () => {
  const store = await createSharedStore(template);
  return {
    instance: createOverlayStorage(store).storage,
    image: { id: ids[0], name: names[0] },
    cleanup: () => refuseLeftovers(store),
  };
});

imageStoreSuite('overlay', async () => {
  const store = await createSharedStore(template);
  const { images, storage } = createOverlayStorage(store);
  return {
    instance: images,
    images: [
      { id: ids[0], name: names[0] },
      { id: ids[1], name: names[1] },
    ],
    async cleanup() {
      for (const { id } of await images.list()) await images.unmount(id, { force: true });
      await storage.close();
      await refuseLeftovers(store);
    },
  };
});

async function refuseLeftovers(store: SharedStore): Promise<void> {
  const mounts = store.mounts();
  await store.cleanup();
  if (mounts.length > 0) throw new Error(`still mounted: ${mounts.join(', ')}`);
}
