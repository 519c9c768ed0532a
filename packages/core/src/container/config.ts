import type { UserMode } from '../contracts/user-mode-network.ts';
import type { HealthCheck, HealthFailureAction } from '../health/config.ts';
import type { IsolationConfig } from '../isolation/options.ts';
import type { ContainerNetworking } from '../network/config.ts';
import type { Spec } from '../oci/spec.ts';
import type { ContainerSecret } from '../secrets/requests.ts';

/** Where a container's root filesystem comes from. */
export type RootfsSource =
  | { readonly kind: 'image'; readonly imageId: string; readonly imageName: string }
  /** `overlay`: the directory is only read, changes go to a throw-away layer (podman's `--rootfs DIR:O`). */
  | { readonly kind: 'directory'; readonly path: string; readonly overlay: boolean };

/**
 * `bridge`: a namespace of its own that is in networks; `none`: one with nothing but loopback; `slirp4netns`, `pasta`: one that a
 * process of the host's network serves; `private`: as `bridge`, in what a caller asks for.
 */
export type NetworkMode = 'bridge' | 'private' | 'none' | 'host' | UserMode | JoinedNamespace;

/** The namespace of another container, by its id, or one that a file of the host stands for. */
export type JoinedNamespace = `container:${string}` | `ns:${string}`;

/** `shareable` and `none` are kinds of private `ipc` namespaces: `none` has no /dev/shm. */
export type NamespaceMode = 'private' | 'shareable' | 'none' | 'host' | JoinedNamespace;

/** Namespaces of a container that a caller can choose, but for the network. That of users is the host's unless somebody chooses. */
export type ChosenNamespace = 'ipc' | 'pid' | 'uts' | 'cgroup' | 'user';

export const logDrivers = ['k8s-file', 'json-file', 'journald', 'none', 'passthrough'] as const;
export type LogDriver = (typeof logDrivers)[number];

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
  /** Networks, ports, names. Undefined: nothing of it. */
  readonly networking?: ContainerNetworking | undefined;
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
  /** Older files that are kept then, beside it. Undefined: none. */
  readonly logsKept?: number | undefined;
  readonly logTag: string | undefined;
  /** Remove the container when it exits (`--rm`). */
  readonly autoRemove: boolean;
  /** Undefined: nothing was said, which is as `no`. */
  readonly restartPolicy?: RestartPolicy | undefined;
  /** Seconds after which its process is killed; undefined: never. */
  readonly timeLimit?: number | undefined;
  /** Undefined: mode `container`, and nobody waited when it was made. */
  readonly notify?: { readonly mode: NotifyMode; readonly socket?: string | undefined } | undefined;
  readonly healthCheck?: HealthCheck | undefined;
  /** Undefined, as `none`: nothing. */
  readonly healthFailureAction?: HealthFailureAction | undefined;
  readonly privileged: boolean;
  /** As asked for, in normal form (`CAP_SYS_ADMIN`). */
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly init: boolean;
  /** Undefined: it has the defaults. */
  readonly isolation?: IsolationConfig | undefined;
  readonly pidFile: string | undefined;
  readonly cidFile: string | undefined;
  readonly cgroupParent: string;
  /**
   * Undefined: it and its monitor have cgroups. `disabled`: neither; `no-conmon`: the monitor stays where it was started; `split`: both are
   * in cgroups below that one.
   */
  readonly cgroups?: 'disabled' | 'no-conmon' | 'split' | undefined;
  /** Bytes of /dev/shm; undefined: the configuration's at the time. */
  readonly shmSize?: number | undefined;
  readonly mountLabel: string;
  readonly processLabel: string;
  /** Names of the volumes that it uses. Undefined: none. */
  readonly volumes?: readonly string[] | undefined;
  /** Mounts but for the engine's own. */
  readonly userMounts: readonly UserMount[];
  /** Undefined: none. */
  readonly secrets?: readonly ContainerSecret[] | undefined;
  /** The options that it was made with, as they were given, for clones. Undefined: made by a version that did not keep them. */
  readonly request?: object | undefined;
  /** Containers whose mounts it took over, as asked for. Undefined: none. */
  readonly volumesFrom?: readonly string[] | undefined;
  /** The command line that made the container, for `inspect`; empty for a library caller. */
  readonly createCommand: readonly string[];
}

/** Who says that the container is ready: its process, the engine when it has started it, or nobody. See sd_notify(3). */
export type NotifyMode = 'container' | 'conmon' | 'ignore';

/** What happens when the container's process ends without somebody having asked for it. */
export interface RestartPolicy {
  /** `unless-stopped` differs from `always` only at the start of the machine: what a user stopped stays stopped. */
  readonly name: 'no' | 'on-failure' | 'always' | 'unless-stopped';
  /** With `on-failure`: how often it is started again before it is given up; 0: always. */
  readonly maximumRetries: number;
}

/** What a caller, an image or another container gave a container to mount. Written once, so that nothing that is added later is missed. */
export interface UserMount {
  readonly type: 'bind' | 'tmpfs' | 'volume' | 'image' | 'devpts';
  /** Host path of a bind mount, name of a volume, name of an image as asked for; else the type once more. */
  readonly source: string;
  readonly destination: string;
  /** Complete: what was asked for first, then podman's defaults. */
  readonly options: readonly string[];
  /** Host path of a volume's data. */
  readonly dataPath?: string | undefined;
  /** Driver of a volume. */
  readonly driver?: string | undefined;
  /** Of an image mount. */
  readonly imageId?: string | undefined;
  /** A tmpfs that is there because the image declares a volume. */
  readonly ofImage?: boolean | undefined;
}
