import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Resources } from '@tspod/core';
import { type CgroupHierarchy, cgroupNames, makeCgroup, removeIfUnused } from './cgroups.ts';
import { hasCode } from './system-error.ts';

/** A file of a cgroup and what to write to it. */
type Setting = readonly [controller: string, file: string, value: string | number | undefined];

/**
 * Makes a cgroup in every hierarchy that its limits need, and sets them. New cgroups are removed when a limit can't be set.
 * @throws the system's error, naming the file.
 */
export function limitCgroup(hierarchies: readonly CgroupHierarchy[], path: string, resources: Resources): void {
  const names = cgroupNames(path);
  const unified = hierarchies.find(({ version }) => version === 2);
  const isUnified = unified !== undefined && hierarchies.every(({ version }) => version === 2);
  const made: string[] = [];
  try {
    for (const [controller, file, value] of isUnified ? unifiedSettings(resources) : separateSettings(resources)) {
      if (value === undefined) continue;
      const hierarchy = isUnified ? unified : hierarchies.find(({ controllers }) => controllers.includes(controller));
      if (hierarchy === undefined) continue;
      const directory = makeCgroup(hierarchy, names, (one) => made.push(one));
      if (directory === undefined) continue;
      if (isUnified) enableController(hierarchy.mountPoint, names, controller);
      writeFileSync(join(directory, file), String(value));
    }
  } catch (failure) {
    for (const directory of made.toReversed()) removeIfUnused(directory);
    throw failure;
  }
}

/** For what is below each of the cgroups above the one that is named. */
function enableController(root: string, names: readonly string[], controller: string): void {
  let directory = root;
  for (const name of names) {
    try {
      writeFileSync(join(directory, 'cgroup.subtree_control'), `+${controller}`);
    } catch (error) {
      if (!hasCode(error, 'EBUSY')) throw error; // it has processes; the limit itself will say whether that matters
    }
    directory = join(directory, name);
  }
}

function separateSettings({ memory, cpu, pids, blockIO }: Resources): Setting[] {
  return [
    ['memory', 'memory.limit_in_bytes', memory?.limit],
    ['memory', 'memory.memsw.limit_in_bytes', memory?.swap],
    ['memory', 'memory.soft_limit_in_bytes', memory?.reservation],
    ['memory', 'memory.swappiness', memory?.swappiness],
    ['cpu', 'cpu.cfs_period_us', cpu?.period],
    ['cpu', 'cpu.cfs_quota_us', cpu?.quota],
    ['cpu', 'cpu.shares', cpu?.shares],
    ['cpuset', 'cpuset.cpus', cpu?.cpus],
    ['cpuset', 'cpuset.mems', cpu?.mems],
    ['pids', 'pids.max', pids && noneAsMax(pids.limit)],
    ['blkio', existsSync('/sys/fs/cgroup/blkio/blkio.weight') ? 'blkio.weight' : 'blkio.bfq.weight', blockIO?.weight],
    ...perDevice(blockIO?.throttleReadBpsDevice, (device, rate) => [
      'blkio',
      'blkio.throttle.read_bps_device',
      `${device} ${rate}`,
    ]),
    ...perDevice(blockIO?.throttleWriteBpsDevice, (device, rate) => [
      'blkio',
      'blkio.throttle.write_bps_device',
      `${device} ${rate}`,
    ]),
  ];
}

function unifiedSettings({ memory, cpu, pids, blockIO }: Resources): Setting[] {
  const swap = memory?.swap !== undefined && memory.limit !== undefined ? memory.swap - memory.limit : undefined;
  const quota = cpu?.quota === undefined ? undefined : `${cpu.quota < 0 ? 'max' : cpu.quota} ${cpu.period ?? 100_000}`;
  // as runtimes convert them: 2 to 262,144 become 1 to 10,000
  const weight = cpu?.shares === undefined ? undefined : 1 + Math.floor(((cpu.shares - 2) * 9999) / 262_142);
  return [
    ['memory', 'memory.max', memory?.limit],
    ['memory', 'memory.swap.max', swap],
    ['memory', 'memory.low', memory?.reservation],
    ['cpu', 'cpu.max', quota],
    ['cpu', 'cpu.weight', weight],
    ['cpuset', 'cpuset.cpus', cpu?.cpus],
    ['cpuset', 'cpuset.mems', cpu?.mems],
    ['pids', 'pids.max', pids && noneAsMax(pids.limit)],
    ['io', 'io.weight', blockIO?.weight],
    ...perDevice(blockIO?.throttleReadBpsDevice, (device, rate) => ['io', 'io.max', `${device} rbps=${rate}`]),
    ...perDevice(blockIO?.throttleWriteBpsDevice, (device, rate) => ['io', 'io.max', `${device} wbps=${rate}`]),
  ];
}

function noneAsMax(limit: number): number | string {
  return limit > 0 ? limit : 'max';
}

type Rate = { readonly major: number; readonly minor: number; readonly rate: number };

function perDevice(rates: readonly Rate[] = [], setting: (device: string, rate: number) => Setting): Setting[] {
  return rates.map(({ major, minor, rate }) => setting(`${major}:${minor}`, rate));
}
