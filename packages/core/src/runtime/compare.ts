import { borrowRoot } from '../container/borrowed-root.ts';
import { withLocked } from '../container/guard.ts';
import { diff, withoutMountPoints } from '../container/verbs/diff.ts';
import type { FileChange } from '../contracts/file-changes.ts';
import { withImageTree } from '../images/with-image-tree.ts';
import { fileTrees } from './file-trees.ts';
import { findImage, noSuchImage } from './find-image.ts';
import type { RuntimeParts } from './parts.ts';

/** A container by its id or name, or an image by a reference. */
export type Comparable =
  | { readonly container: string; readonly image?: undefined }
  | { readonly image: string; readonly container?: undefined };

/**
 * What would turn the files of `before` into those of `after`, but for mount points of `after`. Of two trees that know nothing of each other
 * a file has changed when its type, mode, owner, size, time or target differs; a directory, when its mode or owner does, or when something
 * came into it or left it.
 */
export async function compare(parts: RuntimeParts, after: Comparable, before: Comparable): Promise<readonly FileChange[]> {
  const config = after.container === undefined ? undefined : (await parts.state.lookup(after.container)).config;
  const base = before.image === undefined ? undefined : await imageId(parts, before.image);
  // what it was made of is compared without mounting anything
  if (config?.rootfs.kind === 'image' && config.rootfs.imageId === base) return diff(parts, config);
  const changes = await withTree(parts, before, (old) => withTree(parts, after, (now) => fileTrees(parts).changes(old, now)));
  return withoutMountPoints(changes, config);
}

async function withTree<Result>(parts: RuntimeParts, what: Comparable, use: (path: string) => Promise<Result>): Promise<Result> {
  if (what.image !== undefined) return withImageTree(parts.images, await imageId(parts, what.image), use);
  const { config } = await parts.state.lookup(what.container);
  const root = await withLocked(parts, config.id, borrowRoot);
  try {
    return await use(root.path);
  } finally {
    await root.giveBack();
  }
}

async function imageId(parts: RuntimeParts, reference: string): Promise<string> {
  const found = await findImage(parts, reference);
  if (found === undefined) throw noSuchImage(reference);
  return found.image.id;
}
