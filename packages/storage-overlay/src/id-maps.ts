import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CorruptError, type IdMapping, type IdMaps } from '@tspod/core';
import type { ContainerRecord, StoredIdMap } from './records.ts';
import type { StorePaths } from './store-paths.ts';

/** @throws {CorruptError} when a map in the record is none. */
export function idMapsOf(record: Pick<ContainerRecord, 'id' | 'uidmap' | 'gidmap'>): IdMaps | undefined {
  const uid = (record.uidmap ?? []).map((entry) => fromRecord(record.id, entry));
  const gid = (record.gidmap ?? []).map((entry) => fromRecord(record.id, entry));
  return uid.length === 0 && gid.length === 0 ? undefined : { uid, gid };
}

export function toRecord(maps: readonly IdMapping[]): StoredIdMap[] {
  return maps.map(({ containerID, hostID, size }) => ({ container_id: containerID, host_id: hostID, size }));
}

function fromRecord(id: string, entry: unknown): IdMapping {
  const { container_id: containerID, host_id: hostID, size } = (entry ?? {}) as Partial<StoredIdMap>;
  if (typeof containerID === 'number' && typeof hostID === 'number' && typeof size === 'number')
    return { containerID, hostID, size };
  throw new CorruptError(`the id maps of container ${id} are not valid`, { code: 'corrupt-record', path: id, hint: 'remove it' });
}

/**
 * Lets users that are not root pass through to a container's layer and directories, but not list what is beside them: the runtime enters
 * the user namespace before it looks for them.
 */
export function openPassage(paths: StorePaths, { id, layer }: Pick<ContainerRecord, 'id' | 'layer'>): void {
  const containers = paths.containerDirectories(id);
  const directories = [paths.home, ...containers.map((path) => dirname(path)), ...containers, paths.layerDirectory(layer)];
  for (const path of [paths.graphRoot, paths.runRoot, ...directories]) chmodSync(path, 0o711);
}

/** Where a home of layers is seen with mapped owners while an overlay is mounted. */
export function mappedHome(layerDirectory: string, number: number): string {
  return join(layerDirectory, 'mapped', String(number));
}
