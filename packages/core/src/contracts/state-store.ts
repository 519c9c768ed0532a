import type { ContainerConfig } from '../container/config.ts';
import type { ContainerState, Exit, ProcessIdentity } from '../container/state.ts';
import type { HealthState } from '../health/state.ts';
import type { Resources } from '../oci/spec.ts';
import type { PodConfig } from '../pod/config.ts';
import type { VolumeConfig } from '../volume/config.ts';
import type { NetworkAttachment } from './network.ts';

/**
 * Durable configs and live state of containers, pods, volumes and exec sessions.
 *
 * Two parts that are never joined in one transaction: what survives a reboot (configs, intents, exits) and what does not (live
 * state, exec sessions). Every method is one transaction; none waits for another process's work. What resolved is durable.
 *
 * Creation and removal are intents. `reserve` claims id and name; `commit` makes the container visible; `abandon` gives both
 * back. `beginRemoval` hides nothing but marks; `finishRemoval` forgets. `beginRename` claims one more name.
 * Intents that their process did not finish are found by `intents` and finished by the core under the container's lock. Pods have the same protocol, and share ids and names with
 * containers: what one holds, neither another container nor another pod can get. So have volumes, whose names are their own.
 */
export interface StateStore {
  readonly specVersion: 'v1';

  /**
   * Claims an id and a name.
   * @throws {AlreadyExistsError} `container-exists` (name) or `id-exists`, naming the holder.
   */
  reserve(reservation: Reservation): Promise<void>;
  /**
   * Joins the container to the pod, the containers and the volumes that its config names.
   * @throws {NotFoundError} when the reservation is gone; `no-such-pod` when the pod is neither reserved nor committed;
   * `no-such-container` when a dependency, `no-such-volume` when a volume is not committed.
   * @throws {InvalidStateError} `pod-being-removed`, `dependency-being-removed`, `volume-being-removed`.
   */
  commit(config: ContainerConfig): Promise<void>;
  /** Idempotent. */
  abandon(id: string): Promise<void>;
  /**
   * From now on nothing can depend on it any more. Idempotent.
   * @throws {NotFoundError} `no-such-container`; {InUseError} `container-in-use` with the ids of those that depend on it.
   */
  beginRemoval(id: string): Promise<void>;
  /** Forgets everything about the container, its live state and exec sessions too. Idempotent. */
  finishRemoval(id: string): Promise<void>;
  /**
   * Claims a second name for a container, in place of one that it claimed before; it goes by its own until `finishRename`.
   * @throws {NotFoundError} `no-such-container`; {AlreadyExistsError} `container-exists`, naming the holder; {InvalidStateError}
   * `container-being-removed`.
   */
  beginRename(id: string, name: string): Promise<void>;
  /** The container goes by the name that it claimed, in its config too, and its old name is free. Idempotent. */
  finishRename(id: string): Promise<void>;
  /** Gives the claimed name back. Idempotent. */
  abandonRename(id: string): Promise<void>;
  /** Of containers, pods and volumes. */
  intents(): Promise<readonly Intent[]>;

  /**
   * Every committed container, oldest first, with its live state in one pass. A config's `spec` may be read only when it is asked
   * for, and then throws `no-such-container` if the container is gone by then.
   */
  containers(): Promise<readonly StoredContainer[]>;
  /** By exact id. */
  container(id: string): Promise<StoredContainer | undefined>;
  /**
   * By exact id, exact name or unique id prefix, in that order.
   * @throws {NotFoundError} `no-such-container`; {InvalidArgumentError} `ambiguous-container` naming some of those that fit.
   */
  lookup(idOrNameOrPrefix: string): Promise<StoredContainer>;
  /** Ids of the committed containers whose config names this one as a dependency, oldest first. */
  dependents(id: string): Promise<readonly string[]>;

