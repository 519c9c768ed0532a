import { closeSync, mkdirSync, openSync, readFileSync, rmdirSync, write, writeFile, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InvalidArgumentError, withUndoFailure } from '@tspod/core';
import { type MountEntry, parseMountInfo } from './mountinfo.ts';
import { hasCode } from './system-error.ts';

/** One tree of control groups and where it is mounted. */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  readonly mountPoint: string;
  /** The cgroup that is mounted; `/` but for cgroups that were made for a container. */
  readonly root: string;
  /** Of version 1: the controllers bound to it, or `name=systemd` and the like. Of version 2: none, they change. */
  readonly controllers: readonly string[];
}

/** The hierarchies that this process sees, each once. */
export function readCgroupHierarchies(): CgroupHierarchy[] {
  return cgroupHierarchies(readFileSync('/proc/self/mountinfo', 'utf8'), readFileSync('/proc/cgroups', 'utf8'));
}

export function cgroupHierarchies(mountInfo: string, controllerTable: string): CgroupHierarchy[] {
  const known = new Set(controllerNames(controllerTable));
  const isController = (option: string) => known.has(option) || option.startsWith('name=');
  const ofDevice = new Map<string, MountEntry>();
  for (const entry of parseMountInfo(mountInfo)) {
    const isCgroup = entry.type === 'cgroup' || entry.type === 'cgroup2';
    if (isCgroup && !ofDevice.has(entry.device)) ofDevice.set(entry.device, entry);
  }
  return Array.from(ofDevice.values(), ({ type, mountPoint, root, superOptions }) => ({
    version: type === 'cgroup2' ? 2 : 1,
    mountPoint,
    root,
    controllers: type === 'cgroup2' ? [] : superOptions.filter(isController),
  }));
}

function controllerNames(table: string): string[] {
  return table
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t')[0] ?? '');
}

/**
 * Puts a process into a cgroup of every hierarchy, making it where it is missing. A cpuset takes processes only once it has CPUs and
 * memory nodes; new ones get those of their parent, and where that has none either the process stays where it is. Controllers
 * of version 2 are left as they are. When something fails, the process goes back to where it was and new cgroups are removed.
 *
 * @param path as in the OCI spec, e.g. `/libpod_parent/conmon`: below the mount points.
 */
export async function placeInCgroup(hierarchies: readonly CgroupHierarchy[], path: string, pid: number): Promise<void> {
  const names = cgroupNames(path);
  const previous = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  const undo: (() => Promise<void> | void)[] = [];
  try {
    for (const hierarchy of hierarchies) {
      const directory = makeCgroup(hierarchy, names, (made) => undo.push(() => removeIfUnused(made)));
      if (directory === undefined) continue;
      const before = previousDirectory(hierarchy, previous);
      await moveProcess(directory, pid);
      if (before !== undefined) undo.push(() => moveProcess(before, pid));
    }
  } catch (failure) {
    await undoAll(undo, failure);
    throw failure;
  }
}

/**
 * Moves this process to where it is already, in the background: that does nothing but take, once, the lock that the kernel hands out
 * only after every CPU has passed a quiet state (`cgroup_threadgroup_rwsem`); who comes soon after has it at once.
 */
export function expectMoves(hierarchies: readonly CgroupHierarchy[]): void {
  const [hierarchy] = hierarchies;
  if (hierarchy === undefined) return;
  const directory = previousDirectory(hierarchy, readFileSync('/proc/self/cgroup', 'utf8'));
  if (directory === undefined) return;
  writeFile(join(directory, 'cgroup.procs'), '0', () => undefined); // the moves themselves will say what is not allowed
}

/** Removes a cgroup, not those above it, from every hierarchy. Where there is none, or it has processes or children, nothing happens. */
export function removeCgroup(hierarchies: readonly CgroupHierarchy[], path: string): void {
  const names = cgroupNames(path);
  for (const { mountPoint } of hierarchies) removeIfUnused(join(mountPoint, ...names));
}

export function cgroupNames(path: string): string[] {
  const names = path.split('/').filter(Boolean);
  if (!path.startsWith('/') || names.length === 0 || names.includes('..') || names.includes('.')) {
    throw new InvalidArgumentError(`${JSON.stringify(path)} is not the path of a cgroup`, {
      code: 'invalid-cgroup-path',
      hint: 'give an absolute path below the root cgroup, without dots',
    });
  }
  return names;
}

/** @returns the directory, or undefined for a cpuset that can't take processes. */
export function makeCgroup(
  hierarchy: CgroupHierarchy,
  names: readonly string[],
  onMade: (directory: string) => void,
): string | undefined {
  const needsCpus = hierarchy.controllers.includes('cpuset');
  let directory = hierarchy.mountPoint;
  for (const name of names) {
    directory = join(directory, name);
    if (makeDirectory(directory)) onMade(directory);
    if (needsCpus && !(inheritIfEmpty(directory, 'cpuset.cpus') && inheritIfEmpty(directory, 'cpuset.mems'))) return undefined;
  }
  return directory;
}

function makeDirectory(path: string): boolean {
  try {
    mkdirSync(path, 0o755);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** @returns whether the file has a value now. */
function inheritIfEmpty(directory: string, file: string): boolean {
  if (readFileSync(join(directory, file), 'utf8').trim() !== '') return true;
  const inherited = readFileSync(join(dirname(directory), file), 'utf8').trim();
  if (inherited === '') return false;
  writeFileSync(join(directory, file), inherited);
  return true;
}

/** Not synchronous: the first move after a while waits for every CPU, some 20 ms. */
async function moveProcess(directory: string, pid: number): Promise<void> {
  const fd = openSync(join(directory, 'cgroup.procs'), 'w');
  try {
    await new Promise<void>((resolve, reject) => {
      write(fd, String(pid), (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    closeSync(fd);
  }
}

/** Where `/proc/<pid>/cgroup` says that the process is; undefined when that is outside of what is mounted. */
function previousDirectory(hierarchy: CgroupHierarchy, processCgroups: string): string | undefined {
  for (const line of processCgroups.split('\n')) {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const isThis =
      hierarchy.version === 2
        ? line.startsWith('0::')
        : controllers.split(',').some((name) => hierarchy.controllers.includes(name));
    if (!isThis) continue;
    if (hierarchy.root === '/') return join(hierarchy.mountPoint, path);
    const isMounted = path === hierarchy.root || path.startsWith(`${hierarchy.root}/`);
    return isMounted ? join(hierarchy.mountPoint, path.slice(hierarchy.root.length)) : undefined;
  }
  return undefined;
}

export function removeIfUnused(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EBUSY', 'ENOTEMPTY')) throw error;
  }
}

async function undoAll(undo: readonly (() => Promise<void> | void)[], failure: unknown): Promise<void> {
  for (const step of undo.toReversed()) {
    try {
      await step();
    } catch (undoFailure) {
      // A process that is gone has left its cgroups by itself.
      if (!hasCode(undoFailure, 'ESRCH')) throw withUndoFailure(failure, undoFailure);
    }
  }
}
