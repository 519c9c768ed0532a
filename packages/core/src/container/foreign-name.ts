import type { RootfsStorage } from '../contracts/rootfs-storage.ts';
import { AlreadyExistsError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';

/**
 * Another storage of the same engine may hold a container of this name that another program made; the chosen one looks by itself.
 * @throws {AlreadyExistsError} `container-exists`
 */
export async function refuseForeignName(parts: RuntimeParts, chosen: RootfsStorage, name: string): Promise<void> {
  for (const storage of parts.storages) {
    if (storage === chosen || !(await storage.probe()).usable) continue;
    const holder = await storage.lookup(name);
    if (holder === undefined) continue;
    throw new AlreadyExistsError(
      `the container name "${name}" is already in use by ${holder.id}. You have to remove that container to be able to reuse that name: that name is already in use`,
      { code: 'container-exists' },
    );
  }
}
