export interface UserModeSettings {
  /** Records of this store's sandboxes; on tmpfs. */
  readonly recordDirectory: string;
  /** Where pasta, and podman's rootlessport, are looked for before PATH. */
  readonly helperDirectories: readonly string[];
  /** slirp4netns; undefined: the one in PATH. */
  readonly slirp4netns?: string | undefined;
  /** Options of slirp4netns that stand before a container's own. */
  readonly slirp4netnsOptions?: readonly string[] | undefined;
  /** The host can't pivot its root (a ramdisk), and slirp4netns so can't close itself in. */
  readonly noPivotRoot?: boolean | undefined;
}
