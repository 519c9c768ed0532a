import { freemem } from 'node:os';
import { refresh } from '../container/refresh.ts';
import { isAlive } from '../container/state.ts';
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
    readonly cpus: number;
    readonly distribution: { readonly distribution: string; readonly version: string };
    readonly hostname: string;
    readonly kernel: string;
    readonly logDriver: string;
    readonly memFree: number;
    readonly memTotal: number;
    /** What a container gets that asks for nothing. */
    readonly network: string;
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
    readonly swapTotal: number;
  };
  readonly registries: { readonly search: readonly string[] };
  readonly store: {
    readonly configFiles: readonly string[];
    readonly containerStore: {
      readonly number: number;
      readonly paused: number;
      readonly running: number;
      readonly stopped: number;
    };
    readonly graphDriverName: string;
    readonly graphRoot: string;
    readonly imageStore: { readonly number: number };
    readonly runRoot: string;
    readonly tmpDir: string;
  };
  readonly version: { readonly Version: string; readonly OsArch: string; readonly NodeVersion: string };
  /** Every backend that was considered for a default, in order, and why it was or was not chosen. */
  readonly backends: {
    readonly storage: readonly Considered[];
    readonly runtime: readonly Considered[];
    readonly monitor: readonly Considered[];
    readonly transport: readonly Considered[];
  };
}

interface Program {
  readonly name: string;
  readonly path: string;
  readonly version: string;
}

export async function describeRuntime(parts: RuntimeParts): Promise<RuntimeInfo> {
  const { defaults, places } = parts;
  const [facts, storage, runtime, monitor, transport, states] = await Promise.all([
    parts.host.facts(),
    considerAll(parts.storages, parts.defaultStorage),
    considerAll(parts.runtimes, parts.defaultRuntime),
    considerAll([parts.monitor]),
    considerAll([parts.transport]),
    containerStates(parts),
  ]);
  const chosenStorage = chosenOf(storage);
  const chosenRuntime = parts.runtimes.find(({ name }) => name === chosenOf(runtime));
  const imageStoreUsable = storage.some(({ usability }) => usability.usable);
  return {
    host: {
      arch: facts.architecture,
      cgroupControllers: facts.cgroupControllers,
      cgroupManager: defaults.cgroupManager,
      cgroupVersion: `v${facts.cgroupVersion}`,
      conmon: await program(parts.monitor, chosenOf(monitor) !== ''),
      cpus: facts.cpus,
      distribution: { distribution: facts.distribution.id, version: facts.distribution.version },
      hostname: facts.hostname,
      kernel: facts.kernel,
      logDriver: defaults.logDriver,
      memFree: freemem(),
      memTotal: facts.memory,
      network: 'private namespace with loopback only',
      ociRuntime: chosenRuntime === undefined ? { name: '', path: '', version: '' } : await program(chosenRuntime, true),
      os: 'linux',
      security: {
        apparmorEnabled: facts.apparmor,
        capabilities: defaults.capabilities.join(','),
        rootless: facts.rootless,
        seccompEnabled: facts.seccomp,
        seccompProfilePath: defaults.seccompProfile,
        selinuxEnabled: facts.selinux,
      },
      swapTotal: facts.swap,
    },
    registries: { search: defaults.searchRegistries },
    store: {
      configFiles: places.configurationFiles,
      containerStore: states,
      graphDriverName: chosenStorage,
      graphRoot: places.graphRoot,
      imageStore: { number: imageStoreUsable ? (await parts.images.list()).length : 0 },
      runRoot: places.runRoot,
      tmpDir: places.temporaryDirectory,
    },
    version: { Version: parts.engineVersion, OsArch: `linux/${facts.architecture}`, NodeVersion: process.version },
    backends: { storage, runtime, monitor, transport },
  };
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

async function program(
  backend: { readonly name: string; readonly path: string; version(): Promise<{ readonly text: string }> },
  usable: boolean,
): Promise<Program> {
  return { name: backend.name, path: backend.path, version: usable ? (await backend.version()).text : '' };
}
