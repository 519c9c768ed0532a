import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateId } from '@tspod/core';
import { createSharedStore, type SharedStore, writeBusyboxArchive } from '@tspod/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOverlayStorage } from './index.ts';

const imageName = 'localhost/busybox:latest';
let store: SharedStore;
let imageId: string;

beforeAll(async () => {
  store = await createSharedStore();
  const archive = join(store.directory, 'image.tar');
  writeBusyboxArchive(archive, { name: imageName });
  await store.load(archive, imageName);
  const { images, storage } = createOverlayStorage(store);
  imageId = (await images.lookup({ names: [imageName] }))?.id ?? '';
  // So that what is made once per store does not differ before and after.
  const id = generateId();
  await storage.create({ id, name: 'first', source: { kind: 'image', imageId, imageName } });
  await storage.mount(id);
  await storage.delete(id);
  await storage.close();
});

afterAll(() => store.cleanup());

/**
 * Does `steps` with a container in a process that kills itself before its n-th change to the file system, of those that come
 * after the step named last. Answers whether it lived to the end.
 */
function liveUntil(change: number, id: string, steps: readonly string[]): boolean {
  const script = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    let left = Infinity;
    const changing = ['mkdirSync', 'writeFileSync', 'writeSync', 'renameSync', 'symlinkSync', 'unlinkSync', 'rmSync', 'rmdirSync', 'chmodSync', 'closeSync'];
    for (const name of changing) {
      const original = fs[name];
      fs[name] = (...values) => {
        if (--left < 0) process.kill(process.pid, 'SIGKILL');
        return original(...values);
      };
    }
    syncBuiltinESMExports();
    const { createOverlayStorage } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    const { storage } = createOverlayStorage(${JSON.stringify({ graphRoot: store.graphRoot, runRoot: store.runRoot })});
    const id = ${JSON.stringify(id)};
    const request = ${JSON.stringify({ id, name: 'crashing', source: { kind: 'image', imageId, imageName } })};
    const steps = ${JSON.stringify(steps)};
    for (const [index, step] of steps.entries()) {
      if (index === steps.length - 1) left = ${change};
      await (step === 'create' ? storage.create(request) : storage[step](id));
    }
  `;
  const argv = ['--conditions=tspod-source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
  const { status, signal, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  if (status !== 0 && signal !== 'SIGKILL') throw new Error(`the child failed: ${stderr}`);
  return status === 0;
}

/** Every path of the store that a container could leave behind, and the records. */
function contents(): readonly string[] {
  const { graphRoot, runRoot } = store;
  const directories = ['overlay', 'overlay/l', 'overlay/tempdirs', 'overlay-layers', 'overlay-containers'].map((path) =>
    join(graphRoot, path),
  );
  directories.push(join(runRoot, 'overlay-containers'), join(runRoot, 'overlay-layers'));
  const names = directories.flatMap((directory) => readdirSync(directory).map((name) => join(directory, name)));
  const records = ['overlay-layers/layers.json', 'overlay-containers/containers.json'].map((path) =>
    readFileSync(join(graphRoot, path), 'utf8'),
  );
  // The temporary file of an atomic replacement is the one thing that a killed process of any tool leaves.
  return [...names.filter((name) => !name.includes('/.tmp-')), ...records].sort();
}

function incompleteLayers(): readonly string[] {
  const layers = JSON.parse(readFileSync(join(store.graphRoot, 'overlay-layers/layers.json'), 'utf8')) as {
    id: string;
    flags?: object;
  }[];
  return layers.filter(({ flags }) => flags && 'incomplete' in flags).map(({ id }) => id);
}

/** Those that come along after a crash; each has to cope with every kind of left-over, the next point shifts them by one. */
const tools = [
  () => store.containersStorage('layers'),
  () => store.podman('ps', '--all', '--external'),
  async () => undefined,
] as const;

describe.each([
  ['create', ['create']],
  ['mount', ['create', 'mount']],
  ['unmount', ['create', 'mount', 'unmount']],
  ['delete', ['create', 'mount', 'delete']],
] as const)('a process that is killed in %s', (_, steps) => {
  it('leaves a store that other tools and we put right, whenever it was killed', async () => {
    const before = contents();
    let points = 0;
    for (let isAlive = false; !isAlive; points++) {
      const id = generateId();
      isAlive = liveUntil(points, id, steps);
      const tool = points % tools.length;
      await tools[tool]?.();
      if (tool < 2) expect(incompleteLayers(), `killed at ${points}`).toEqual([]);
      const { storage } = createOverlayStorage(store);
      await storage.delete(id);
      await storage.delete(id);
      await storage.close();
      expect(contents(), `killed at ${points}`).toEqual(before);
      expect(store.mounts(), `killed at ${points}`).toEqual([]);
    }
    expect(points).toBeGreaterThan(5);
  }, 300_000); // some 50 processes, one after the other
});

it('a container is made under the name of one whose making was interrupted and repaired', async () => {
  const { storage } = createOverlayStorage(store);
  for (let point = 0; !liveUntil(point, generateId(), ['create']); point += 4) {
    for (const { id } of await storage.list()) await storage.delete(id);
    const id = generateId();
    await storage.create({ id, name: 'crashing', source: { kind: 'image', imageId, imageName } });
    expect(lstatSync(await storage.mount(id)).isDirectory()).toBe(true);
    await storage.delete(id);
  }
  for (const { id } of await storage.list()) await storage.delete(id);
  await storage.close();
});
