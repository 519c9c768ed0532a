import { statfs } from 'node:fs/promises';
import { cpus, uptime } from 'node:os';
import { logDrivers } from '../container/config.ts';
import { refresh } from '../container/refresh.ts';
import { isAlive } from '../container/state.ts';
import type { UserModeProgram } from '../contracts/user-mode-network.ts';
import type { RuntimeParts } from './parts.ts';
import { type Considered, considerAll } from './selection.ts';

/** What `tspod info` shows, in podman's layout where podman has the field. Sizes in bytes. */
export interface RuntimeInfo {
  readonly host: {
    readonly arch: string;
    readonly cgroupControllers: readonly string[];
    readonly cgroupManager: string;
    readonly cgroupVersion: string;
    readonly conmon: Program;
    /** Since the machine was started. */
    readonly cpuUtilization: { readonly idlePercent: number; readonly systemPercent: number; readonly userPercent: number };
    readonly cpus: number;
    readonly eventLogger: 'sqlite';
    readonly distribution: { readonly codename?: string; readonly distribution: string; readonly version: string };
    readonly hostname: string;
    /** Of the engine itself: it has none. */
    readonly idMappings: { readonly gidmap: null; readonly uidmap: null };
    readonly kernel: string;
    readonly logDriver: string;
    readonly memFree: number;
    readonly memTotal: number;
    /** The network mode of a container that asks for nothing. */
    readonly network: string;
    /** What makes networks; empty: nothing does. */
    readonly networkBackend: string;
    readonly slirp4netns?: Helper | undefined;
    readonly pasta?: Helper | undefined;
    readonly ociRuntime: Program;
    readonly os: string;
    readonly security: {
      readonly apparmorEnabled: boolean;
      readonly capabilities: string;
      readonly rootless: boolean;
      readonly seccompEnabled: boolean;
      readonly seccompProfilePath: string;
      readonly selinuxEnabled: boolean;
    };
    readonly serviceIsRemote: boolean;
    readonly swapFree: number;
    readonly swapTotal: number;
    /** Of the machine, for people. */
    readonly uptime: string;
  };
  /** What can be asked for by name. */
  readonly plugins: {
    readonly authorization: null;
    readonly log: readonly string[];
    readonly network: readonly string[];
    readonly volume: readonly string[];
  };
  readonly registries: { readonly search?: readonly string[] };
  readonly store: {
    readonly configFile: string;
    readonly configFiles: readonly string[];
    readonly containerStore: {
      readonly number: number;
      readonly paused: number;
      readonly running: number;
      readonly stopped: number;
    };
    readonly graphDriverName: string;
    readonly graphOptions: Readonly<Record<string, string>>;
    readonly graphRoot: string;
    /** Of the file system that the graph root is on. */
    readonly graphRootAllocated: number;
    readonly graphRootUsed: number;
    /** What the storage tells of itself. */
    readonly graphStatus: Readonly<Record<string, string>>;
    readonly imageCopyTmpDir: string;
    readonly imageStore: { readonly number: number };
    readonly runRoot: string;
    readonly tmpDir: string;
    readonly volumePath: string;
  };
  readonly version: {
    readonly APIVersion: string;
    readonly Version: string;
    readonly Os: string;
    readonly OsArch: string;
    readonly NodeVersion: string;
  };
  /** Every backend that was considered for a default, in order, and why it was or was not chosen. */
  readonly backends: {
    readonly storage: readonly Considered[];
    readonly runtime: readonly Considered[];
    readonly monitor: readonly Considered[];
    readonly transport: readonly Considered[];
    readonly network: readonly Considered[];
  };
}

interface Helper {
  readonly executable: string;
  readonly package: string;
  readonly version: string;
}

interface Program {
  readonly name: string;
  /** `Unknown` when no package has it. */
  readonly package: string;
  readonly path: string;
  readonly version: string;
}

