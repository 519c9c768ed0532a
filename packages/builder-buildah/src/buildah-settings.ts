export interface BuildahSettings {
  /** Graph root of the containers/storage that images are built into; absolute. */
  readonly graphRoot: string;
  /** Its run root; absolute. */
  readonly runRoot: string;
  /** What other users of the store give as `--storage-opt`: `overlay.mountopt=nodev`. Default: none. */
  readonly storageOptions?: readonly string[] | undefined;
  /** Default: buildah's, from containers.conf. */
  readonly cgroupManager?: 'cgroupfs' | 'systemd' | undefined;
  /** OCI runtime of `RUN`, by name or path. Default: that of containers.conf. */
  readonly runtime?: string | undefined;
  /** Global arguments for that runtime. */
  /** Directories of OCI hooks. Default: buildah's own. */
  readonly hooksDirectories?: readonly string[] | undefined;
  readonly runtimeFlags?: readonly string[] | undefined;
  /** Signature policy that base images have to meet. Default: the one that buildah finds, `/etc/containers/policy.json`. */
  readonly policyPath?: string | undefined;
  /** Name or absolute path of buildah. Default: `buildah`, looked for in `PATH`. */
  readonly path?: string | undefined;
}

export interface BuildahDependencies {
  /** Environment in which buildah runs. Default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}
