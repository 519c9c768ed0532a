import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError, isId, readTextIfThere, type StoreCheckRequest, type StoreProblem } from '@tspod/core';
import { isMountPoint, unmount } from '@tspod/linux';
import { bigDataFileName } from './big-data.ts';
import { ownerFlag } from './create-container.ts';
import { digestOf, isDraft, unrecordedImages } from './image-records.ts';
import { discardLayerDirectory } from './layer-directory.ts';
import { isIncomplete, type LockedTable } from './record-table.ts';
import type { ContainerRecord, ImageRecord, LayerRecord, MountRecord } from './records.ts';
import type { Store } from './store.ts';
import { createTrash, type Trash } from './trash.ts';

/** The whole store, locked. */
interface Tables {
  readonly layers: LockedTable<LayerRecord>;
  readonly images: LockedTable<ImageRecord>;
  readonly containers: LockedTable<ContainerRecord>;
  readonly mounts: LockedTable<MountRecord>;
}

interface Found extends Omit<StoreProblem, 'mended'> {
  /** The store is locked for writing. */
  mend?(trash: Trash): Promise<void> | void;
}

const incompleteLayer = 'incomplete-layer';

/** No store has as many problems: whatever can't be mended would be tried for ever. */
const mostProblems = 100_000;

/**
 * Looks at the whole store while nobody can change it. Mending goes on until nothing is left that it may mend, because taking one thing away
 * shows others that nothing needs any more. A file that can't be read is a problem, and ends the look.
 */
export async function checkStore(store: Store, request: StoreCheckRequest): Promise<readonly StoreProblem[]> {
  if (!existsSync(store.paths.layerRecords)) return [];
  try {
    const found = (await locked(store, 'read', (tables) => findProblems(store, tables, request))).map(told);
    if (!request.repair || found.length === 0) return found;
    // whoever locks the layers for writing removes what is half made
    const halfMade = found.filter(({ kind }) => kind === incompleteLayer).map((problem) => ({ ...problem, mended: true }));
    return [...halfMade, ...(await locked(store, 'write', (tables) => mendAll(store, tables, request)))];
  } catch (error) {
    if (!(EngineError.isInstance(error) && error.kind === 'corrupt')) throw error;
    const path = 'path' in error ? String(error.path) : store.paths.graphRoot;
    return [{ kind: 'damaged-file', subject: path, message: error.message, mending: 'manual', mended: false }];
  }
}

async function mendAll(store: Store, tables: Tables, request: StoreCheckRequest): Promise<readonly StoreProblem[]> {
  const mended: StoreProblem[] = [];
  const trash = createTrash(store.paths.trash);
  try {
    for (;;) {
      const problems = findProblems(store, tables, request);
      const [next] = problems.filter(
        ({ mending, mend }) => mend !== undefined && (mending === 'safe' || (mending === 'lossy' && request.force)),
      );
      if (next === undefined || mended.length >= mostProblems) return [...mended, ...problems.map(told)];
      await next.mend?.(trash);
      mended.push({ ...told(next), mended: true });
    }
  } finally {
    await trash.empty();
  }
}

function told({ kind, subject, message, mending }: Found): StoreProblem {
  return { kind, subject, message, mending, mended: false };
}

/** In the order that all programs share. For reading, half-made layers of dead programs stay where they are. */
async function locked<Result>(
  store: Store,
  kind: 'read' | 'write',
  use: (tables: Tables) => Promise<Result> | Result,
): Promise<Result> {
  const others = (layers: LockedTable<LayerRecord>) =>
    store.images.locked(kind, (images) =>
      store.containers.locked(kind, (containers) =>
        store.mounts.locked(kind, (mounts) => use({ layers, images, containers, mounts })),
      ),
    );
  return kind === 'read' ? store.lookAtLayers(others) : store.changeLayers(others);
}

function findProblems(store: Store, tables: Tables, request: StoreCheckRequest): readonly Found[] {
  return [
    ...layerProblems(store, tables),
    ...imageProblems(store, tables, request),
    ...containerProblems(store, tables, request),
    ...mountProblems(store, tables, request),
    ...unusedLayers(store, tables, request),
  ];
}

