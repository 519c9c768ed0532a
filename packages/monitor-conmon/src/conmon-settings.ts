export interface ConmonSettings {
  /** Absolute paths to look at, the first executable one is taken. Default: where distributions install conmon. */
  readonly paths?: readonly string[] | undefined;
  /** conmon's own `--log-level`: `error`, `warning`, `info`, `debug`, `trace`. Default: `warning`. */
  readonly logLevel?: string | undefined;
}

/** As containers.conf's `conmon_path`. */
export const defaultPaths: readonly [string, ...string[]] = [
  '/usr/libexec/podman/conmon',
  '/usr/local/libexec/podman/conmon',
  '/usr/local/lib/podman/conmon',
  '/usr/bin/conmon',
  '/usr/sbin/conmon',
  '/usr/local/bin/conmon',
  '/usr/local/sbin/conmon',
  '/run/current-system/sw/bin/conmon',
];
