import type { ImageStore } from '@tspod/core';

export interface DirSettings {
  /** Absolute. Containers are recorded, and images copied, below `<graphRoot>/tspod/dir`. */
  readonly graphRoot: string;
  /** Absolute, on tmpfs: mounts and their counts must not survive a reboot. Used below `<runRoot>/tspod/dir`. */
  readonly runRoot: string;
  /** Options of the mounts over a caller's directory, e.g. `nodev`. Default: none. */
  readonly mountOptions?: readonly string[] | undefined;
}

export interface DirDependencies {
  /** Where images come from. Without it only directories can be root filesystems. */
  readonly images?: Pick<ImageStore, 'lookup' | 'mount' | 'unmount' | 'openTree'> | undefined;
}
