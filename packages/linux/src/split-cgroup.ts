import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnavailableError } from '@tspod/core';
import { type CgroupHierarchy, placeInCgroup } from './cgroups.ts';
import { hasCode } from './system-error.ts';

/** The part of a divided cgroup in which its first processes are. */
const runtime = '/runtime';

/** Moves the processes of this process's cgroup into one below it, in every hierarchy that has it. */
export async function splitCgroup(hierarchies: readonly CgroupHierarchy[]): Promise<string> {
  const table = readFileSync('/proc/self/cgroup', 'utf8');
  const path = ownCgroup(table);
  if (path === undefined) {
    throw new UnavailableError('could not find cgroup mount in "/proc/self/cgroup"', {
      code: 'no-own-cgroup',
      hint: '--cgroups split is for a process in a cgroup of its own, such as a unit of systemd with Delegate=yes',
    });
  }
  if (path.endsWith(runtime)) return path.slice(0, -runtime.length);
  const holding = hierarchies.filter((hierarchy) => cgroupIn(hierarchy, table) === path);
  const [first] = holding;
  const pids = first === undefined ? '' : readFileSync(join(first.mountPoint, path, 'cgroup.procs'), 'utf8');
  for (const pid of pids.split('\n').filter(Boolean)) {
    await placeInCgroup(holding, `${path}${runtime}`, Number(pid)).catch((error: unknown) => {
      if (!hasCode(error, 'ESRCH', 'ENOENT')) throw error; // it has ended meanwhile
    });
  }
  return path;
}

/** The cgroup that service managers put a process into: of version 2, else systemd's own; undefined: the root. */
export function ownCgroup(table: string): string | undefined {
  const path = /^0::(\/.+)$/m.exec(table)?.[1] ?? /^\d+:name=systemd:(\/.+)$/m.exec(table)?.[1];
  return path === '/' ? undefined : path;
}

function cgroupIn({ version, controllers }: CgroupHierarchy, table: string): string | undefined {
  return table
    .split('\n')
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
    .find((entry) =>
      version === 2 ? entry?.[1] === '' : entry?.[1]?.split(',').some((name) => controllers.includes(name)),
    )?.[2];
}
