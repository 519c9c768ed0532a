import { existsSync, readdirSync, readFileSync, readlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode, lockFile, removeTree, replaceFile } from '@tspod/linux';

/** What an interrupted transfer may leave of a layer. Fields that are not named here are kept. */
export interface LayerRecord {
  readonly id: string;
  readonly parent?: string;
  readonly 'diff-digest'?: string;
  readonly 'compressed-diff-digest'?: string;
  readonly flags?: Readonly<Record<string, unknown>> & { readonly incomplete?: boolean };
}

export interface ImageRecord {
  readonly id: string;
  readonly names?: readonly string[] | null;
  readonly layer?: string;
  readonly 'mapped-layers'?: readonly string[];
}

export interface StoreRecords {
  readonly layers: readonly LayerRecord[];
  readonly images: readonly ImageRecord[];
}

/** The records of a store as they are now; none when there is no store yet. */
export function readRecords(graphRoot: string): StoreRecords {
  return { layers: readJson(layersFile(graphRoot)), images: readJson(imagesFile(graphRoot)) };
}

/**
 * Removes images and layers while nobody else can change the store: first a choice is made among what is there, then everything
 * goes in the order that lets any other tool finish it after a crash.
 */
export async function removeRecords(
  graphRoot: string,
  choose: (records: StoreRecords & { readonly usedLayers: ReadonlySet<string> }) => {
    readonly images: ReadonlySet<string>;
    readonly layers: ReadonlySet<string>;
  },
): Promise<void> {
  if (!existsSync(layersFile(graphRoot))) return;
  const lock = (kind: string) => lockFile(join(graphRoot, `overlay-${kind}`, `${kind}.lock`), 'write');
  const layersLock = await lock('layers');
  try {
    const imagesLock = await lock('images');
    try {
      const { layers, images } = readRecords(graphRoot);
      const volatileLayers: readonly LayerRecord[] = readJson(join(graphRoot, 'overlay-layers/volatile-layers.json'));
      const usedLayers = new Set(volatileLayers.flatMap(({ parent }) => parent ?? []));
      const chosen = choose({ layers, images, usedLayers });
      if (chosen.images.size > 0) {
        imagesLock.writeRecord();
        writeJson(
          imagesFile(graphRoot),
          images.filter(({ id }) => !chosen.images.has(id)),
        );
        for (const id of chosen.images) await removeTree(join(graphRoot, 'overlay-images', id));
      }
      if (chosen.layers.size > 0) {
        layersLock.writeRecord();
        const marked = layers.map((layer) =>
          chosen.layers.has(layer.id) ? { ...layer, flags: { ...layer.flags, incomplete: true } } : layer,
        );
        writeJson(layersFile(graphRoot), marked);
        for (const id of chosen.layers) await removeLayerFiles(graphRoot, id);
        writeJson(
          layersFile(graphRoot),
          layers.filter(({ id }) => !chosen.layers.has(id)),
        );
      }
    } finally {
      imagesLock.release();
    }
  } finally {
    layersLock.release();
  }
}

async function removeLayerFiles(graphRoot: string, id: string): Promise<void> {
  const home = join(graphRoot, 'overlay');
  const links = join(home, 'l');
  if (existsSync(links)) {
    for (const name of readdirSync(links)) {
      if (readlinkSync(join(links, name)) === `../${id}/diff`) unlinkSync(join(links, name));
    }
  }
  await removeTree(join(home, id));
  await removeTree(join(graphRoot, 'overlay-layers', `${id}.tar-split.gz`));
  await removeTree(join(graphRoot, 'overlay-layers', id));
}

function layersFile(graphRoot: string): string {
  return join(graphRoot, 'overlay-layers/layers.json');
}

function imagesFile(graphRoot: string): string {
  return join(graphRoot, 'overlay-images/images.json');
}

function readJson<Record>(path: string): readonly Record[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) ?? [];
  } catch (error) {
    // no store yet, or something that can't become one, which skopeo will say
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

function writeJson(path: string, value: unknown): void {
  replaceFile(path, JSON.stringify(value), { durable: true });
}
