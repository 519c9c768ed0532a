import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageBuilder } from '@tspod/core';
import {
  createSharedStore,
  describeDefects,
  type ImageBuilderFixture,
  imageBuilderChecks,
  imageBuilderSuite,
  type SharedStore,
  writeBusyboxArchive,
} from '@tspod/testkit';
import { afterAll, beforeAll } from 'vitest';
import { createBuildahBuilder } from './create-buildah-builder.ts';

const image = 'localhost/busybox:latest';
let template: SharedStore;

beforeAll(async () => {
  template = await createSharedStore();
  const archive = join(template.directory, 'image.tar');
  writeBusyboxArchive(archive, { name: image });
  await template.load(archive, image);
});

afterAll(() => template.cleanup());

interface StoredImage {
  readonly id: string;
  readonly names?: readonly string[] | undefined;
}

async function fixture(breakIt: (builder: ImageBuilder) => Partial<ImageBuilder> = () => ({})): Promise<ImageBuilderFixture> {
  const store = await createSharedStore(template);
  const { graphRoot, runRoot } = store;
  const builder = createBuildahBuilder({ graphRoot, runRoot, cgroupManager: 'cgroupfs', runtime: 'crun' });
  const instance = {
    specVersion: builder.specVersion,
    name: builder.name,
    probe: () => builder.probe(),
    build: builder.build.bind(builder),
  };
  const directory = join(store.directory, 'work');
  mkdirSync(directory);
  return {
    instance: { ...instance, ...breakIt(instance) },
    image,
    images: async () => {
      const images: readonly StoredImage[] = JSON.parse(readFileSync(join(graphRoot, 'overlay-images/images.json'), 'utf8'));
      return images.map(({ id, names = [] }) => ({ id, names }));
    },
    directory,
    async cleanup() {
      const left = (await store.buildah('containers', '--quiet')).trim();
      await store.cleanup();
      if (left !== '') throw new Error(`it left containers: ${left}`);
    },
  };
}

imageBuilderSuite('buildah', () => fixture());

const otherId = async () => ({ id: 'e'.repeat(64) });

const defects: Readonly<Record<string, (builder: ImageBuilder) => Partial<ImageBuilder>>> = {
  'says that it is usable': () => ({ probe: async () => ({ usable: false, reason: 'broken' }) }),
  'builds an image that the store then has by its id and name, and tells its steps': () => ({ build: otherId }),
  'gives commands what the flags say, the later ones': (builder) => ({
    build: (request) => builder.build({ ...request, flags: [] }),
  }),
  'fails with the exit code of the command that failed': () => ({ build: otherId }),
  'begins where the last build failed': (builder) => ({
    build: ({ flags = [], ...request }) => builder.build({ ...request, flags: [...flags, ['no-cache', 'true']] }),
  }),
  'stops when it is told to, with the reason, and keeps no container': () => ({ build: otherId }),
  'refuses a directory that is not there': () => ({ build: otherId }),
  'writes the result elsewhere, and has no id but of an image of the store': (builder) => ({
    build: (request) => builder.build({ ...request, flags: request.flags?.filter(([name]) => name !== 'output') }),
  }),
};

describeDefects('the suite of image builders', imageBuilderChecks, defects, fixture);
