import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { storageOf } from '../container/backends.ts';
import { refresh } from '../container/refresh.ts';
import { rootSizes } from '../container/sizes.ts';
import { type ContainerSummary, summarise } from '../container/summary.ts';
import type { Image, ImageLayer } from '../contracts/image-store.ts';
import { unlessAbsent } from '../unless-absent.ts';
import { summariseVolume } from '../volume/summary.ts';
import type { RuntimeParts } from './parts.ts';

/** What takes room in the store. Sizes in bytes. */
export interface DiskUsage {
  readonly images: readonly ImageUsage[];
  readonly containers: readonly ContainerUsage[];
  readonly volumes: readonly VolumeUsage[];
}

export interface ImageUsage {
  readonly image: Image;
  /** Of layers that other images have, too. */
  readonly shared: number;
  /** What its removal would free if no container had it. */
  readonly unique: number;
  /** How many of our containers were made from it. */
  readonly containers: number;
}

export interface ContainerUsage {
  readonly container: ContainerSummary;
  /** Of its own changes. */
  readonly size: number;
  readonly volumes: number;
}

export interface VolumeUsage {
  readonly name: string;
  /** How many containers use it. */
  readonly containers: number;
  readonly size: number;
}

/** Measures everything, which takes time with the number of files of containers and volumes. What goes away meanwhile is left out or 0. */
export async function diskUsage(parts: RuntimeParts): Promise<DiskUsage> {
  const stored = await parts.state.containers();
  const [images, layers] = await Promise.all([parts.images.list(), parts.images.layers()]);
  const imageUsers = counted(stored.flatMap(({ config: { rootfs } }) => (rootfs.kind === 'image' ? [rootfs.imageId] : [])));
  const volumeUsers = counted(stored.flatMap(({ config }) => config.volumes ?? []));
  const containers: ContainerUsage[] = [];
  for (const one of stored) {
    const container = summarise(one, await refresh(parts, one), () => undefined);
    const { own } = await rootSizes(storageOf(parts, one.config), one.config.id);
    containers.push({ container, size: own, volumes: one.config.volumes?.length ?? 0 });
  }
  const volumes: VolumeUsage[] = [];
  for (const volume of await parts.state.volumes()) {
    const { name, mountPoint } = await summariseVolume(parts, volume);
    volumes.push({ name, containers: volumeUsers.get(name) ?? 0, size: await treeSize(mountPoint) });
  }
  return { images: imageUsage(images, layers, imageUsers), containers, volumes };
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function imageUsage(
  images: readonly Image[],
  layers: readonly ImageLayer[],
  users: ReadonlyMap<string, number>,
): readonly ImageUsage[] {
  const byId = new Map(layers.map((layer) => [layer.id, layer]));
  const chains = images.map((image) => ({ image, chain: chainOf(image, byId) }));
  const owners = counted(chains.flatMap(({ chain }) => chain.map(({ id }) => id)));
  return chains.map(({ image, chain }) => {
    const shared = chain.reduce((sum, { id, size }) => sum + ((owners.get(id) ?? 0) > 1 ? size : 0), 0);
    return { image, shared, unique: Math.max(0, image.size - shared), containers: users.get(image.id) ?? 0 };
  });
}

function chainOf({ topLayer }: Image, layers: ReadonlyMap<string, ImageLayer>): readonly ImageLayer[] {
  const chain: ImageLayer[] = [];
  for (let id = topLayer; id !== undefined; ) {
    const layer = layers.get(id);
    if (layer === undefined) break;
    chain.push(layer);
    id = layer.parent;
  }
  return chain;
}

/** Bytes of the files below a directory; links are not followed. */
async function treeSize(directory: string): Promise<number> {
  let size = 0;
  for (const entry of await entriesOf(directory)) {
    const path = join(directory, entry.name);
    size += entry.isDirectory() ? await treeSize(path) : ((await unlessAbsent(lstat(path)))?.size ?? 0);
  }
  return size;
}

async function entriesOf(directory: string): Promise<readonly Dirent[]> {
  return (await unlessAbsent(readdir(directory, { withFileTypes: true }))) ?? [];
}
