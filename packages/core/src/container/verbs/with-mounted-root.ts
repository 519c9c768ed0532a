import type { FileTree } from '../../contracts/file-trees.ts';
import { fileTrees } from '../../runtime/file-trees.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { borrowRoot } from '../borrowed-root.ts';
import type { ContainerConfig } from '../config.ts';
import { withLocked } from '../guard.ts';

/**
 * Hands the root filesystem, mounted for as long as that takes, to `use`. The container's lock is only held while it is mounted and
 * unmounted, so that a long copy holds nobody up.
 */
export async function withMountedRoot<Result>(
  parts: RuntimeParts,
  id: string,
  use: (tree: FileTree, config: ContainerConfig) => Promise<Result>,
): Promise<Result> {
  const files = fileTrees(parts);
  const { root, config } = await withLocked(parts, id, async (container) => ({
    root: await borrowRoot(container),
    config: container.config,
  }));
  try {
    using tree = await files.openDirectory(root.path);
    return await use(tree, config);
  } finally {
    await root.giveBack();
  }
}
