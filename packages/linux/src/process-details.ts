import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessDetails, ProcessIdentity } from '@tspod/core';
import { readTextIfThere } from '@tspod/core';
import { processesIn, withThoseBelow } from './cgroup-processes.ts';
import { readCgroupHierarchies } from './cgroups.ts';
import { isRunning } from './process.ts';
import { hasCode } from './system-error.ts';

/** The kernel's unit of times in /proc, USER_HZ: 100 on every architecture that Node runs on. */
const ticksPerSecond = 100;
const nanosecondsPerTick = 1e9 / ticksPerSecond;

/** What a process can see of processes; see `Host.processesBeside`. */
export function processesBeside(target: ProcessIdentity): ProcessDetails[] {
  const namespace = linkOf(`/proc/${target.pid}/ns/pid`);
  if (namespace === undefined || !isRunning(target)) return [];
  const isOwn = namespace === linkOf('/proc/self/ns/pid');
  const pids = isOwn ? pidsOfCgroup(target.pid) : pidsOfNamespace(namespace);
  const depth = namespaceDepth(target.pid);
  const now = uptime();
  return pids.flatMap((pid) => detailsOf(pid, depth, now) ?? []).sort((one, other) => one.pid - other.pid);
}

function pidsOfNamespace(namespace: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && linkOf(`/proc/${name}/ns/pid`) === namespace)
    .map(Number);
}

/** Those of its cgroup, and of those below it. */
function pidsOfCgroup(pid: number): number[] {
  const lines = (readIfThere(`/proc/${pid}/cgroup`) ?? '').split('\n');
  for (const { version, controllers, mountPoint, root } of readCgroupHierarchies()) {
    const line = lines.find((one) =>
      version === 2
        ? one.startsWith('0::')
        : one
            .split(':')[1]
            ?.split(',')
            .some((name) => controllers.includes(name)),
    );
    const path = line?.split(':').slice(2).join(':');
    if (path === undefined || path === '/' || root !== '/') continue;
    return withThoseBelow(join(mountPoint, path)).flatMap(processesIn);
  }
  return [pid];
}

/** How many process namespaces a process is in: the host's, and those nested in it. */
function namespaceDepth(pid: number): number {
  return (/^NSpid:\t(.*)$/m.exec(readIfThere(`/proc/${pid}/status`) ?? '')?.[1] ?? '').split('\t').length;
}

/** Seconds since boot. */
function uptime(): number {
  return Number.parseFloat(readFileSync('/proc/uptime', 'utf8'));
}

/** Undefined when it is gone. @param depth the namespace in whose numbers it is described */
function detailsOf(pid: number, depth: number, now: number): ProcessDetails | undefined {
  const [stat, status] = [readIfThere(`/proc/${pid}/stat`), readIfThere(`/proc/${pid}/status`)];
  if (stat === undefined || status === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const number = (index: number) => Number(fields[index - 3] ?? 0); // as proc(5) counts, where the state is the third
  const entry = (name: string) => new RegExp(`^${name}:\\t(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
  const numbers = (name: string) => entry(name).split(/\s+/).filter(Boolean).map(Number);
  const inNamespace = (name: string) => numbers(name)[depth - 1] ?? 0;
  const [realUser = 0, effectiveUser = 0] = numbers('Uid');
  const [realGroup = 0, effectiveGroup = 0] = numbers('Gid');
  const others = numbers('Groups');
  const [toUser, toGroup] = [idsInside(pid, 'uid_map'), idsInside(pid, 'gid_map')];
  const set = (name: string) => BigInt(`0x${entry(name) || '0'}`);
  return {
    pid: inNamespace('NSpid'),
    hostPid: pid,
    parent: parentIn(number(4), depth),
    processGroup: inNamespace('NSpgid'),
    hostUser: { real: realUser, effective: effectiveUser },
    hostGroup: { real: realGroup, effective: effectiveGroup, others },
    user: { real: toUser(realUser), effective: toUser(effectiveUser) },
    group: { real: toGroup(realGroup), effective: toGroup(effectiveGroup), others: others.map(toGroup) },
    capabilities: {
      ambient: set('CapAmb'),
      bounding: set('CapBnd'),
      effective: set('CapEff'),
      inheritable: set('CapInh'),
      permitted: set('CapPrm'),
    },
    lastCapability: Number(readIfThere('/proc/sys/kernel/cap_last_cap') ?? 0),
    seccomp: (['disabled', 'strict', 'filter'] as const)[Number(entry('Seccomp') || 0)] ?? 'filter',
    label: (readIfThere(`/proc/${pid}/attr/current`) ?? '').replace(/[\0\n]/g, ''),
    name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
    argv: (readIfThere(`/proc/${pid}/cmdline`) ?? '').split('\0').slice(0, -1),
    state: fields[0] ?? '?',
    nice: number(19),
    terminal: terminalName(number(7)),
    cpu: (number(14) + number(15)) * nanosecondsPerTick,
    elapsed: Math.max(now - number(22) / ticksPerSecond, 0) * 1e9,
    virtualMemory: number(23),
    residentMemory: Number.parseInt(entry('VmRSS') || '0', 10) * 1024,
  };
}

function parentIn(hostParent: number, depth: number): number {
  const ids = /^NSpid:\t(.*)$/m.exec(readIfThere(`/proc/${hostParent}/status`) ?? '')?.[1]?.split('\t') ?? [];
  return Number(ids[depth - 1] ?? 0);
}

/** Says what an id of the host's is in the process's user namespace; one that is not mapped is the overflow id. */
function idsInside(pid: number, map: 'uid_map' | 'gid_map'): (hostId: number) => number {
  const ranges = (readIfThere(`/proc/${pid}/${map}`) ?? '')
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter((range) => range.length === 3);
  return (hostId) => {
    for (const [inside = 0, outside = 0, size = 0] of ranges) {
      if (hostId >= outside && hostId < outside + size) return inside + hostId - outside;
    }
    return 65534;
  };
}

/** Of a device number as `/proc/<pid>/stat` has it: pseudo terminals are 136 to 143, virtual consoles 4. */
function terminalName(device: number): string {
  const [major, minor] = [(device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00)];
  if (major >= 136 && major <= 143) return `pts/${minor + (major - 136) * 256}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return major === 5 && minor === 1 ? 'console' : '';
}

function readIfThere(path: string): string | undefined {
  return readTextIfThere(path, ['ENOENT', 'ESRCH', 'EINVAL', 'ENODEV']);
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return undefined;
    throw error;
  }
}
