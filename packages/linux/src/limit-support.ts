import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LimitSupport } from '@tspod/core';
import type { CgroupHierarchy } from './cgroups.ts';

/** What can be limited, by the files that the mounted hierarchies have. */
export function readLimitSupport(hierarchies: readonly CgroupHierarchy[]): LimitSupport {
  const unified = hierarchies.find(({ version }) => version === 2);
  const isUnified = unified !== undefined && hierarchies.every(({ version }) => version === 2);
  return isUnified ? unifiedSupport(unified.mountPoint) : separateSupport(hierarchies);
}

function separateSupport(hierarchies: readonly CgroupHierarchy[]): LimitSupport {
  const directory = (controller: string) =>
    hierarchies.find(({ version, controllers }) => version === 1 && controllers.includes(controller))?.mountPoint;
  const has = (controller: string, ...files: readonly string[]) => {
    const place = directory(controller);
    return place !== undefined && files.some((file) => existsSync(join(place, file)));
  };
  const cpuset = directory('cpuset');
  const content = (file: string) => (cpuset === undefined ? '' : readFileSync(join(cpuset, file), 'utf8').trim());
  return {
    memory: has('memory', 'memory.limit_in_bytes'),
    swap: has('memory', 'memory.memsw.limit_in_bytes'),
    memoryReservation: has('memory', 'memory.soft_limit_in_bytes'),
    swappiness: has('memory', 'memory.swappiness'),
    oomKillDisable: has('memory', 'memory.oom_control'),
    pids: directory('pids') !== undefined,
    cpuShares: has('cpu', 'cpu.shares'),
    cpuQuota: has('cpu', 'cpu.cfs_quota_us'),
    cpuset: cpuset !== undefined,
    cpus: content('cpuset.cpus'),
    mems: content('cpuset.mems'),
    blockIoWeight: has('blkio', 'blkio.weight', 'blkio.bfq.weight'),
    blockIoWeightDevice: has('blkio', 'blkio.weight_device', 'blkio.bfq.weight_device'),
    blockIoThrottle: has('blkio', 'blkio.throttle.read_bps_device'),
    unified: false,
  };
}

function unifiedSupport(root: string): LimitSupport {
  const controllers = new Set(readFileSync(join(root, 'cgroup.controllers'), 'utf8').split(/\s+/));
  const content = (file: string) => {
    const path = join(root, file);
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  };
  // the root cgroup has none of the files that limit; those of its children tell what the kernel was built with
  const ofChildren = (file: string) =>
    readdirSync(root, { withFileTypes: true }).some((entry) => entry.isDirectory() && existsSync(join(root, entry.name, file)));
  const hasMemory = controllers.has('memory');
  const hasIo = controllers.has('io');
  const weighs = hasIo && (existsSync(join(root, 'io.cost.qos')) || ofChildren('io.weight') || ofChildren('io.bfq.weight'));
  return {
    memory: hasMemory,
    swap: hasMemory && (ofChildren('memory.swap.max') || !ofChildren('memory.max')),
    memoryReservation: hasMemory,
    swappiness: false,
    oomKillDisable: false,
    pids: controllers.has('pids'),
    cpuShares: controllers.has('cpu'),
    cpuQuota: controllers.has('cpu'),
    cpuset: controllers.has('cpuset'),
    cpus: content('cpuset.cpus.effective'),
    mems: content('cpuset.mems.effective'),
    blockIoWeight: weighs,
    blockIoWeightDevice: weighs,
    blockIoThrottle: hasIo,
    unified: true,
  };
}
