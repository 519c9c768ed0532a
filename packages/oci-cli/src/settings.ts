export interface OciCliSettings {
  /** Short name, e.g. `crun`. */
  readonly name: string;
  /** Absolute path of the executable. */
  readonly path: string;
  /** The runtime's `--root`. Default: the runtime's own. */
  readonly stateRoot?: string | undefined;
  /** Cgroups are made by systemd. Default: false. */
  readonly systemdCgroup?: boolean | undefined;
  /** Global arguments added to every call, before the verb (podman's `--runtime-flag`). */
  readonly extraArguments?: readonly string[] | undefined;
}

/** The settings of a package for one runtime: everything has a default. */
export interface OciExecutableSettings extends Partial<Omit<OciCliSettings, 'path'>> {
  /** Absolute paths to look at, the first executable one is taken. Default: where distributions install it. */
  readonly paths?: readonly string[] | undefined;
}
