import type { OciExecutableSettings } from '@tspod/oci-cli';

export type RuncSettings = OciExecutableSettings;

/** Where distributions install it, as in containers.conf's `[engine.runtimes]`. */
export const defaultPaths: readonly [string, ...string[]] = [
  '/usr/bin/runc',
  '/usr/sbin/runc',
  '/usr/local/bin/runc',
  '/usr/local/sbin/runc',
  '/sbin/runc',
  '/bin/runc',
  '/usr/lib/cri-o-runc/sbin/runc',
  '/run/current-system/sw/bin/runc',
];