export async function describeRuntime(parts: RuntimeParts): Promise<RuntimeInfo> {
  const { defaults, places } = parts;
  const [networks, userModeNetwork] = await Promise.all([parts.networks?.(), parts.userModeNetwork?.()]);
  const [facts, storage, runtime, monitor, transport, network, states, volumeDrivers, room, programs, free] = await Promise.all([
    parts.host.facts(),
    considerAll(parts.storages, parts.defaultStorage),
    considerAll(parts.runtimes, parts.defaultRuntime),
    considerAll([parts.monitor]),
    considerAll([parts.transport]),
    considerAll(networks === undefined ? [] : [networks]),
    containerStates(parts),
    parts.volumeDrivers?.() ?? [],
    roomOf(places.graphRoot),
    userModeNetwork?.programs() ?? [],
    parts.host.freeMemory(),
  ]);
  const chosenStorage = chosenOf(storage);
  const chosenRuntime = parts.runtimes.find(({ name }) => name === chosenOf(runtime));
  const chosenMonitor = chosenOf(monitor) === '' ? undefined : parts.monitor;
  const executables = [chosenMonitor, chosenRuntime, ...programs].flatMap((one) => (one === undefined ? [] : [one.path]));
  const packages = await parts.host.packagesOf(executables);
  const [conmon, ociRuntime, graphStatus] = await Promise.all([
    program(chosenMonitor, packages),
    program(chosenRuntime, packages),
    parts.storages.find(({ name }) => name === chosenStorage)?.status?.() ?? {},
  ]);
  const imageStoreUsable = storage.some(({ usability }) => usability.usable);
  return {
    host: {
      arch: facts.architecture,
      cgroupControllers: facts.cgroupControllers,
      cgroupManager: defaults.cgroupManager,
      cgroupVersion: `v${facts.cgroupVersion}`,
      conmon: { ...conmon, version: conmon.version.replace('\n', ', ') },
      cpuUtilization: cpuUtilization(),
      cpus: facts.cpus,
      eventLogger: 'sqlite',
      distribution: {
        ...(facts.distribution.codename !== '' && { codename: facts.distribution.codename }),
        ...{ distribution: facts.distribution.id, version: facts.distribution.version },
      },
      hostname: facts.hostname,
      idMappings: { gidmap: null, uidmap: null },
      kernel: facts.kernel,
      logDriver: defaults.logDriver,
      memFree: free.memory,
      memTotal: facts.memory,
      network: defaults.network ?? (parts.networks === undefined ? 'none' : 'bridge'),
      networkBackend: chosenOf(network),
      ...Object.fromEntries(programs.map((one) => helper(one, packages))),
      ociRuntime,
      os: 'linux',
      security: {
        apparmorEnabled: facts.apparmor,
        capabilities: defaults.capabilities.join(','),
        rootless: facts.rootless,
        seccompEnabled: facts.seccomp,
        seccompProfilePath: defaults.seccompProfile,
        selinuxEnabled: facts.selinux,
      },
      serviceIsRemote: false,
      swapFree: free.swap,
      swapTotal: facts.swap,
      uptime: describeUptime(uptime()),
    },
    plugins: {
      authorization: null,
      log: logDrivers,
      network: networks?.drivers ?? [],
      volume: volumeDrivers.map(({ name }) => name),
    },
    registries: defaults.searchRegistries.length === 0 ? {} : { search: defaults.searchRegistries },
    store: {
      configFile: places.configurationFiles.findLast((path) => path.endsWith('/storage.conf')) ?? '',
      configFiles: places.configurationFiles,
      containerStore: states,
      graphDriverName: chosenStorage,
      graphOptions: places.storageOptions,
      graphRoot: places.graphRoot,
      ...room,
      graphStatus,
      imageCopyTmpDir: places.imageCopyDirectory,
      imageStore: { number: imageStoreUsable ? (await parts.images.list()).length : 0 },
      runRoot: places.runRoot,
      tmpDir: places.temporaryDirectory,
      volumePath: places.volumePath,
    },
    version: {
      APIVersion: parts.engineVersion,
      Version: parts.engineVersion,
      Os: 'linux',
      OsArch: `linux/${facts.architecture}`,
      NodeVersion: process.version,
    },
    backends: { storage, runtime, monitor, transport, network },
  };
}

/** Of the file system at a path, or 0 while there is nothing. */
async function roomOf(path: string) {
  try {
    const { bsize, blocks, bfree } = await statfs(path);
    return { graphRootAllocated: blocks * bsize, graphRootUsed: (blocks - bfree) * bsize };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { graphRootAllocated: 0, graphRootUsed: 0 };
  }
}

function cpuUtilization() {
  const times = cpus().map((one) => one.times);
  const sum = (name: 'idle' | 'sys' | 'user' | 'nice' | 'irq') => times.reduce((total, one) => total + one[name], 0);
  const [idle, system, user] = [sum('idle'), sum('sys') + sum('irq'), sum('user') + sum('nice')];
  const percent = (part: number) => Number(((100 * part) / Math.max(idle + system + user, 1)).toFixed(2));
  return { idlePercent: percent(idle), systemPercent: percent(system), userPercent: percent(user) };
}

/** `26h 3m 7.00s (Approximately 1.08 days)`, as podman has it. */
function describeUptime(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const text = `${hours}h ${minutes}m ${(seconds % 60).toFixed(2)}s`;
  return hours > 0 ? `${text} (Approximately ${(seconds / 86400).toFixed(2)} days)` : text;
}

async function containerStates(parts: RuntimeParts) {
  const stored = await parts.state.containers();
  const states = await Promise.all(stored.map(async (one) => (await refresh(parts, one)).state));
  const paused = states.filter(({ status }) => status === 'paused').length;
  const running = states.filter((state) => isAlive(state) && state.status !== 'created').length - paused;
  return { number: states.length, paused, running, stopped: states.length - running - paused };
}

function chosenOf(considered: readonly Considered[]): string {
  return considered.find(({ chosen }) => chosen)?.name ?? '';
}

const unknownPackage = 'Unknown';

interface Executable {
  readonly name: string;
  readonly path: string;
  version(): Promise<{ readonly text: string }>;
}

async function program(backend: Executable | undefined, packages: ReadonlyMap<string, string>): Promise<Program> {
  if (backend === undefined) return { name: '', package: '', path: '', version: '' };
  const { name, path } = backend;
  return { name, package: packages.get(path) ?? unknownPackage, path, version: (await backend.version()).text };
}

function helper({ mode, path, version }: UserModeProgram, packages: ReadonlyMap<string, string>): readonly [string, Helper] {
  return [mode, { executable: path, package: packages.get(path) ?? unknownPackage, version }];
}
