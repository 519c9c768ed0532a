import type { FileTree } from '../../contracts/file-trees.ts';
import { EngineError } from '../../errors.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { storageOf } from '../backends.ts';
import { withLocked } from '../guard.ts';
import { resolveUserIn } from '../running-spec.ts';
import { isAlive } from '../state.ts';
import { fileTrees } from '../verbs/with-mounted-root.ts';
import type { PlacedTree } from './resolve-path.ts';

/** All files that a path can lead to, on one side of a copy. */
export interface Place extends AsyncDisposable {
  readonly trees: readonly PlacedTree[];
  /** Who new files belong to, unless owners are kept. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

export async function hostPlace(parts: RuntimeParts): Promise<Place> {
  const tree = await fileTrees(parts).openDirectory('/');
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return { trees: [{ destination: '', tree }], owner, [Symbol.asyncDispose]: async () => tree[Symbol.dispose]() };
}

/**
 * What a container sees: of one that runs its own mounts, of another its root filesystem, mounted until this is disposed of, with the
 * directories that are bound into it.
 */
export async function containerPlace(parts: RuntimeParts, id: string): Promise<Place> {
  const files = fileTrees(parts);
  const trees: PlacedTree[] = [];
  const close = () => {
    for (const { tree } of trees.splice(0)) tree[Symbol.dispose]();
  };
  const { storage, owner } = await withLocked(parts, id, async ({ config, state }) => {
    const storage = storageOf(parts, config);
    const path = await storage.mount(id);
    try {
      const owner = await resolveUserIn(parts, path, config.user, []);
      if (isAlive(state)) trees.push({ destination: '', tree: await files.openRootOf(state.process) });
      else {
        trees.push({ destination: '', tree: await files.openDirectory(path) });
        for (const { type, source, destination } of config.userMounts) {
          const tree = type === 'bind' ? await openIfDirectory(files.openDirectory(source)) : undefined;
          if (tree) trees.push({ destination: destination.replace(/\/+$/, ''), tree });
        }
      }
      return { storage, owner };
    } catch (failure) {
      close();
      await storage.unmount(id);
      throw failure;
    }
  });
  return {
    trees,
    owner,
    async [Symbol.asyncDispose]() {
      close();
      const lock = await parts.locker.acquire(id);
      try {
        await storage.unmount(id);
      } finally {
        await lock.release();
      }
    },
  };
}

/** Files are bound, too, and what a stopped container has bound may be gone: its own file or directory shows then. */
async function openIfDirectory(opening: Promise<FileTree>): Promise<FileTree | undefined> {
  try {
    return await opening;
  } catch (error) {
    const code = !EngineError.isInstance(error) && error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
