import type { Linux } from '../oci/spec.ts';
import type { SecurityOptions } from './options.ts';
import { matchesPath } from './path-pattern.ts';

/** Paths of the kernel's file systems that a container does not see. */
const maskedPaths = [
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/fs/selinux',
  '/sys/dev/block',
];

const readonlyPaths = ['/proc/asound', '/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/**
 * What is hidden and what is read-only. A privileged container has nothing of it but what was asked for; a path to mask that is not
 * absolute is passed over, as podman does.
 */
export function kernelPaths(
  privileged: boolean,
  { mask = [], unmask = [] }: SecurityOptions = {},
): Pick<Linux, 'maskedPaths' | 'readonlyPaths'> {
  const isKept = (path: string) => !unmask.some((pattern) => pattern.toLowerCase() === 'all' || matchesPath(pattern, path));
  const masked = [...(privileged ? [] : maskedPaths.filter(isKept)), ...mask.filter((path) => path.startsWith('/'))];
  const readOnly = privileged ? [] : readonlyPaths.filter(isKept);
  return { ...(masked.length > 0 && { maskedPaths: masked }), ...(readOnly.length > 0 && { readonlyPaths: readOnly }) };
}