function layerProblems({ paths }: Store, { layers }: Tables): readonly Found[] {
  const all = layers.all();
  const known = new Set(all.map(({ id }) => id));
  const directories = namesIn(paths.home).filter(isId);
  const orphans = directories
    .filter((id) => !known.has(id))
    .map((id): Found => {
      const path = paths.layerDirectory(id);
      return {
        kind: 'orphan-layer-directory',
        subject: path,
        message: `${path} belongs to no layer`,
        mending: 'safe',
        mend: (trash) => discardLayerDirectory(paths, id, trash),
      };
    });
  const halfMade = all.filter(isIncomplete).map(
    ({ id }): Found => ({
      kind: incompleteLayer,
      subject: id,
      message: `layer ${id} was not finished, or not removed, by a program that died`,
      mending: 'safe',
    }),
  );
  const links = new Map(namesIn(paths.links).map((name) => [name, readlinkSync(join(paths.links, name))]));
  const dangling = [...links]
    .filter(([, target]) => !existsSync(join(paths.links, target)))
    .map(([name]): Found => {
      const path = join(paths.links, name);
      return {
        kind: 'dangling-link',
        subject: path,
        message: `${path} leads to no layer`,
        mending: 'safe',
        mend: () => rmSync(path, { force: true }),
      };
    });
  const missing = all
    .filter((layer) => !isIncomplete(layer) && existsSync(join(paths.layerDirectory(layer.id), 'diff')))
    .flatMap(({ id }): readonly Found[] => {
      const link = readTextIfThere(join(paths.layerDirectory(id), 'link'));
      if (link === undefined || !/^[A-Z2-7]{26}$/.test(link) || links.has(link)) return [];
      const path = join(paths.links, link);
      return [
        {
          kind: 'missing-link',
          subject: path,
          message: `${path}, by which other tools mount layer ${id}, is missing`,
          mending: 'safe',
          mend: () => symlinkSync(`../${id}/diff`, path),
        },
      ];
    });
  return [...orphans, ...halfMade, ...dangling, ...missing];
}

/** What keeps a chain of layers from being mounted; undefined when nothing does. */
function brokenChain({ paths, additional }: Store, { layers }: Tables, top: string | undefined): string | undefined {
  const all = layers.all();
  const seen = new Set<string>();
  for (let id = top; id; ) {
    if (seen.has(id)) return `layer ${id} is its own ancestor`;
    seen.add(id);
    const layer = all.find((other) => other.id === id && !isIncomplete(other));
    if (layer === undefined) {
      const wanted = id;
      const isForeign = additional.some((other) => other.layers.read().some((one) => one.id === wanted));
      return isForeign ? undefined : `layer ${id} is missing`;
    }
    const diff = join(paths.layerDirectory(id), 'diff');
    if (!existsSync(diff)) return `${diff} is missing`;
    id = layer.parent;
  }
  return undefined;
}

function imageProblems(store: Store, tables: Tables, request: StoreCheckRequest): readonly Found[] {
  const { paths } = store;
  const { images } = tables;
  const all = images.all();
  const orphans = unrecordedImages(paths, all).map((id): Found => {
    const path = paths.imageDirectory(id);
    return {
      kind: 'orphan-image-directory',
      subject: path,
      message: `${path} belongs to no image`,
      mending: 'safe',
      mend: () => rmSync(path, { recursive: true, force: true }),
    };
  });
  const drafts = all.flatMap(({ id }) =>
    namesIn(paths.imageDirectory(id))
      .filter(isDraft)
      .map((name): Found => {
        const path = join(paths.imageDirectory(id), name);
        return {
          kind: 'left-over-draft',
          subject: path,
          message: `${path} was about to replace another file`,
          mending: 'safe',
          mend: () => rmSync(path, { force: true }),
        };
      }),
  );
  const damaged = all.flatMap((image): readonly Found[] => {
    const faults = [
      ...[image.layer, ...(image['mapped-layers'] ?? [])].map((top) => brokenChain(store, tables, top)),
      ...(image['big-data-names'] ?? []).map((key) => documentFault(store, image, key, request.quick)),
    ].filter((fault) => fault !== undefined);
    if (faults.length === 0) return [];
    return [
      {
        kind: 'damaged-image',
        subject: image.id,
        message: `image ${image.names?.[0] ?? image.id}: ${faults.join('; ')}`,
        mending: 'lossy',
        mend: () => {
          images.drop(image.id);
          images.save();
          rmSync(paths.imageDirectory(image.id), { recursive: true, force: true });
        },
      },
    ];
  });
  return [...orphans, ...drafts, ...damaged];
}

function documentFault({ paths }: Store, image: ImageRecord, key: string, quick: boolean): string | undefined {
  const path = join(paths.imageDirectory(image.id), bigDataFileName(key));
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return `${path} is missing`;
  const size = image['big-data-sizes']?.[key];
  if (typeof size === 'number' && size !== stat.size) return `${path} has ${stat.size} bytes instead of ${size}`;
  const digest = image['big-data-digests']?.[key];
  if (quick || typeof digest !== 'string' || !digest.startsWith('sha256:')) return undefined;
  return digestOf(readFileSync(path)) === digest ? undefined : `${path} has not the digest ${digest}`;
}

