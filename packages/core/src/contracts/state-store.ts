import type { ContainerConfig } from '../container/config.ts';
import type { ContainerState, Exit, ProcessIdentity } from '../container/state.ts';
import type { PodConfig } from '../pod/config.ts';

/**
 * Durable configs and live state of containers, pods and exec sessions.
 *
 * Two parts that are never joined in one transaction: what survives a reboot (configs, intents, exits) and what does not (live
 * state, exec sessions). Every method is one transaction; none waits for another process's work. What resolved is durable.
 *
 * Creation and removal are intents. `reserve` claims id and name; `commit` makes the container visible; `abandon` gives both
 * back. `beginRemoval` hides nothing but marks; `finishRemoval` forgets. Intents that their process did not finish are found by
 * `intents` and finished by the core under the container's lock. Pods have the same protocol, and share ids and names with
 * containers: what one holds, neither another container nor another pod can get.
 */
export interface StateStore {
  readonly specVersion: 'v1';

  /**
   * Claims an id and a name.
   * @throws {AlreadyExistsError} `container-exists` (name) or `id-exists`, naming the holder.
   */
  reserve(reservation: Reservation): Promise<void>;
  /**
   * Joins the container to the pod and to the containers that its config names.
   * @throws {NotFoundError} when the reservation is gone; `no-such-pod` when the pod is neither reserved nor committed;
   * `no-such-container` when a dependency is not committed.
   * @throws {InvalidStateError} `pod-being-removed`, `dependency-being-removed`.
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
  /** Of containers and of pods. */
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

  /** Replaces the live state. @throws {NotFoundError} `no-such-container`, as the next methods that save do. */
  saveLive(id: string, live: LiveState): Promise<void>;
  /** Records the end of a run durably, so that it is known after a reboot. Replaces the last one. */
  saveExit(id: string, exit: LastRun): Promise<void>;

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

export type Intent = (({ readonly object: 'container' } & Reservation) | ({ readonly object: 'pod' } & PodReservation)) & {
  readonly kind: 'create' | 'remove';
  /** Unix milliseconds. */
  readonly since: number;
};

export interface StoredPod {
  readonly config: PodConfig;
  readonly removing: boolean;
}

export interface StoredContainer {
  readonly config: ContainerConfig;
  /** Undefined: never initialised since boot; the core rebuilds it from `lastRun` and the bundle. */
  readonly live: LiveState | undefined;
  readonly lastRun: LastRun | undefined;
  readonly removing: boolean;
}

/** What is true only until the next reboot. */
export interface LiveState {
  readonly state: ContainerState;
  /** Host path of the mounted root filesystem, while the container holds a mount of its own. */
  readonly mountPoint?: string | undefined;
  readonly runDir: string;
  readonly monitor?: ProcessIdentity | undefined;
  /** How often it was started again by its restart policy. */
  readonly restarts?: number | undefined;
  /** A user asked for the end of the present or last run: its restart policy leaves it alone. */
  readonly stoppedByUser?: boolean | undefined;
}

export interface LastRun extends Exit {
  readonly startedAt?: string | undefined;
  /** As in the live state. */
  readonly stoppedByUser?: boolean | undefined;
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
