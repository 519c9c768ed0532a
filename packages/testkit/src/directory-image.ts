import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Image, ImageStore } from '@tspod/core';

/** Images without an image store, for the tests of a storage. */
export interface DirectoryImage {
  /** Knows one image; mounting it answers the directory. */
  readonly images: Pick<ImageStore, 'lookup' | 'mount' | 'unmount'>;
  readonly image: { readonly id: string; readonly name: string };
  /** How often the image is mounted now. */
  mounts(): number;
}

/**
 * An image whose tree is a directory. It gets what the suite of `RootfsStorage` expects of an image.
 *
 * @param busybox a statically linked one. Default: `/bin/busybox`, Debian's busybox-static.
 */
export function createDirectoryImage(directory: string, busybox = '/bin/busybox'): DirectoryImage {
  mkdirSync(join(directory, 'bin'), { recursive: true });
  copyFileSync(busybox, join(directory, 'bin/busybox'));
  const image: Image = {
    id: '5e'.repeat(32),
    digest: undefined,
    digests: [],
    names: ['localhost/busybox:latest'],
    namesHistory: ['localhost/busybox:latest'],
    topLayer: undefined,
    createdAt: '2024-01-01T00:00:00Z',
    size: 0,
    readOnly: false,
    isManifestList: false,
  };
  let mounts = 0;
  return {
    images: {
      lookup: async ({ idOrPrefix, names }) =>
        idOrPrefix === image.id || names.some((name) => image.names.includes(name)) ? image : undefined,
      mount: async () => {
        mounts += 1;
        return directory;
      },
      unmount: async () => {
        mounts -= 1;
        return mounts > 0;
      },
    },
    image: { id: image.id, name: 'localhost/busybox:latest' },
    mounts: () => mounts,
  };
}
