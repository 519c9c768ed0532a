import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { resolvePath } from '../container/copy/resolve-path.ts';
import type { StoredVolume } from '../contracts/state-store.ts';
import { fileTrees } from '../runtime/file-trees.ts';
import type { RuntimeParts } from '../runtime/parts.ts';

export interface Filling {
  /** Host path of the mounted root filesystem. */
  readonly rootPath: string;
  /** Where in it the volume will be mounted. */
  readonly destination: string;
  /** Of the container's process. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Whether this use of the volume wants the content. */
  readonly copies: boolean;
}

/** Holds a copy until it is complete, so that one which was cut short is known. */
const draftName = '.tspod-copy-up';

/**
 * Gives a new volume what the image has at its place: content, if the volume is empty, and owner and permissions; a place that the image
 * does not have belongs to the container's user. Each happens once in the life of a volume. Links of the image are followed inside its
 * root. The volume's lock is held and its data mounted at `path`.
 */
export async function fillVolume(parts: RuntimeParts, volume: StoredVolume, path: string, filling: Filling): Promise<void> {
  const { needsCopyUp, needsChown } = volume.flags;
  const mayCopy = needsCopyUp && filling.copies;
  if (!needsChown && !mayCopy) return;
  using root = await fileTrees(parts).openDirectory(filling.rootPath);
  const place = await resolvePath([{ destination: '', open: async () => ({ tree: root }) }], filling.destination);
  const { status } = place ?? {};
  let flags = volume.flags;
  if (place !== undefined && status?.kind === 'directory' && mayCopy && (await copyUp(parts, place, path))) {
    flags = { ...flags, needsCopyUp: false };
  }
  if (needsChown) {
    const { uid, gid } = filling.owner;
    chownSync(path, status?.uid ?? uid, status?.gid ?? gid);
    if (status?.kind === 'directory') chmodSync(path, status.mode & 0o7777);
    flags = { ...flags, needsChown: false, uid, gid };
  }
  if (flags !== volume.flags) await parts.state.saveVolumeFlags(volume.config.name, flags);
}

type Place = NonNullable<Awaited<ReturnType<typeof resolvePath>>>;

/** Answers whether there was something to copy, and an empty volume to copy it to. A copy that was cut short is made again. */
async function copyUp(parts: RuntimeParts, place: Place, path: string): Promise<boolean> {
  const draft = join(path, draftName);
  const present = readdirSync(path);
  if (present.length > 0 && !present.includes(draftName)) return false;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  {
    using target = await fileTrees(parts).openDirectory(draft);
    await target.unpack(place.tree.pack(place.path, { name: '', exactTimes: true }), '/');
  }
  const made = readdirSync(draft, { encoding: 'buffer' });
  const taken = new Set(present);
  for (const name of made) {
    const entry = (directory: string) => Buffer.concat([Buffer.from(`${directory}/`), name]);
    if (!taken.has(name.toString())) renameSync(entry(draft), entry(path));
  }
  rmSync(draft, { recursive: true, force: true });
  return made.length > 0;
}
