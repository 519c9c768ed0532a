import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RuntimeFailedError, readTextIfThere } from '@tspod/core';
import { type CgroupHierarchy, cgroupNames, removeIfUnused } from './cgroups.ts';
import { killIfThere } from './process.ts';
import { hasCode } from './system-error.ts';

/** Milliseconds between two looks at killed processes, and for which the kernel may take to end them. */
const interval = 5;
const patience = 10_000;

/**
 * Kills all processes of a cgroup and of those below it, and removes these cgroups from every hierarchy. Not there is success.
 *
 * @throws {RuntimeFailedError} `cgroup-immortal` when processes in it do not end
 */
export async function endCgroup(hierarchies: readonly CgroupHierarchy[], path: string): Promise<void> {
  const names = cgroupNames(path);
  const deadline = performance.now() + patience;
  for (;;) {
    const directories = hierarchies.flatMap(({ mountPoint }) => withThoseBelow(join(mountPoint, ...names)));
    const pids = new Set(directories.flatMap(processesIn));
    for (const pid of pids) killIfThere(pid);
    for (const directory of directories.toReversed()) removeIfUnused(directory);
    if (!directories.some((directory) => existsSync(directory))) return;
    if (performance.now() > deadline) throw immortal(path, [...pids]);
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}

/** The directory of a cgroup and of those below it, which come after it; nothing when it is gone. */
export function withThoseBelow(directory: string): string[] {
  const below = unlessGone(() => readdirSync(directory, { withFileTypes: true }));
  if (below === undefined) return [];
  return [
    directory,
    ...below.filter((entry) => entry.isDirectory()).flatMap(({ name }) => withThoseBelow(join(directory, name))),
  ];
}

/** Numbers of the processes in the cgroup itself. */
export function processesIn(directory: string): number[] {
  const list = readTextIfThere(join(directory, 'cgroup.procs'), ['ENOENT', 'ENODEV']) ?? '';
  return list.split('\n').filter(Boolean).map(Number);
}

function unlessGone<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV')) return undefined;
    throw error;
  }
}

function immortal(path: string, pids: readonly number[]): RuntimeFailedError {
  return new RuntimeFailedError(`the processes ${pids.join(', ')} in the cgroup ${path} do not end`, {
    code: 'cgroup-immortal',
    argv: [],
    hint: 'look at what they wait for, e.g. with `cat /proc/PID/stack`',
  });
}

/** Has the processes of a frozen cgroup go on. Where there is none nothing happens. */
export function thawCgroup(hierarchies: readonly CgroupHierarchy[], path: string): void {
  const names = cgroupNames(path);
  for (const { version, controllers, mountPoint } of hierarchies) {
    if (version === 1 && !controllers.includes('freezer')) continue;
    const [file, value] = version === 1 ? ['freezer.state', 'THAWED'] : ['cgroup.freeze', '0'];
    const target = join(mountPoint, ...names, file);
    if (existsSync(target)) writeFileSync(target, value);
  }
}
