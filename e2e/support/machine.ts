import { existsSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a store's commands may leave behind on the machine, as text that two moments can be compared by. */
export interface Traces {
  readonly mounts: readonly string[];
  readonly processes: readonly string[];
  readonly cgroups: readonly string[];
  readonly files: readonly string[];
}

export interface Footprint {
  readonly directory: string;
  readonly cgroupParent: string;
}

/** Everything on the machine that belongs to the store. */
export function traces(store: Footprint): Traces {
  return {
    mounts: mountsBelow(store.directory),
    processes: processesNaming(store.directory),
    cgroups: containerCgroups(store.cgroupParent),
    files: storeFiles(store.directory),
  };
}

/** The same, once the processes that what came before has left to end by themselves have ended: monitors and exit commands. */
export async function tracesAtRest(store: Footprint): Promise<Traces> {
  await eventually('the processes of what came before to end', () => (traces(store).processes.length === 0 ? true : undefined));
  return traces(store);
}

function mountsBelow(directory: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((target) => target.startsWith(`${directory}/`))
    .sort();
}

function processesNaming(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => commandLine(pid))
    .filter((line) => line.includes(text))
    .sort();
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return ''; // ended between the listing and the look
    throw error;
  }
}

function cgroupRoots(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4] ?? '');
}

function containerCgroups(parent: string): string[] {
  return cgroupRoots()
    .map((root) => join(root, parent))
    .filter((path) => existsSync(path))
    .flatMap((path) =>
      readdirSync(path)
        .filter((name) => name.startsWith('libpod-'))
        .map((name) => join(path, name)),
    )
    .sort();
}

/** Removes the store's cgroups, which must be empty but for monitors that are just ending. */
export function removeCgroups({ cgroupParent }: Footprint): void {
  for (const root of cgroupRoots()) {
    for (const path of [join(root, cgroupParent, 'conmon'), join(root, cgroupParent)]) if (existsSync(path)) rmdirSync(path);
  }
}

/** podman leaves the cgroups of monitors behind, below those of their pods. */
export function removePodmanCgroups({ cgroupParent }: Footprint): void {
  for (const directory of cgroupRoots().map((root) => join(root, cgroupParent))) {
    if (!existsSync(directory)) continue;
    const below = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
    const paths = below.map((entry) => join(entry.parentPath, entry.name));
    for (const path of paths.sort((one, another) => another.length - one.length)) rmdirSync(path);
  }
}

/** Paths of the store that come and go with containers: directories of layers, containers and sessions, records and locks by name. */
function storeFiles(directory: string): string[] {
  const places = [
    'root/overlay',
    'root/overlay/l',
    'root/overlay-containers',
    'root/overlay-layers',
    'root/tspod/dir',
    'run/overlay-containers',
    'run/tspod',
  ];
  return places.flatMap((place) => listBelow(join(directory, place), place === 'run/tspod' ? 3 : 1)).sort();
}

/** Names whose mere presence says nothing: databases' side files, lock files of the store, feature caches. */
const permanent = /(\.lock|\.db|-wal|-shm|\.json|-journal)$/;

function listBelow(path: string, depth: number): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path).flatMap((name) => {
    const child = join(path, name);
    if (permanent.test(name) && !/^[0-9a-f]{64}|attended/.test(name)) return [];
    const isDirectory = statSync(child, { throwIfNoEntry: false })?.isDirectory() ?? false;
    return isDirectory && depth > 1 ? [child, ...listBelow(child, depth - 1)] : [child];
  });
}

/** Waits until `look` answers something, and answers that. */
export async function eventually<Value>(
  what: string,
  look: () => Value | undefined | Promise<Value | undefined>,
  timeout = 30_000,
): Promise<Value> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`waited ${timeout} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
