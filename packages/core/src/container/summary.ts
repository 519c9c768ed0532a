import type { PortMapping } from '../contracts/network.ts';
import type { LiveState, StoredContainer } from '../contracts/state-store.ts';
import type { HealthStatus } from '../health/state.ts';
import { portsOf } from '../network/published-ports.ts';
import type { NetworkMode, RootfsSource, UserMount } from './config.ts';
import { type ContainerState, isAlive } from './state.ts';

/** What a listing shows of a container. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly rootfs: RootfsSource;
  readonly command: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly state: ContainerState;
  readonly labels: Readonly<Record<string, string>>;
  /** 0: there is no process. */
  readonly pid: number;
  readonly network: NetworkMode;
  /** Names of the networks that it joins, by name. */
  readonly networks: readonly string[];
  /** Ports of the host that lead to it, or to the container whose network it is in. */
  readonly ports: readonly PortMapping[];
  /** Destinations of the caller's own mounts. */
  readonly mounts: readonly string[];
  readonly autoRemove: boolean;
  /** Id of its pod. */
  readonly pod: string | undefined;
  readonly isInfra: boolean;
  readonly restarts: number;
  /** Of the present or last run; undefined: it has no health check, or never ran. */
  readonly health?: HealthStatus | undefined;
  /** Host path of the mounted root filesystem; undefined: not mounted by the container. */
  readonly mountPoint: string | undefined;
}

/** @param find any container of the store by its id */
export function summarise(
  stored: StoredContainer,
  live: LiveState,
  find: (id: string) => StoredContainer | undefined,
): ContainerSummary {
  const { config } = stored;
  return {
    id: config.id,
    name: config.name,
    rootfs: config.rootfs,
    command: config.command,
    createdAt: config.createdAt,
    state: live.state,
    labels: config.labels,
    pid: isAlive(live.state) ? live.state.process.pid : 0,
    network: config.network,
    networks: networkNames(stored),
    ports: portsOf(stored, find),
    mounts: config.userMounts.toSorted((one, other) => rank(one) - rank(other)).map(({ destination }) => destination),
    autoRemove: config.autoRemove,
    pod: config.pod,
    isInfra: config.isInfra ?? false,
    restarts: live.restarts ?? 0,
    health: live.health?.status,
    mountPoint: live.mountPoint,
  };
}

/** podman's order: what is mounted as it is, volumes, overlays, images. */
function rank({ type, options }: UserMount): number {
  if (type === 'image') return 3;
  return options.includes('O') ? 2 : Number(type === 'volume');
}

/** Names of the networks that a container joins, in their order. */
export function networkNames({ config, networks }: StoredContainer): string[] {
  return (networks ?? config.networking?.attachments ?? []).map(({ network }) => network).sort();
}
