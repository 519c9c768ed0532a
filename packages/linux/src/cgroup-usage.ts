import { join } from 'node:path';
import { type CgroupUsage, NotFoundError, readTextIfThere } from '@tspod/core';
import type { CgroupHierarchy } from './cgroups.ts';

/** The kernel's unit of `cpuacct.stat`, USER_HZ: 100 on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** Version 1 writes the largest multiple of the page size for no limit. */
const noLimit = 2 ** 62;

/** What a cgroup uses, from whichever hierarchies have it. @throws {NotFoundError} `no-such-cgroup` */
export function readCgroupUsage(hierarchies: readonly CgroupHierarchy[], path: string): CgroupUsage {
  const unified = hierarchies.find(({ version }) => version === 2);
  const separate = hierarchies.filter(({ version }) => version === 1);
  const usage =
    unified !== undefined && separate.length === 0
      ? unifiedUsage(reader(join(unified.mountPoint, path)))
      : separateUsage((controller) => {
          const found = separate.find(({ controllers }) => controllers.includes(controller));
          return found === undefined ? () => undefined : reader(join(found.mountPoint, path));
        });
  if (usage !== undefined) return usage;
  throw new NotFoundError(`there is no cgroup ${path}`, { code: 'no-such-cgroup' });
}

/** The content of a file of the cgroup; undefined when it is not there. */
type Read = (file: string) => string | undefined;

function reader(directory: string): Read {
  return (file) => readTextIfThere(join(directory, file), ['ENOENT', 'ENODEV']);
}

function separateUsage(controller: (name: string) => Read): CgroupUsage | undefined {
  const accounting = controller('cpuacct')('cpuacct.usage');
  const memory = controller('memory');
  const usage = memory('memory.usage_in_bytes');
  const pids = controller('pids')('pids.current');
  if (accounting === undefined && usage === undefined && pids === undefined) return undefined;
  const limit = Number(memory('memory.limit_in_bytes'));
  const io = ioOfLines(controller('blkio')('blkio.throttle.io_service_bytes_recursive'));
  return {
    cpu: Number(accounting ?? 0),
    cpuKernel: (namedValue(controller('cpuacct')('cpuacct.stat'), 'system') / ticksPerSecond) * 1e9,
    perCpu: (controller('cpuacct')('cpuacct.usage_percpu') ?? '').trim().split(' ').filter(Boolean).map(Number),
    memory: Number(usage ?? 0),
    memoryLimit: limit > 0 && limit < noLimit ? limit : undefined,
    ...io,
    pids: Number(pids ?? 0),
  };
}

/** Lines of `MAJOR:MINOR Operation BYTES`. */
function ioOfLines(text = ''): Pick<CgroupUsage, 'blockRead' | 'blockWritten'> {
  const sum = (operation: string) =>
    Array.from(text.matchAll(new RegExp(`^\\d+:\\d+ ${operation} (\\d+)$`, 'gm'))).reduce(
      (total, [, bytes]) => total + Number(bytes),
      0,
    );
  return { blockRead: sum('Read'), blockWritten: sum('Write') };
}

function unifiedUsage(read: Read): CgroupUsage | undefined {
  const cpu = read('cpu.stat');
  if (cpu === undefined) return undefined;
  const limit = read('memory.max')?.trim();
  const io = read('io.stat') ?? '';
  const sum = (name: string) =>
    Array.from(io.matchAll(new RegExp(`\\b${name}=(\\d+)`, 'g'))).reduce((total, [, bytes]) => total + Number(bytes), 0);
  return {
    cpu: namedValue(cpu, 'usage_usec') * 1000,
    cpuKernel: namedValue(cpu, 'system_usec') * 1000,
    perCpu: [],
    memory: Number(read('memory.current') ?? 0),
    memoryLimit: limit === undefined || limit === 'max' ? undefined : Number(limit),
    blockRead: sum('rbytes'),
    blockWritten: sum('wbytes'),
    pids: Number(read('pids.current') ?? 0),
  };
}

/** A number in a file of lines with a name and a number each. */
function namedValue(text: string | undefined, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '')?.[1] ?? 0);
}
