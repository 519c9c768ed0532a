import type { LiveState, StoredContainer } from '../contracts/state-store.ts';
import type { NetworkMode, RootfsSource } from './config.ts';
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
  /** Destinations of the caller's own mounts. */
  readonly mounts: readonly string[];
  readonly autoRemove: boolean;
  /** Id of its pod. */
  readonly pod: string | undefined;
  readonly isInfra: boolean;
  readonly restarts: number;
  /** Host path of the mounted root filesystem; undefined: not mounted by the container. */
  readonly mountPoint: string | undefined;
}

export function summarise({ config }: StoredContainer, live: LiveState): ContainerSummary {
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
    mounts: config.userMounts.map(({ destination }) => destination),
    autoRemove: config.autoRemove,
    pod: config.pod,
    isInfra: config.isInfra ?? false,
    restarts: live.restarts ?? 0,
    mountPoint: live.mountPoint,
  };
}
