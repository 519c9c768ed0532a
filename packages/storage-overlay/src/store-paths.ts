import { isAbsolute, join, resolve } from 'node:path';
import { InvalidArgumentError, isId } from '@tspod/core';
import type { OverlaySettings } from './overlay-settings.ts';

/** Where everything of one store is. Functions that take an id refuse whatever is no id, because records come from files. */
export interface StorePaths {
  readonly graphRoot: string;
  readonly runRoot: string;
  /** The driver's home: one directory per layer. */
  readonly home: string;
  readonly links: string;
  readonly trash: string;
  readonly storageLock: string;
  readonly layerRecords: string;
  readonly imageRecords: string;
  readonly containerRecords: string;
  readonly mountRecords: string;
  layerDirectory(layerId: string): string;
  imageDirectory(imageId: string): string;
  /** Where a layer of an additional, read-only store is mounted. */
  foreignMountPoint(layerId: string): string;
  containerDirectories(containerId: string): readonly [persistent: string, volatile: string];
}

export function createStorePaths({ graphRoot, runRoot }: Pick<OverlaySettings, 'graphRoot' | 'runRoot'>): StorePaths {
  for (const [name, path] of [
    ['graph root', graphRoot],
    ['run root', runRoot],
  ] as const) {
    if (!isAbsolute(path)) throw new InvalidArgumentError(`${name} "${path}" is not an absolute path`, { code: 'relative-path' });
  }
  const graph = resolve(graphRoot);
  const run = resolve(runRoot);
  const home = join(graph, 'overlay');
  return {
    graphRoot: graph,
    runRoot: run,
    home,
    links: join(home, 'l'),
    trash: join(home, 'tempdirs'),
    storageLock: join(graph, 'storage.lock'),
    layerRecords: join(graph, 'overlay-layers'),
    imageRecords: join(graph, 'overlay-images'),
    containerRecords: join(graph, 'overlay-containers'),
    mountRecords: join(run, 'overlay-layers'),
    layerDirectory: (layerId) => join(home, checkedId(layerId)),
    imageDirectory: (imageId) => join(graph, 'overlay-images', checkedId(imageId)),
    foreignMountPoint: (layerId) => join(run, 'overlay', checkedId(layerId), 'merged'),
    containerDirectories: (containerId) => [
      join(graph, 'overlay-containers', checkedId(containerId)),
      join(run, 'overlay-containers', checkedId(containerId)),
    ],
  };
}

export function checkedId(id: string): string {
  if (isId(id)) return id;
  throw new InvalidArgumentError(`"${id}" is not an id: 64 lower-case hexadecimal digits are`, { code: 'invalid-id' });
}
