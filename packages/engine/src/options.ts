import type { Log } from '@tspod/core';

/** What a caller of `createRuntime` may say; what is left out comes from containers.conf and storage.conf. */
export interface RuntimeOptions {
  /** Graph root: images, containers, records. Default: storage.conf's, `/var/lib/containers/storage`. */
  readonly root?: string | undefined;
  /** What must vanish at reboot; on tmpfs. Default: storage.conf's, `/run/containers/storage`. */
  readonly runRoot?: string | undefined;
  /** The engine's own volatile directory. Default: `tspod` in the run root. */
  readonly temporaryDirectory?: string | undefined;
  /** Storage that new containers use: `overlay`, `dir` or one of `backends`. Default: the first usable. */
  readonly storageDriver?: string | undefined;
  /** Where volumes' data is kept. Default: containers.conf's `volume_path`, else `tspod/volumes` in the graph root. */
  readonly volumePath?: string | undefined;
  /** Where networks are stored. Default: containers.conf's `network_config_dir`, else `/etc/containers/networks`. */
  readonly networkConfigDirectory?: string | undefined;
  /** Absolute path of slirp4netns. Default: containers.conf's `network_cmd_path`, else the one in PATH. */
  readonly networkCommand?: string | undefined;
  /** `overlay.mountopt=nodev` and the like. */
  readonly storageOptions?: readonly string[] | undefined;
  /** OCI runtime that new containers use, by name or absolute path. Default: the first usable. */
  readonly runtime?: string | undefined;
  /** Global arguments for the OCI runtime. */
  readonly runtimeFlags?: readonly string[] | undefined;
  /** Directories of hooks, see oci-hooks(5). Default: containers.conf's `hooks_dir`. */
  readonly hooksDirectories?: readonly string[] | undefined;
  readonly cgroupManager?: 'cgroupfs' | 'systemd' | undefined;
  /** Absolute path of conmon. */
  readonly conmon?: string | undefined;
  /**
   * Packages of others to load beside those of tspod.conf: absolute paths, or names of packages in tspod.conf's `[backends] directory`.
   * They are known to this `Runtime` and to the exit commands of its containers; what every process is to know belongs in tspod.conf.
   */
  readonly backends?: readonly string[] | undefined;
  /** Signature policy that images have to meet. Default: `/etc/containers/policy.json`. */
  readonly signaturePolicy?: string | undefined;
  /** Gets the engine's own messages. Default: warnings and errors go to stderr. */
  readonly log?: Log | undefined;
}
