export interface SkopeoSettings {
  /** Graph root of the containers/storage that images are loaded into; absolute. */
  readonly graphRoot: string;
  /** Its run root; absolute. */
  readonly runRoot: string;
  /** What other users of the store give as `--storage-opt`: `overlay.ignore_chown_errors=true`. Default: none. */
  readonly storageOptions?: readonly string[] | undefined;
  /** Name or absolute path of skopeo. Default: `skopeo`, looked for in `PATH`. */
  readonly path?: string | undefined;
  /** Signature policy. Default: the one that skopeo finds, `/etc/containers/policy.json`. */
  readonly policyPath?: string | undefined;
  /** Where unpacked archives lie while they are loaded. Default: `TMPDIR`, else `/var/tmp`. */
  readonly temporaryDirectory?: string | undefined;
  /** Whether registries.conf lets a registry be insecure; asked for searches, which skopeo does not do. Default: none is. */
  readonly isInsecure?: ((registry: string) => boolean) | undefined;
}

export interface SkopeoDependencies {
  /** Environment in which skopeo runs. Default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}