function containerProblems(store: Store, tables: Tables, request: StoreCheckRequest): readonly Found[] {
  const { paths } = store;
  const { containers, layers } = tables;
  const all = containers.all();
  const known = new Set([...all.map(({ id }) => id), ...request.containers.keys()]);
  const drop = (id: string) => {
    for (const directory of paths.containerDirectories(id)) rmSync(directory, { recursive: true, force: true });
    containers.drop(id);
    containers.save();
  };
  const orphans = [paths.containerRecords, join(paths.runRoot, 'overlay-containers')].flatMap((directory) =>
    namesIn(directory)
      .filter((id) => isId(id) && !known.has(id))
      .map((id): Found => {
        const path = join(directory, id);
        return {
          kind: 'orphan-container-directory',
          subject: path,
          message: `${path} belongs to no container`,
          mending: 'safe',
          mend: () => rmSync(path, { recursive: true, force: true }),
        };
      }),
  );
  const damaged = all.flatMap(({ id, layer, names }): readonly Found[] => {
    const fault = brokenChain(store, tables, layer);
    if (fault !== undefined && !request.containers.get(id)?.alive) {
      const message = `container ${names?.[0] ?? id}: ${fault}`;
      return [{ kind: 'damaged-container', subject: id, message, mending: 'lossy', mend: () => drop(id) }];
    }
    const isOurs = layers.all().some((one) => one.id === layer && one.flags?.[ownerFlag] === id);
    if (!isOurs || request.containers.has(id)) return [];
    return [
      {
        kind: 'container-without-record',
        subject: id,
        message: `container ${names?.[0] ?? id} is in the storage, and the state database does not know it`,
        mending: 'lossy',
        mend: () => drop(id),
      },
    ];
  });
  return [...orphans, ...damaged];
}

function mountProblems({ paths }: Store, { layers, containers, mounts }: Tables, request: StoreCheckRequest): readonly Found[] {
  const counted = mounts.all();
  const stale = counted
    .filter(({ count, path }) => count > 0 && !isMountPoint(path))
    .map(
      ({ id, path, count }): Found => ({
        kind: 'stale-mount-count',
        subject: path,
        message: `${path} is counted as mounted ${count} times, and is not mounted`,
        mending: 'safe',
        mend: () => {
          mounts.drop(id);
          mounts.save();
        },
      }),
    );
  const inUse = new Set(
    containers
      .all()
      .filter(({ id }) => request.containers.get(id)?.alive)
      .map(({ layer }) => layer),
  );
  const uncounted = layers
    .all()
    .filter(({ id }) => !inUse.has(id) && !counted.some((mount) => mount.id === id && mount.count > 0))
    .map(({ id }) => join(paths.layerDirectory(id), 'merged'))
    .filter((path) => existsSync(path) && isMountPoint(path))
    .map(
      (path): Found => ({
        kind: 'uncounted-mount',
        subject: path,
        message: `${path} is mounted, and nobody counts it`,
        mending: 'safe',
        mend: () => void unmount(path, { detach: true }),
      }),
    );
  return [...stale, ...uncounted];
}

/** Layers below no image and no container; the uppermost first, because others stand on their parents. */
function unusedLayers(store: Store, { layers, images, containers }: Tables, request: StoreCheckRequest): readonly Found[] {
  const all = layers.all();
  const used = new Set<string>();
  const use = (top: string | undefined) => {
    for (let id = top; id && !used.has(id); id = all.find((layer) => layer.id === id)?.parent) used.add(id);
  };
  for (const image of images.all()) for (const top of [image.layer, ...(image['mapped-layers'] ?? [])]) use(top);
  for (const { layer } of containers.all()) use(layer);
  const isOld = ({ created }: LayerRecord) => Date.now() - Date.parse(created ?? '') >= request.unusedLayerAge;
  return all
    .filter((layer) => !used.has(layer.id) && !isIncomplete(layer) && isOld(layer))
    .filter(({ id }) => !all.some(({ parent }) => parent === id))
    .map(
      (layer): Found => ({
        kind: 'unused-layer',
        subject: layer.id,
        message: `layer ${layer.id} is used by no image and no container`,
        mending: 'safe',
        mend: (trash) => dropLayer(store, layers, layer, trash),
      }),
    );
}

function dropLayer({ paths }: Store, layers: LockedTable<LayerRecord>, layer: LayerRecord, trash: Trash): void {
  layers.put({ ...layer, flags: { ...layer.flags, incomplete: true } });
  layers.save();
  discardLayerDirectory(paths, layer.id, trash);
  layers.drop(layer.id);
  layers.save();
}

function namesIn(directory: string): readonly string[] {
  return lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(directory) : [];
}
