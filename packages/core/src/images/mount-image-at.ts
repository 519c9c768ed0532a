import type { Host } from '../contracts/host.ts';
import type { ImageStore } from '../contracts/image-store.ts';

/** Mounts an image's files read-only on a directory of the caller's, who unmounts them. Nothing is counted in the store afterwards. */
export async function mountImageAt(
  { images, host }: { readonly images: Pick<ImageStore, 'mount' | 'unmount' | 'mountAt'>; readonly host: Pick<Host, 'mount'> },
  id: string,
  target: string,
): Promise<void> {
  if (images.mountAt !== undefined) {
    await images.mountAt(id, target);
    return;
  }
  const tree = await images.mount(id);
  try {
    await host.mount({ source: tree, target, type: '', options: ['bind', 'ro', 'private'] });
  } finally {
    await images.unmount(id);
  }
}
