import type { ImageStore } from '../contracts/image-store.ts';

export interface ReadableImageTree extends AsyncDisposable {
  readonly path: string;
}

/**
 * An image's files, to be read until it is disposed of. Where the store can open them for this process, nothing is left of it when the
 * process is killed.
 */
export async function openImageTree(
  images: Pick<ImageStore, 'mount' | 'unmount' | 'openTree'>,
  id: string,
): Promise<ReadableImageTree> {
  const tree = await images.openTree?.(id);
  if (tree !== undefined) return { path: tree.path, [Symbol.asyncDispose]: async () => tree[Symbol.dispose]() };
  const path = await images.mount(id);
  return { path, [Symbol.asyncDispose]: async () => void (await images.unmount(id)) };
}

/** Hands the path of an image's files to `use`, to be read for as long as that takes. */
export async function withImageTree<Result>(
  images: Parameters<typeof openImageTree>[0],
  id: string,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  await using tree = await openImageTree(images, id);
  return await use(tree.path);
}
