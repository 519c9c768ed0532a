import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** Names that containers/storage has for what statfs(2) calls by number. */
const fileSystems: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'tmpfs'],
  [0x2fc12fc1, 'zfs'],
  [0x58465342, 'xfs'],
  [0x6969, 'nfs'],
  [0x794c7630, 'overlayfs'],
  [0x9123683e, 'btrfs'],
  [0xef53, 'extfs'],
  [0xf2f52010, 'f2fs'],
]);

/** What podman's `info` tells of an overlay driver, as far as it can be told without mounting. */
export function driverStatus(graphRoot: string, mountOptions: readonly string[]): Readonly<Record<string, string>> {
  const metacopy = mountOptions.includes('metacopy=on') || isOn('metacopy');
  return {
    'Backing Filesystem': fileSystems.get(statfsSync(nearest(graphRoot)).type) ?? '<unknown>',
    // a directory that was moved or copied up by halves says so in attributes that only a mount understands
    'Native Overlay Diff': String(!metacopy && !isOn('redirect_dir')),
    'Using metacopy': String(metacopy),
  };
}

/** A default of the kernel's overlay. */
function isOn(parameter: string): boolean {
  const path = `/sys/module/overlay/parameters/${parameter}`;
  return existsSync(path) && readFileSync(path, 'utf8').startsWith('Y');
}

function nearest(path: string): string {
  return existsSync(path) ? path : nearest(dirname(path));
}
