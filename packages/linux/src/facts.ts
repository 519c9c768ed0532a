import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, endianness, hostname, release } from 'node:os';
import { join } from 'node:path';
import type { HostFacts } from '@tspod/core';
import type { CgroupHierarchy } from './cgroups.ts';
import { hasCode } from './system-error.ts';

/** Facts that don't change while the process runs. */
export function readFacts(hierarchies: readonly CgroupHierarchy[]): HostFacts {
  const memory = readMemory(readFileSync('/proc/meminfo', 'utf8'));
  return {
    ...cgroupFacts(hierarchies),
    kernel: release(),
    architecture: ociArchitecture(process.arch, endianness()),
    hostname: hostname(),
    cpus: availableParallelism(),
    memory: memory.total,
    swap: memory.swap,
    rootless: process.geteuid?.() !== 0,
    seccomp: existsSync('/proc/sys/kernel/seccomp/actions_avail'),
    apparmor: readIfPresent('/sys/module/apparmor/parameters/enabled').startsWith('Y'),
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

function readMemory(table: string): { readonly total: number; readonly swap: number } {
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(table)?.[1] ?? 0) * 1024;
  return { total: bytes('MemTotal'), swap: bytes('SwapTotal') };
}

/** Names by number, as in `linux/capability.h`. */
const capabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
  'PERFMON',
  'BPF',
  'CHECKPOINT_RESTORE',
];

/** The bounding set in `/proc/<pid>/status`. */
export function boundingCapabilities(status: string): string[] {
  const set = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return capabilities.filter((_, number) => (set >> BigInt(number)) & 1n).map((name) => `CAP_${name}`);
}

/** os-release(5): a shell's assignments, with or without quotes. */
export function distribution(osRelease: string): { readonly id: string; readonly version: string } {
  const value = (name: string) => {
    const raw = new RegExp(`^${name}=(.*)$`, 'm').exec(osRelease)?.[1]?.trim() ?? '';
    return raw.replace(/^(["'])(.*)\1$/, '$2').replace(/\\(["'$`\\])/g, '$1');
  };
  return { id: value('ID'), version: value('VERSION_ID') };
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return '';
    throw error;
  }
}
