import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, endianness, hostname, release } from 'node:os';
import { join } from 'node:path';
import { type HostFacts, kernelCapabilities, readTextIfThere } from '@tspod/core';
import { isApparmorUsable } from './apparmor.ts';
import type { CgroupHierarchy } from './cgroups.ts';

/** Facts that don't change while the process runs. */
export function readFacts(hierarchies: readonly CgroupHierarchy[]): HostFacts {
  const bytes = memoryTable();
  return {
    ...cgroupFacts(hierarchies),
    kernel: release(),
    architecture: ociArchitecture(process.arch, endianness()),
    hostname: hostname(),
    cpus: availableParallelism(),
    memory: bytes('MemTotal'),
    swap: bytes('SwapTotal'),
    rootless: process.geteuid?.() !== 0,
    seccomp: existsSync('/proc/sys/kernel/seccomp/actions_avail'),
    apparmor: isApparmorUsable(),
    selinux: existsSync('/sys/fs/selinux/enforce'),
    systemd: existsSync('/run/systemd/system'),
    boundingCapabilities: boundingCapabilities(readFileSync('/proc/self/status', 'utf8')),
    distribution: distribution(readIfPresent('/etc/os-release') || readIfPresent('/usr/lib/os-release')),
  };
}

type CgroupFacts = Pick<HostFacts, 'cgroupVersion' | 'cgroupHybrid' | 'hybridControllers' | 'cgroupControllers'>;

export function cgroupFacts(hierarchies: readonly CgroupHierarchy[]): CgroupFacts {
  const unified = hierarchies.find(({ version }) => version === 2);
  const separate = hierarchies.filter(({ version }) => version === 1);
  const ofUnified = unified ? readIfPresent(join(unified.mountPoint, 'cgroup.controllers')).split(/\s+/).filter(Boolean) : [];
  if (unified && separate.length === 0) {
    return { cgroupVersion: 2, cgroupHybrid: false, hybridControllers: [], cgroupControllers: ofUnified };
  }
  const cgroupControllers = separate.flatMap(({ controllers }) => controllers.filter((name) => !name.startsWith('name=')));
  return { cgroupVersion: 1, cgroupHybrid: unified !== undefined, hybridControllers: ofUnified, cgroupControllers };
}

/** The name that OCI images and Go have for what Node calls `architecture`. */
export function ociArchitecture(architecture: string, byteOrder: 'BE' | 'LE'): string {
  switch (architecture) {
    case 'x64':
      return 'amd64';
    case 'ia32':
      return '386';
    case 'ppc64':
      return byteOrder === 'LE' ? 'ppc64le' : 'ppc64';
    case 'mipsel':
      return 'mipsle';
    default:
      return architecture;
  }
}

export function freeMemory(): { readonly memory: number; readonly swap: number } {
  const bytes = memoryTable();
  return { memory: bytes('MemFree'), swap: bytes('SwapFree') };
}

function memoryTable(): (name: string) => number {
  const table = readFileSync('/proc/meminfo', 'utf8');
  return (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(table)?.[1] ?? 0) * 1024;
}

/** The bounding set in `/proc/<pid>/status`. */
export function boundingCapabilities(status: string): string[] {
  const set = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return kernelCapabilities.filter((_, number) => (set >> BigInt(number)) & 1n).map((name) => `CAP_${name}`);
}

/** os-release(5): a shell's assignments, with or without quotes. */
export function distribution(osRelease: string): HostFacts['distribution'] {
  const value = (name: string) => {
    const raw = new RegExp(`^${name}=(.*)$`, 'm').exec(osRelease)?.[1]?.trim() ?? '';
    return raw.replace(/^(["'])(.*)\1$/, '$2').replace(/\\(["'$`\\])/g, '$1');
  };
  return { id: value('ID'), version: value('VERSION_ID'), codename: value('VERSION_CODENAME') };
}

function readIfPresent(path: string): string {
  return readTextIfThere(path, ['ENOENT', 'ENOTDIR']) ?? '';
}
