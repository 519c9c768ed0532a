import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageTransport } from '@tspod/core';
import {
  describeDefects,
  type ImageTransportFixture,
  imageTransportChecks,
  imageTransportSuite,
  type Registry,
  startRegistry,
} from '@tspod/testkit';
import { afterAll, beforeAll } from 'vitest';
import { createSkopeoTransport } from './create-skopeo-transport.ts';

const credentials = { username: 'me', password: 'a secret' };
let registries: string;
let open: Registry;
let closed: Registry;

beforeAll(async () => {
  registries = mkdtempSync('/var/tmp/tspod-registries-');
  const user = { name: credentials.username, password: credentials.password };
  open = await startRegistry(join(registries, 'open'));
  closed = await startRegistry(join(registries, 'closed'), { user });
});

afterAll(async () => {
  await open[Symbol.asyncDispose]();
  await closed[Symbol.asyncDispose]();
  rmSync(registries, { recursive: true });
});

interface StoredImage {
  readonly id: string;
  readonly names?: readonly string[] | undefined;
}

async function fixture(
  breakIt: (transport: ImageTransport) => Partial<ImageTransport> = () => ({}),
): Promise<ImageTransportFixture> {
  const directory = mkdtempSync('/var/tmp/tspod-transport-');
  const [graphRoot, temporaryDirectory] = [join(directory, 'graph'), join(directory, 'temporary')];
  mkdirSync(temporaryDirectory);
  const isInsecure = () => true;
  const instance = createSkopeoTransport({ graphRoot, runRoot: join(directory, 'run'), temporaryDirectory, isInsecure });
  const records = join(graphRoot, 'overlay-images/images.json');
  const work = join(directory, 'work');
  mkdirSync(work);
  return {
    instance: { ...instance, ...breakIt(instance) },
    images: async () => {
      const images: readonly StoredImage[] = existsSync(records) ? JSON.parse(readFileSync(records, 'utf8')) : [];
      return images.map(({ id, names = [] }) => ({ id, names }));
    },
    directory: work,
    registry: open.host,
    closedRegistry: { host: closed.host, credentials },
    async cleanup() {
      const left = readdirSync(temporaryDirectory);
      rmSync(directory, { recursive: true });
      if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
    },
  };
}

imageTransportSuite('skopeo', () => fixture());

const sayNothing = async () => undefined;

const defects: Readonly<Record<string, (transport: ImageTransport) => Partial<ImageTransport>>> = {
  'says that it is usable': () => ({ probe: async () => ({ usable: false, reason: 'broken' }) }),
  'loads the images of an archive by their names, which others lose': (transport) => ({
    load: async (request) => (await transport.load(request)).map(({ id }) => ({ id, names: [] })),
  }),
  'loads the same archive twice at once': (transport) => {
    let isBusy = false;
    return {
      async load(request) {
        if (isBusy) throw new Error('busy');
        isBusy = true;
        return transport.load(request);
      },
    };
  },
  'refuses what is no archive, or a part of one, and leaves the store as it was': (transport) => ({
    load: (request) => transport.load(request).catch(() => []),
  }),
  'stops when it is told to, with the reason, and leaves the store as it was': (transport) => ({
    load: ({ path }) => transport.load({ path }),
  }),
  'pushes to a registry, which then says the same of the image': (transport) => ({
    push: async (request) => ({ digest: (await transport.push(request)).digest.replace(/.$/, '') }),
  }),
  'pulls from a registry under the name that it is told, which others lose': (transport) => ({
    pull: (request) => transport.pull({ ...request, name: 'localhost/other:1' }),
  }),
  'says what is the matter with a registry or an image in it, and brings nothing in': () => ({ pull: sayNothing }),
  'lists the tags of a repository': () => ({ tags: async () => ['1', 'two'] }),
  'finds repositories by a part of their names': (transport) => ({
    search: (request) => transport.search({ ...request, limit: 25 }),
  }),
  'writes directories and archives, which it can load again, and overwrites no archive': (transport) => ({
    async push(request) {
      const [, path] = /^docker-archive:([^:]+)/.exec(request.destination) ?? [];
      if (path !== undefined) rmSync(path, { force: true });
      return transport.push(request);
    },
  }),
  'writes several images to one archive, or no file': (transport) => ({
    saveSeveral: (request) =>
      transport.saveSeveral(request).catch((error) => {
        writeFileSync(request.path, 'a part');
        throw error;
      }),
  }),
  'keeps credentials that a registry takes, and forgets them': () => ({ logout: sayNothing }),
  'signs with no key that is not there': () => ({ sign: async () => [] }),
};

describeDefects('the suite of image transports', imageTransportChecks, defects, fixture);
