import { InvalidArgumentError } from './errors.ts';
import type { Capabilities } from './oci/spec.ts';

/** Every capability that Linux defines (capabilities(7)), sorted. */
const knownCapabilities: ReadonlySet<string> = new Set(
  (
    'AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID ' +
    'IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW ' +
    'PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE ' +
    'SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM'
  )
    .split(' ')
    .map((name) => `CAP_${name}`),
);

/** Stands for every capability in `capAdd` and `capDrop`. */
const everything = 'ALL';

/** What podman is built with, and what `inspect` compares with; containers get what the configuration says, which is less by default. */
export const defaultCapabilities: readonly string[] = [
  'CAP_AUDIT_WRITE',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_MKNOD',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

/**
 * Names in the form `CAP_SYS_ADMIN`, or `ALL`, sorted and each once. Accepts any case, with or without `CAP_`.
 * @throws {InvalidArgumentError} `unknown-capability` naming the capability.
 */
export function normaliseCapabilities(names: readonly string[]): string[] {
  return sortedUnique(names.map(normalise));
}

export interface CapabilityRequest {
  /** The configuration's, in any form. */
  readonly defaults: readonly string[];
  readonly add: readonly string[];
  readonly drop: readonly string[];
  readonly privileged: boolean;
  /** What this machine can give at all, `CAP_CHOWN` and so on. */
  readonly bounding: readonly string[];
}

/**
 * The capabilities of a container: the defaults, less the dropped, with the added; a privileged one has whatever the machine can
 * give and ignores the rest, as in podman. Sorted. What the machine can't give is left out.
 *
 * @throws {InvalidArgumentError} `unknown-capability`, or `conflicting-capability` for one that is both added and dropped.
 */
export function grantedCapabilities(request: CapabilityRequest): string[] {
  const add = normaliseCapabilities(request.add);
  const drop = normaliseCapabilities(request.drop);
  const conflict = add.find((name) => drop.includes(name));
  if (conflict !== undefined) {
    throw new InvalidArgumentError(`capability "${conflict}" cannot be dropped and added`, { code: 'conflicting-capability' });
  }
  if (request.privileged) return sortedUnique(request.bounding);
  const wanted = merge(request, add, drop);
  return sortedUnique(wanted.filter((name) => request.bounding.includes(name)));
}

/**
 * A process's capability sets. Root has everything that the container was granted; any other user only what was asked for
 * explicitly (`add`), and that as ambient capabilities, so that it survives execve. Empty sets are left out, as podman does.
 */
export function processCapabilities(granted: readonly string[], uid: number, add: readonly string[]): Capabilities {
  if (uid === 0) return withoutEmpty({ bounding: [...granted], effective: [...granted], permitted: [...granted] });
  const own = granted.filter((name) => add.includes(everything) || add.includes(name));
  return withoutEmpty({ bounding: [...granted], effective: own, inheritable: [...own], permitted: [...own], ambient: [...own] });
}

/** How a bounding set differs from podman's own default, which `inspect` shows whatever was asked for. */
export function capabilityChanges(bounding: readonly string[]): { readonly CapAdd: string[]; readonly CapDrop: string[] } {
  return {
    CapAdd: bounding.filter((name) => !defaultCapabilities.includes(name)),
    CapDrop: defaultCapabilities.filter((name) => !bounding.includes(name)),
  };
}

function merge({ defaults, bounding }: CapabilityRequest, add: readonly string[], drop: readonly string[]): readonly string[] {
  if (drop.includes(everything)) return add;
  const base = add.includes(everything) ? bounding : [...normaliseCapabilities(defaults), ...add];
  return base.filter((name) => !drop.includes(name));
}

function normalise(name: string): string {
  const upper = name.toUpperCase();
  if (upper === everything) return upper;
  const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (!knownCapabilities.has(full)) {
    throw new InvalidArgumentError(`"${full}": unknown capability`, {
      code: 'unknown-capability',
      hint: 'see capabilities(7) for the names, or use "all"',
    });
  }
  return full;
}

function sortedUnique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function withoutEmpty(sets: Capabilities): Capabilities {
  return Object.fromEntries(Object.entries(sets).filter(([, names]) => names.length > 0));
}
