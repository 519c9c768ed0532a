import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RootfsStorage } from '@tspod/core';
import {
  createSharedStore,
  describeDefects,
  type SharedStore,
  type StoreCheckFixture,
  storeCheckChecks,
  storeCheckSuite,
  writeBusyboxArchive,
} from '@tspod/testkit';
import { afterAll, beforeAll } from 'vitest';
import { createOverlayStorage } from './index.ts';

let template: SharedStore;
let ids: readonly string[];

beforeAll(async () => {
  template = await createSharedStore();
  const archive = join(template.directory, 'image.tar');
  const names = ['localhost/used:1', 'localhost/damaged:1'];
  for (const [index, name] of names.entries()) {
    writeBusyboxArchive(archive, { name, layers: [{ 'etc/number': String(index) }] });
    await template.load(archive, name);
  }
  const { images } = createOverlayStorage(template);
  ids = await Promise.all(names.map(async (name) => (await images.lookup({ names: [name] }))?.id ?? ''));
});

afterAll(() => template.cleanup());

const id = (letter: string) => letter.repeat(64);

type Checked = StoreCheckFixture['instance'];

async function fixture(breakIt: (storage: Checked) => Partial<Checked> = () => ({})): Promise<StoreCheckFixture> {
  const store = await createSharedStore(template);
  const { graphRoot, runRoot } = store;
  const { storage } = createOverlayStorage(store);
  if (!canCheck(storage)) throw new Error('it has no check');
  const [image = '', damaged = ''] = ids;
  const below = (...path: readonly string[]) => join(graphRoot, ...path);
  const directory = (path: string) => {
    mkdirSync(path, { recursive: true });
    return path;
  };
  return {
    instance: { ...storage, ...breakIt(storage) },
    image: { id: image, name: 'localhost/used:1' },
    damages: [
      {
        kind: 'orphan-layer-directory',
        mending: 'safe',
        inflict: async () => {
          directory(below('overlay', id('a'), 'diff'));
          return below('overlay', id('a'));
        },
      },
      {
        kind: 'dangling-link',
        mending: 'safe',
        inflict: async () => {
          const path = below('overlay/l/ABCDEFGHIJKLMNOPQRSTUVWXYZ');
          symlinkSync(`../${id('b')}/diff`, path);
          return path;
        },
      },
      { kind: 'orphan-image-directory', mending: 'safe', inflict: async () => directory(below('overlay-images', id('c'))) },
      {
        kind: 'left-over-draft',
        mending: 'safe',
        inflict: async () => {
          const path = below('overlay-images', image, '.tmp-manifest');
          writeFileSync(path, 'half');
          return path;
        },
      },
      {
        kind: 'orphan-container-directory',
        mending: 'safe',
        inflict: async () => directory(below('overlay-containers', id('d'))),
      },
      {
        kind: 'stale-mount-count',
        mending: 'safe',
        inflict: async () => {
          const path = below('overlay', id('e'), 'merged');
          const file = join(directory(join(runRoot, 'overlay-layers')), 'mountpoints.json');
          const counted = readdirSync(join(runRoot, 'overlay-layers')).includes('mountpoints.json')
            ? JSON.parse(readFileSync(file, 'utf8'))
            : [];
          writeFileSync(file, JSON.stringify([...counted, { id: id('e'), path, count: 2 }]));
          return path;
        },
      },
      {
        kind: 'damaged-image',
        mending: 'lossy',
        inflict: async () => {
          rmSync(below('overlay-images', damaged, 'manifest'));
          return damaged;
        },
      },
      {
        kind: 'damaged-file',
        mending: 'manual',
        inflict: async () => {
          const path = below('overlay-images/images.json');
          writeFileSync(path, '[{"id": 3');
          return path;
        },
      },
    ],
    cleanup: () => store.cleanup(),
  };
}

function canCheck(storage: RootfsStorage): storage is Checked {
  return storage.check !== undefined;
}

storeCheckSuite('overlay', () => fixture());

describeDefects(
  'the suite of store checks',
  storeCheckChecks,
  {
    'finds nothing in a sound store, also while a container runs': (storage) => ({
      check: (request) => storage.check({ ...request, containers: new Map() }),
    }),
    'names every damage, and changes nothing unless it is asked to': (storage) => ({
      check: (request) => storage.check({ ...request, repair: true }),
    }),
    'mends what takes nothing away, when asked to, and leaves the rest': (storage) => ({
      check: (request) => storage.check({ ...request, force: request.repair }),
    }),
    'mends what takes something away, when that is asked for': (storage) => ({
      check: (request) => storage.check({ ...request, force: false }),
    }),
    'leaves to a person what only a person can decide': (storage) => ({
      check: async (request) => (await storage.check(request)).map((problem) => ({ ...problem, mended: request.force })),
    }),
  } satisfies Record<string, (storage: Checked) => Partial<Checked>>,
  fixture,
);
