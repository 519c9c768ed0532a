import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CorruptError, hostId, type IdMaps, NotSupportedError, randomBytes, readTextIfThere } from '@tspod/core';
import { replaceFile } from '@tspod/linux';
import type { StorePaths } from './store-paths.ts';
import type { Trash } from './trash.ts';

/** A layer and the directory that it has, in this store or an additional one. */
export interface PlacedLayer {
  readonly id: string;
  readonly directory: string;
}

/**
 * Makes the directories of an empty layer. `diff` takes mode and owner of the parent's, because it shows as the root directory.
 * @param parents the layers below, uppermost first.
 * @param idMaps of the container that the layer is for: its owner is then the id that they map the parent's to.
 */
export function makeLayerDirectory(
  paths: StorePaths,
  layerId: string,
  parents: readonly PlacedLayer[],
  idMaps?: IdMaps | undefined,
): void {
  const directory = paths.layerDirectory(layerId);
  const parent = parents[0];
  const likeness = parent ? statSync(join(parent.directory, 'diff')) : { mode: 0o555, uid: 0, gid: 0 };
  const make = (name: string, mode: number) => {
    const path = join(directory, name);
    mkdirSync(path, { mode });
    chmodSync(path, mode);
    if (likeness.uid !== 0 || likeness.gid !== 0) chownSync(path, likeness.uid, likeness.gid);
  };

  mkdirSync(directory, { mode: 0o700 });
  make('diff', likeness.mode & 0o7777);
  if (idMaps !== undefined) {
    chownSync(join(directory, 'diff'), hostId(idMaps.uid, likeness.uid) ?? 0, hostId(idMaps.gid, likeness.gid) ?? 0);
  }
  const link = newLink();
  // First the file, by which whoever removes a half-made layer finds the symlink; and never empty: older tools would then remove
  // the symlinks of all layers.
  replaceFile(join(directory, 'link'), link, { mode: 0o644 });
  symlinkSync(`../${layerId}/diff`, join(paths.links, link));
  make('work', 0o700);
  make('merged', 0o700);
  if (!parent) {
    make('empty', 0o700);
    return;
  }
  writeFileSync(join(directory, 'lower'), lowerText(parent), { mode: 0o644 });
  writeFileSync(join(directory, 'lower-layers'), parents.map(({ id }) => id).join(':'), { mode: 0o644 });
}

/** Takes a layer's directory and its link away. Not there is success. */
export function discardLayerDirectory(paths: StorePaths, layerId: string, trash: Trash): void {
  const directory = paths.layerDirectory(layerId);
  const link = readTextIfThere(join(directory, 'link'));
  if (link !== undefined && isLink(link)) rmSync(join(paths.links, link), { force: true });
  trash.take(directory);
  rmSync(join(paths.layerRecords, `${layerId}.tar-split.gz`), { force: true });
  rmSync(join(paths.layerRecords, layerId), { recursive: true, force: true });
}

/**
 * The directories whose content the layer adds to what is below it, uppermost first.
 * @throws {NotSupportedError} for layers in composefs format: their `diff` is no file tree.
 */
export function contentDirectories({ id, directory }: PlacedLayer, isMapped: boolean): readonly string[] {
  if (existsSync(join(directory, 'composefs-data'))) {
    throw new NotSupportedError(`layer ${id} is in composefs format, which is not supported`, {
      code: 'composefs-layer',
      hint: 'switch use_composefs off in storage.conf and pull the image again',
    });
  }
  return [join(directory, 'diff'), ...(isMapped ? pushedDownDirectories(directory) : [])];
}

/** A layer that was copied to change its owners keeps what it was copied from in diff1, diff2 … */
function pushedDownDirectories(directory: string): readonly string[] {
  const numbers = readdirSync(directory).flatMap((name) => /^diff([1-9]\d*)$/.exec(name)?.[1] ?? []);
  return numbers.sort((one, other) => Number(one) - Number(other)).map((number) => join(directory, `diff${number}`));
}

/** What the layers below are for tools that know `lower` only: links relative to the driver's home, uppermost first. */
function lowerText(parent: PlacedLayer): string {
  const link = readTextIfThere(join(parent.directory, 'link'));
  if (link === undefined || !isLink(link)) {
    const path = join(parent.directory, 'link');
    throw new CorruptError(`${path} is missing or not valid`, { code: 'corrupt-layer', path, hint: 'pull the image again' });
  }
  restoreLinks(dirname(parent.directory), link);
  const below = readTextIfThere(join(parent.directory, 'lower'));
  return below ? `l/${link}:${below}` : `l/${link}`;
}

/** Some versions of the tools fail when a symlink in `l` is missing, so that it is made again from the `link` files. */
function restoreLinks(home: string, needed: string): void {
  const isThere = (name: string) => lstatSync(join(home, 'l', name), { throwIfNoEntry: false }) !== undefined;
  if (isThere(needed)) return;
  mkdirSync(join(home, 'l'), { recursive: true, mode: 0o755 });
  for (const id of readdirSync(home)) {
    const link = /^[0-9a-f]{64}$/.test(id) ? readTextIfThere(join(home, id, 'link')) : undefined;
    if (link !== undefined && isLink(link) && !isThere(link)) symlinkSync(`../${id}/diff`, join(home, 'l', link));
  }
}

function newLink(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return Array.from(randomBytes(26), (byte) => alphabet[byte & 31]).join('');
}

function isLink(text: string): boolean {
  return /^[A-Z2-7]{26}$/.test(text);
}