  /**
   * Claims an id and a name for a pod.
   * @throws {AlreadyExistsError} `pod-exists` (name) or `id-exists`, naming the holder.
   */
  reservePod(reservation: PodReservation): Promise<void>;
  /** @throws {NotFoundError} `no-such-pod` when the reservation is gone; {AlreadyExistsError} `id-exists` when it was committed before. */
  commitPod(config: PodConfig): Promise<void>;
  /** Idempotent. */
  abandonPod(id: string): Promise<void>;
  /** From now on no container can join. Idempotent. @throws {NotFoundError} `no-such-pod` */
  beginPodRemoval(id: string): Promise<void>;
  /** Idempotent. @throws {InUseError} `pod-not-empty` with the ids of its containers. */
  finishPodRemoval(id: string): Promise<void>;
  /** Every committed pod, oldest first. */
  pods(): Promise<readonly StoredPod[]>;
  /** By exact id. */
  pod(id: string): Promise<StoredPod | undefined>;
  /**
   * As `lookup`.
   * @throws {NotFoundError} `no-such-pod`; {InvalidArgumentError} `ambiguous-pod` naming some of those that fit.
   */
  lookupPod(idOrNameOrPrefix: string): Promise<StoredPod>;
  /** The committed containers that belong to a pod, also one that is only reserved, oldest first. */
  podContainers(podId: string): Promise<readonly StoredContainer[]>;

  /** Claims a volume's name. @throws {AlreadyExistsError} `volume-exists` */
  reserveVolume(reservation: VolumeReservation): Promise<void>;
  /** @throws {NotFoundError} `no-such-volume` when the reservation is gone; {AlreadyExistsError} `volume-exists` when it was committed before. */
  commitVolume(config: VolumeConfig, flags: VolumeFlags): Promise<void>;
  /** Idempotent. */
  abandonVolume(name: string): Promise<void>;
  /**
   * From now on no container can use it. Idempotent.
   * @throws {NotFoundError} `no-such-volume`; {InUseError} `volume-in-use` with the ids of the containers that use it, oldest first.
   */
  beginVolumeRemoval(name: string): Promise<void>;
  /** Idempotent. */
  finishVolumeRemoval(name: string): Promise<void>;
  /** Every committed volume, in the order of their names. */
  volumes(): Promise<readonly StoredVolume[]>;
  /** By exact name. */
  volume(name: string): Promise<StoredVolume | undefined>;
  /**
   * By exact name or unique prefix, in that order.
   * @throws {NotFoundError} `no-such-volume`; {InvalidArgumentError} `ambiguous-volume`.
   */
  lookupVolume(nameOrPrefix: string): Promise<StoredVolume>;
  /** Ids of the committed containers whose configs name the volume, oldest first. */
  volumeUsers(name: string): Promise<readonly string[]>;
  /** Replaces what may change of a volume. @throws {NotFoundError} `no-such-volume` */
  saveVolumeFlags(name: string, flags: VolumeFlags): Promise<void>;

  /** Replaces the live state. @throws {NotFoundError} `no-such-container`, as the next methods that save do. */
  saveLive(id: string, live: LiveState): Promise<void>;
  /** Records the end of a run durably, so that it is known after a reboot. Replaces the last one. */
  saveExit(id: string, exit: LastRun): Promise<void>;
  /** Replaces the networks that the container joins from its next start on. Durable. */
  saveNetworks(id: string, networks: readonly NetworkAttachment[]): Promise<void>;

  /** Records durably what limits the container from its next start on, in place of what its config says. */
  saveResources(id: string, resources: Resources): Promise<void>;

  saveExecSession(session: ExecSession): Promise<void>;
  execSession(id: string): Promise<ExecSession | undefined>;
  execSessions(containerId: string): Promise<readonly ExecSession[]>;
  removeExecSession(id: string): Promise<void>;

  /** Idempotent. Every other method throws `store-closed` (RuntimeStoppedError) afterwards. */
  close(): Promise<void>;
}

export interface Reservation {
  readonly id: string;
  readonly name: string;
  /** Storage in which the root filesystem will be made, for repair. */
  readonly storage: string;
}

export interface PodReservation {
  readonly id: string;
  readonly name: string;
}

export interface VolumeReservation {
  readonly name: string;
  /** Driver that will keep the data, for repair. */
  readonly driver: string;
}

type MakingOrRemoving = 'create' | 'remove';

export type Intent = (
  | ({ readonly object: 'container'; readonly kind: MakingOrRemoving } & Reservation)
  | ({ readonly object: 'container'; readonly kind: 'rename'; readonly newName: string } & Reservation)
  | ({ readonly object: 'pod'; readonly kind: MakingOrRemoving } & PodReservation)
  | ({ readonly object: 'volume'; readonly kind: MakingOrRemoving } & VolumeReservation)
) & {
  /** Unix milliseconds. */
  readonly since: number;
};

