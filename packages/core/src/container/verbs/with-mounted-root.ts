import type { FileTree, FileTrees } from '../../contracts/file-trees.ts';
import { NotSupportedError } from '../../errors.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { storageOf } from '../backends.ts';
import { withLocked } from '../guard.ts';

/**
 * Hands the root filesystem, mounted for as long as that takes, to `use`. The container's lock is only held while it is mounted and
 * unmounted, so that a long copy holds nobody up.
 */
export async function withMountedRoot<Result>(
  parts: RuntimeParts,
  id: string,
  use: (tree: FileTree) => Promise<Result>,
): Promise<Result> {
  const files = fileTrees(parts);
  const { storage, path } = await withLocked(parts, id, async ({ config }) => {
    const storage = storageOf(parts, config);
    return { storage, path: await storage.mount(id) };
  });
  try {
    using tree = await files.openDirectory(path);
    return await use(tree);
  } finally {
    const lock = await parts.locker.acquire(id);
    try {
      await storage.unmount(id);
    } finally {
      await lock.release();
    }
  }
}

/** @throws {NotSupportedError} `no-file-trees` */
export function fileTrees({ files }: RuntimeParts): FileTrees {
  if (files !== undefined) return files;
  throw new NotSupportedError('this engine was composed without what copies files', { code: 'no-file-trees' });
}
