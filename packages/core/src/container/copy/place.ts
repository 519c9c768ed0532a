import { realpathSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import type { FileTree, FileTrees } from '../../contracts/file-trees.ts';
import { NotFoundError } from '../../errors.ts';
import { type IdMaps, type Owner, ownerOnHost } from '../../isolation/id-maps.ts';
import { fileTrees } from '../../runtime/file-trees.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { driverNamed } from '../../volume/drivers.ts';
import { withVolumeLocked } from '../../volume/lock.ts';
import { copyHolder } from '../abandoned-roots.ts';
import { borrowRoot, returnRoot } from '../borrowed-root.ts';
import type { ContainerConfig, UserMount } from '../config.ts';
import { withLocked } from '../guard.ts';
import { resolveUserIn } from '../running-spec.ts';
import { isAlive } from '../state.ts';
import { undo } from '../verbs/init.ts';
import type { OpenTree, PlacedTree } from './resolve-path.ts';

/** All files that a path can lead to, on one side of a copy. */
export interface Place extends AsyncDisposable {
  readonly trees: readonly PlacedTree[];
  /** Who new files belong to on the host, unless owners are kept. */
  readonly owner: Owner;
  /** Of the container's user namespace. */
  readonly idMaps?: IdMaps | undefined;
}

export async function hostPlace(parts: RuntimeParts): Promise<Place> {
  const tree = await fileTrees(parts).openDirectory('/');
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return {
    trees: [{ destination: '', open: async () => ({ tree }) }],
    owner,
    [Symbol.asyncDispose]: async () => tree[Symbol.dispose](),
  };
}

/**
 * What a container sees: of one that runs its own mounts, of another its root filesystem, mounted until this is disposed of, with the
 * volumes, directories and files that are to be mounted into it. Of those, what is new at each start is not there: tmpfs, overlays, images.
 */
export async function containerPlace(parts: RuntimeParts, id: string): Promise<Place> {
  const files = fileTrees(parts);
  return withLocked(parts, id, async (container) => {
    const { config, state, live } = container;
    const idMaps = config.isolation?.idMaps;
    const ownerIn = async (path: string) => ownerOnHost(idMaps, await resolveUserIn(parts, path, config.user, []));
    if (isAlive(state) && live.mountPoint !== undefined) {
      const owner = await ownerIn(live.mountPoint);
      const tree = await files.openRootOf(state.process);
      return placeOf([{ destination: '', open: async () => ({ tree }) }], { owner, idMaps }, async () => tree[Symbol.dispose]());
    }
    const borrowed = await borrowRoot(container);
    try {
      const owner = await ownerIn(borrowed.path);
      const root = await files.openDirectory(borrowed.path);
      const mounted = new StoppedMounts(parts, config);
      return placeOf([{ destination: '', open: async () => ({ tree: root }) }, ...mounted.trees], { owner, idMaps }, async () => {
        root[Symbol.dispose]();
        try {
          await mounted.close();
        } finally {
          await borrowed.giveBack();
        }
      });
    } catch (failure) {
      return undo(() => returnRoot(container, borrowed), failure);
    }
  });
}

function placeOf(trees: readonly PlacedTree[], users: Pick<Place, 'owner' | 'idMaps'>, close: () => Promise<void>): Place {
  return { trees, ...users, [Symbol.asyncDispose]: close };
}

/** What will be mounted into a container that does not run. Only what a path leads to is opened, and its volume held meanwhile. */
class StoppedMounts {
  readonly #parts: RuntimeParts;
  readonly #files: FileTrees;
  readonly #holder: string;
  readonly #closing: (() => Promise<void>)[] = [];
  readonly trees: readonly PlacedTree[];

  constructor(parts: RuntimeParts, { id, userMounts }: ContainerConfig) {
    this.#parts = parts;
    this.#files = fileTrees(parts);
    this.#holder = copyHolder(id);
    this.trees = userMounts.filter(isLasting).map((mount) => {
      let opening: Promise<OpenTree | undefined> | undefined;
      return { destination: mount.destination.replace(/\/+$/, ''), open: () => (opening ??= this.#open(mount)) };
    });
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close();
  }

  async #open(mount: UserMount): Promise<OpenTree | undefined> {
    if (mount.type === 'volume') return { tree: await this.#openVolume(mount.source) };
    const source = ifThere(() => realpathSync(mount.source));
    if (source === undefined) return undefined;
    const isDirectory = ifThere(() => statSync(source).isDirectory());
    if (isDirectory === undefined) return undefined;
    const tree = this.#keep(await this.#files.openDirectory(isDirectory ? source : posix.dirname(source)));
    return isDirectory ? { tree } : { tree, file: `/${posix.basename(source)}` };
  }

  async #openVolume(name: string): Promise<FileTree> {
    const parts = this.#parts;
    return withVolumeLocked(parts, name, async () => {
      const volume = await parts.state.volume(name);
      if (volume === undefined)
        throw new NotFoundError(`no volume with name "${name}" found: no such volume`, { code: 'no-such-volume' });
      const driver = await driverNamed(parts, volume.config.driver);
      await driver.mount(volume.config, this.#holder);
      this.#closing.push(() => withVolumeLocked(parts, name, () => driver.unmount(name, this.#holder)));
      return this.#keep(await this.#files.openDirectory(driver.mountPoint(name)));
    });
  }

  #keep(tree: FileTree): FileTree {
    this.#closing.push(async () => tree[Symbol.dispose]());
    return tree;
  }
}

/** Whether what the container finds at a mount is still there at its next start. */
function isLasting({ type, options }: UserMount): boolean {
  return (type === 'bind' || type === 'volume') && !options.includes('O');
}

/** Undefined for what is gone: a stopped container's own file or directory shows then. */
function ifThere<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