export interface StoredPod {
  readonly config: PodConfig;
  readonly removing: boolean;
}

export interface StoredVolume {
  readonly config: VolumeConfig;
  readonly flags: VolumeFlags;
  readonly removing: boolean;
}

/** What becomes of a volume by being used. */
export interface VolumeFlags {
  /** It gets what the image has at its place, when a container uses it the first time and finds it empty. */
  readonly needsCopyUp: boolean;
  /** It gets the owner of its place in the first container that uses it. */
  readonly needsChown: boolean;
  /** Owner of its root. */
  readonly uid: number;
  readonly gid: number;
}

export interface StoredContainer {
  readonly config: ContainerConfig;
  /** Undefined: never initialised since boot; the core rebuilds it from `lastRun` and the bundle. */
  readonly live: LiveState | undefined;
  readonly lastRun: LastRun | undefined;
  /** Resources of its spec as an update changed them; undefined: they are as its config says. */
  readonly resources?: Resources | undefined;
  /** Networks that it joins; undefined: those of its config. */
  readonly networks?: readonly NetworkAttachment[] | undefined;
  readonly removing: boolean;
}

/** What is true only until the next reboot. */
export interface LiveState {
  readonly state: ContainerState;
  /** Host path of the mounted root filesystem, while the container holds a mount of its own. */
  readonly mountPoint?: string | undefined;
  readonly runDir: string;
  readonly monitor?: ProcessIdentity | undefined;
  /** The cgroup of the present or last run, where that was not known before it. */
  readonly cgroup?: string | undefined;
  /** Of the present or last run, where it has a health check. */
  readonly health?: HealthState | undefined;
  /** How often it was started again by its restart policy. */
  readonly restarts?: number | undefined;
  /** The monitor of the run before, whose exit command is just starting it again: while that runs, the container has not come to its end. */
  readonly restarter?: ProcessIdentity | undefined;
  /** A user asked for the end of the present or last run: its restart policy leaves it alone. */
  readonly stoppedByUser?: boolean | undefined;
  /**
   * Its processes are being frozen or thawed, so that only the OCI runtime knows whether they are: for good (`change`), or `meanwhile`, until
   * a verb has done its work. When that verb's process died, this stays until another such verb is done.
   */
  readonly freezing?: 'change' | 'meanwhile' | undefined;
  /** Start of the present run by the monotonic clock, in milliseconds. */
  readonly runningSince?: number | undefined;
  /** ISO 8601: it has exited because its processes were written to files then, from which it can be restored. */
  readonly checkpointedAt?: string | undefined;
  /** ISO 8601: the present or last run began by that. */
  readonly restoredAt?: string | undefined;
  /** Mounts of the root filesystem that processes hold while they read or write there. */
  readonly borrowed?: readonly BorrowedRoot[] | undefined;
}

/** What has to be known to take a mount back whose holder died at any moment. */
export interface BorrowedRoot {
  readonly id: string;
  readonly holder: ProcessIdentity;
  /** `mounting`, `unmounting`: the storage is about to count; the container stays locked until it has. */
  readonly step: 'mounting' | 'mounted' | 'unmounting';
  /** How often the root was mounted before that step. */
  readonly count: number;
}

export interface LastRun extends Exit {
  readonly startedAt?: string | undefined;
  /** As in the live state. */
  readonly stoppedByUser?: boolean | undefined;
  readonly checkpointedAt?: string | undefined;
}

export interface ExecSession {
  readonly id: string;
  readonly containerId: string;
  readonly command: readonly string[];
  readonly terminal: boolean;
  readonly stdin: boolean;
  readonly directory: string;
  /** As asked for; undefined or empty: the container's. */
  readonly user?: string | undefined;
  readonly privileged?: boolean | undefined;
  readonly detachKeys?: string | undefined;
  readonly process?: ProcessIdentity | undefined;
  readonly monitor?: ProcessIdentity | undefined;
  /** Undefined while it runs. */
  readonly exit?: Exit | undefined;
}
