import { InvalidArgumentError } from '../errors.ts';
import type { IdMapping } from '../oci/spec.ts';

/** How the ids in a container are those of the host. Lists like these are what the kernel takes as uid_map and gid_map. */
export interface IdMaps {
  readonly uid: readonly IdMapping[];
  readonly gid: readonly IdMapping[];
}

/** Maps of one's own, or `auto`: ids that no other container of the storage uses, out of those of the user `containers` in /etc/subuid. */
export type IdMapsRequest = IdMaps | { readonly auto: AutoIdMaps };

export interface AutoIdMaps {
  /** Ids. Default: as many as the users of the image need, 1024 at least. */
  readonly size?: number | undefined;
  /** Maps that are wanted beside the chosen ids. */
  readonly uid?: readonly IdMapping[] | undefined;
  readonly gid?: readonly IdMapping[] | undefined;
}

export interface IdRange {
  readonly start: number;
  readonly size: number;
}

/** The ranges of a user in the text of /etc/subuid or /etc/subgid. @throws {InvalidArgumentError} `invalid-id-map` when there is none. */
export function subordinateIds(text: string, name: string, path: string): IdRange[] {
  const ranges = text.split('\n').flatMap((line) => {
    const [user, start = '', size = ''] = line.trim().split(':');
    return user === name && /^\d+$/.test(start) && /^\d+$/.test(size) ? [{ start: Number(start), size: Number(size) }] : [];
  });
  if (ranges.length > 0) return ranges;
  throw new InvalidArgumentError(`no ${path.slice('/etc/'.length)} ranges found for user "${name}" in ${path}`, {
    code: 'invalid-id-map',
    hint: `add a line ${name}:START:SIZE to ${path}`,
  });
}

/**
 * Maps `size` ids from 0 on to such of the ranges as are in no map of `used`; ids that `wanted` maps already are left out.
 * @throws {InvalidArgumentError} `no-free-ids`
 */
export function freeIdMap(
  ranges: readonly IdRange[],
  used: readonly IdMapping[],
  size: number,
  wanted: readonly IdMapping[] = [],
): IdMapping[] {
  const taken = [...used, ...wanted].map(({ hostID, size: length }) => ({ start: hostID, end: hostID + length }));
  const free: IdRange[] = ranges.flatMap(({ start, size: length }) => without({ start, end: start + length }, taken));
  const maps: IdMapping[] = [...wanted];
  let containerID = 0;
  for (const range of free) {
    let { start, size: left } = range;
    while (left > 0 && containerID < size) {
      const own = wanted.find((map) => containerID >= map.containerID && containerID < map.containerID + map.size);
      if (own !== undefined) {
        containerID = own.containerID + own.size;
        continue;
      }
      const next = Math.min(size, ...wanted.map((map) => map.containerID).filter((id) => id > containerID));
      const length = Math.min(left, next - containerID);
      maps.push({ containerID, hostID: start, size: length });
      containerID += length;
      start += length;
      left -= length;
    }
  }
  const isCovered =
    containerID >= size || wanted.some((map) => containerID >= map.containerID && map.containerID + map.size >= size);
  if (isCovered) return maps.sort((one, other) => one.containerID - other.containerID);
  throw new InvalidArgumentError('creating container storage: could not find enough available IDs', {
    code: 'no-free-ids',
    hint: 'give the user "containers" more ids in /etc/subuid and /etc/subgid, or ask for fewer with --userns auto:size=N',
  });
}

/**
 * Refuses maps that the kernel or the storage would: ids that are mapped twice, and a root without an id on the host.
 * @throws {InvalidArgumentError} `invalid-id-map`
 */
export function checkIdMaps(maps: IdMaps): IdMaps {
  for (const lines of [maps.uid, maps.gid]) {
    const conflict = lines.find((line, index) => lines.slice(0, index).some((other) => overlaps(line, other)));
    if (conflict !== undefined) {
      const { containerID, hostID, size } = conflict;
      throw invalid(
        `creating container storage: the specified UID and/or GID mapping ${containerID}:${hostID}:${size} conflicts with other mappings: invalid mappings specified`,
        'invalid-id-map',
      );
    }
    if (hostId(lines, 0) === undefined) throw invalid('container ID 0 cannot be mapped to a host ID', 'invalid-id-map');
  }
  return maps;
}

function overlaps(one: IdMapping, other: IdMapping): boolean {
  const meet = (start: number, otherStart: number) => start < otherStart + other.size && otherStart < start + one.size;
  return meet(one.containerID, other.containerID) || meet(one.hostID, other.hostID);
}

function without(range: { start: number; end: number }, taken: readonly { start: number; end: number }[]): IdRange[] {
  const pieces: IdRange[] = [];
  let { start } = range;
  for (const piece of taken.toSorted((one, other) => one.start - other.start)) {
    if (piece.end <= start || piece.start >= range.end) continue;
    if (piece.start > start) pieces.push({ start, size: piece.start - start });
    start = Math.max(start, piece.end);
  }
  return start < range.end ? [...pieces, { start, size: range.end - start }] : pieces;
}

/** The id on the host, undefined when it is not mapped. */
export function hostId(maps: readonly IdMapping[], id: number): number | undefined {
  const map = maps.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return map && map.hostID + id - map.containerID;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Whom the host knows an owner of a container as; ids that are not mapped stay. Undefined maps: it has the host's. */
export function ownerOnHost(maps: IdMaps | undefined, { uid, gid }: Owner): Owner {
  return maps === undefined ? { uid, gid } : { uid: hostId(maps.uid, uid) ?? uid, gid: hostId(maps.gid, gid) ?? gid };
}

/** The other way round: as whom the container knows an owner of the host. */
export function ownerInContainer(maps: IdMaps | undefined, { uid, gid }: Owner): Owner {
  return maps === undefined ? { uid, gid } : { uid: containerId(maps.uid, uid) ?? uid, gid: containerId(maps.gid, gid) ?? gid };
}

/** The id in the container, undefined when it is not mapped. */
export function containerId(maps: readonly IdMapping[], id: number): number | undefined {
  const map = maps.find(({ hostID, size }) => id >= hostID && id < hostID + size);
  return map && map.containerID + id - map.hostID;
}

function invalid(message: string, code: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code });
}
