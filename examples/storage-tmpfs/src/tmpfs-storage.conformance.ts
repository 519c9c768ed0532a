import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createLinuxHost } from '@tspod/linux';
import { createDirectoryImage, rootfsStorageSuite } from '@tspod/testkit';
import { afterAll, beforeAll } from 'vitest';
import { createTmpfsStorage } from './index.ts';

// what `cp` reads lies on a file system that is no tmpfs itself
let directory: string;
beforeAll(() => {
  directory = mkdtempSync('/var/tmp/tspod-tmpfs-');
});
afterAll(() => rmSync(directory, { recursive: true }));

let stores = 0;

rootfsStorageSuite('tmpfs', async () => {
  stores += 1;
  const store = join(directory, `store${stores}`);
  const { images, image, mounts } = createDirectoryImage(join(directory, 'image'));
  const places = { graphRoot: join(store, 'graph'), runRoot: join(store, 'run') };
  return {
    instance: createTmpfsStorage({ ...places, options: ['size=64m'] }, { images, host: createLinuxHost() }),
    image,
    async cleanup() {
      const left = execFileSync('findmnt', ['-rno', 'TARGET'], { encoding: 'utf8' }).split('\n');
      if (left.some((target) => target.startsWith(`${store}/`))) throw new Error('a tmpfs is still mounted');
      if (mounts() !== 0) throw new Error('the image is still mounted');
    },
  };
});
