export interface OverlaySettings {
  /** Persistent root of the store, e.g. `/var/lib/containers/storage`; absolute. */
  readonly graphRoot: string;
  /** Volatile root of the store, e.g. `/run/containers/storage`; absolute, on tmpfs: mount counts must not survive a reboot. */
  readonly runRoot: string;
  /** storage.conf's `overlay.mountopt`, e.g. `nodev`. Default: none. */
  readonly mountOptions?: readonly string[] | undefined;
  /** storage.conf's `overlay.mount_program`. Stores that are mounted by a program are refused: the kernel would misread their whiteouts. */
  readonly mountProgram?: string | undefined;
  /** storage.conf's `overlay.force_mask`. Refused: files would have other modes than their images say, which only a mount program can hide. */
  readonly forceMask?: string | undefined;
  /** Graph roots of further stores whose images can be used but not changed. */
  readonly additionalImageStores?: readonly string[] | undefined;
}
