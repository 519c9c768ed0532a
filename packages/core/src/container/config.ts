import type { Spec } from '../oci/spec.ts';

/** Where a container's root filesystem comes from. */
export type RootfsSource =
  | { readonly kind: 'image'; readonly imageId: string; readonly imageName: string }
  /** `overlay`: the directory is only read, changes go to a throw-away layer (podman's `--rootfs DIR:O`). */
  | { readonly kind: 'directory'; readonly path: string; readonly overlay: boolean };

export type NetworkMode = 'private' | 'none' | 'host' | JoinedNamespace;

/** The namespace of another container, by its id, or one that a file of the host stands for. */
export type JoinedNamespace = `container:${string}` | `ns:${string}`;

/** `shareable` and `none` are kinds of private `ipc` namespaces: `none` has no /dev/shm. */
export type NamespaceMode = 'private' | 'shareable' | 'none' | 'host' | JoinedNamespace;

/** Namespaces of a container that a caller can choose, but for the network and users. */
export type ChosenNamespace = 'ipc' | 'pid' | 'uts' | 'cgroup';

export type LogDriver = 'k8s-file' | 'json-file' | 'journald' | 'none' | 'passthrough';

/**
 * What a container was made with. Written once, at creation, and never changed: whatever the defaults have become since, every
 * later verb uses the runtime, storage and monitor that are named here.
 */
export interface ContainerConfig {
  /** 64 lower-case hexadecimal digits. */
  readonly id: string;
  /** Unique, `[a-zA-Z0-9][a-zA-Z0-9_.-]*`. */
  readonly name: string;
  /** ISO 8601 with nanoseconds' room: the moment of creation. */
  readonly createdAt: string;
  /**
   * The OCI spec as asked for. What is known only when the container is initialised is added then: the root path, the user's
   * ids, the limits that the kernel grants, the files of the run directory.
   */
  readonly spec: Spec;
  readonly rootfs: RootfsSource;
  /** Name of the `RootfsStorage` that holds the root filesystem. */
  readonly storage: string;
  /** Name of the `OciRuntime`. */
  readonly runtime: string;
  /** Persistent directory: bundle, config.json, log. */
  readonly staticDir: string;
  /** `user[:group]` as asked for or from the image, resolved inside the root filesystem when initialised; empty is root. */
  readonly user: string;
  /** Extra group names or ids. */
  readonly groups: readonly string[];
  /** The command as the caller wrote it, before the image's entrypoint and command were applied. */
  readonly command: readonly string[];
  readonly entrypoint: readonly string[] | undefined;
  readonly terminal: boolean;
  /** Keep stdin open (`-i`). */
  readonly stdin: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal: number;
  /** Seconds between the stop signal and SIGKILL. */
  readonly stopTimeout: number;
  readonly network: NetworkMode;
  /** Those that somebody chose. Undefined, and what it leaves out: private, but for `cgroup` with cgroup v1, which is the host's. */
  readonly namespaces?: Readonly<Partial<Record<ChosenNamespace, NamespaceMode>>> | undefined;
  /** Id of the pod that it belongs to. */
  readonly pod?: string | undefined;
  /** It holds the namespaces of its pod and is started, stopped and removed with it alone. */
  readonly isInfra?: boolean | undefined;
  /** Runs to its end before the other containers of its pod start: at each start of the pod, or once, and is removed then. */
  readonly initContainer?: 'once' | 'always' | undefined;
  /** Ids of the containers that must run before this one can: asked for, or of whose namespaces it has one. Undefined: none. */
  readonly dependencies?: readonly string[] | undefined;
  readonly hostname: string;
  readonly logDriver: LogDriver;
  readonly logPath: string;
  /** Bytes after which the log starts anew; undefined: no limit. */
  readonly logSizeMax: number | undefined;
  readonly logTag: string | undefined;
  /** Remove the container when it exits (`--rm`). */
  readonly autoRemove: boolean;
  /** Undefined: nothing was said, which is as `no`. */
  readonly restartPolicy?: RestartPolicy | undefined;
  readonly privileged: boolean;
  /** As asked for, in normal form (`CAP_SYS_ADMIN`). */
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly init: boolean;
  readonly pidFile: string | undefined;
  readonly cidFile: string | undefined;
  readonly cgroupParent: string;
  readonly mountLabel: string;
  readonly processLabel: string;
  /** Names of the volumes that it uses. Undefined: none. */
  readonly volumes?: readonly string[] | undefined;
  /** Sizes, sources and options of the caller's own mounts, for `inspect`. */
  readonly userMounts: readonly UserMount[];
  /** The command line that made the container, for `inspect`; empty for a library caller. */
  readonly createCommand: readonly string[];
}

/** What happens when the container's process ends without somebody having asked for it. */
export interface RestartPolicy {
  /** `unless-stopped` differs from `always` only at the start of the machine: what a user stopped stays stopped. */
  readonly name: 'no' | 'on-failure' | 'always' | 'unless-stopped';
  /** With `on-failure`: how often it is started again before it is given up; 0: always. */
  readonly maximumRetries: number;
}

export interface UserMount {
  readonly type: 'bind' | 'tmpfs';
  /** Host path of a bind mount. */
  readonly source: string;
  readonly destination: string;
  readonly options: readonly string[];
}
