import type { RootfsStorage } from '../contracts/rootfs-storage.ts';

/** Bytes of a root filesystem. */
export interface RootSizes {
  /** Of the container's own changes. */
  readonly own: number;
  /** Of what it was made of, where the storage knows. */
  readonly base: number | undefined;
}

export async function rootSizes(storage: RootfsStorage, id: string): Promise<RootSizes> {
  return { own: await storage.size(id), base: await storage.baseSize?.(id) };
}
