import type { OciExecutableSettings } from '@tspod/oci-cli';

export type CrunSettings = OciExecutableSettings;

/** Where distributions install it, as in containers.conf's `[engine.runtimes]`. */
export const defaultPaths: readonly [string, ...string[]] = [
  '/usr/bin/crun',
  '/usr/sbin/crun',
  '/usr/local/bin/crun',
  '/usr/local/sbin/crun',
  '/sbin/crun',
  '/bin/crun',
  '/run/current-system/sw/bin/crun',
];
