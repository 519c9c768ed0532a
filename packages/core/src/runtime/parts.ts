import type { LogDriver, NamespaceMode, NetworkMode } from '../container/config.ts';
import type { ContainerMonitor, ExitCommand } from '../contracts/container-monitor.ts';
import type { EventLog } from '../contracts/event-log.ts';
import type { FileTrees } from '../contracts/file-trees.ts';
import type { HealthScheduler } from '../contracts/health-scheduler.ts';
import type { Host } from '../contracts/host.ts';
import type { ImageBuilder } from '../contracts/image-builder.ts';
import type { ImageStore } from '../contracts/image-store.ts';
import type { ImageTransport } from '../contracts/image-transport.ts';
import type { Locker } from '../contracts/locker.ts';
import type { Network } from '../contracts/network.ts';
import type { OciRuntime } from '../contracts/oci-runtime.ts';
import type { RootfsStorage } from '../contracts/rootfs-storage.ts';
import type { SecretStore } from '../contracts/secret-store.ts';
import type { StateStore } from '../contracts/state-store.ts';
import type { StreamService } from '../contracts/stream-service.ts';
import type { UserModeNetwork } from '../contracts/user-mode-network.ts';
import type { VolumeDriver } from '../contracts/volume-driver.ts';

/**
 * What a `Runtime` is composed of. `createRuntime` of the `tspod` package fills it from the machine's configuration; whoever
 * composes by hand fills it with whatever implements the interfaces.
 */
export interface RuntimeParts {
  readonly state: StateStore;
  readonly events: EventLog;
  readonly locker: Locker;
  readonly host: Host;
  readonly images: ImageStore;
  readonly transport: ImageTransport;
  /** Builds images; without one that is refused. */
  readonly builder?: ImageBuilder | undefined;
  /** In order of preference: the first usable one is the default. A container is always served by the one it was made with. */
  readonly storages: readonly RootfsStorage[];
  /** Name of the storage that new containers use whose root filesystem it can hold; undefined: the first usable. */
  readonly defaultStorage: string | undefined;
  /** In order of preference. */
  readonly runtimes: readonly OciRuntime[];
  /** Name or path of the runtime that new containers use; undefined: the first usable. */
  readonly defaultRuntime?: string | undefined;
  /** The runtime with this name or absolute path, also one that is not among the preferred. */
  readonly runtimeNamed: (name: string) => OciRuntime | undefined;
  readonly monitor: ContainerMonitor;
  /** Copies and exports; without it these are refused. */
  readonly files?: FileTrees | undefined;
  /**
   * What keeps the data of volumes, in order of preference: the first is the default. A volume is always served by the one it was made
   * with. Asked for when it is needed; without it volumes are refused.
   */
  readonly volumeDrivers?: (() => Promise<readonly VolumeDriver[]>) | undefined;
  /** What keeps secrets, likewise. */
  readonly secrets?: (() => Promise<SecretStore>) | undefined;
  /** What makes networks, likewise: asked for when a container is in one. Without it containers have loopback only, by default. */
  readonly networks?: (() => Promise<Network>) | undefined;
  /** What serves the network modes slirp4netns and pasta, likewise. */
  readonly userModeNetwork?: (() => Promise<UserModeNetwork>) | undefined;
  /** Serves `execUrl` and `attachUrl`; without one they are refused. */
  readonly streams?: StreamService | undefined;
  /** Has health checks done in time; without it they are done on request only. */
  readonly health?: HealthScheduler | undefined;
  readonly places: Places;
  readonly defaults: ContainerDefaults;
  /** The command that the monitor runs when the process has ended: must come to `Container.cleanup` (or the session's) in a new process. */
  readonly exitCommand: (target: ExitTarget) => ExitCommand;
  /** Complete environment of the monitor and, through it, of the exit command. */
  readonly helperEnvironment: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Name and version of what is composed here, for `info` and `version`. */
  readonly engineVersion: string;
}

export interface Places {
  readonly graphRoot: string;
  readonly runRoot: string;
  /** Engine's own directory on tmpfs: locks, exit files. */
  readonly temporaryDirectory: string;
  /** Where the data of volumes is by default, for `info`; informational. */
  readonly volumePath: string;
  /** Where images are unpacked on their way, and the options of the storage; informational. */
  readonly imageCopyDirectory: string;
  readonly storageOptions: Readonly<Record<string, string>>;
  /** Where each of the files above was configured, for `info`; informational. */
  readonly configurationFiles: readonly string[];
}

/** What a container gets when its creator says nothing, from containers.conf. */
export interface ContainerDefaults {
  readonly capabilities: readonly string[];
  readonly environment: readonly string[];
  /** Variables of the engine's own process, and whether containers get all of them, or those of proxies. */
  readonly engineEnvironment: Readonly<Record<string, string | undefined>>;
  readonly hostEnvironment: boolean;
  readonly proxyEnvironment: boolean;
  readonly sysctls: Readonly<Record<string, string>>;
  /** As in containers.conf: `nofile=1024:2048`. */
  readonly ulimits: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  /** Path of the seccomp profile; empty: unconfined. */
  readonly seccompProfile: string;
  /** Name of the AppArmor profile, or `unconfined`; empty: the built-in one. */
  readonly apparmorProfile: string;
  /** Separate containers by SELinux labels where the machine has SELinux. */
  readonly selinuxLabels: boolean;
  /** Bytes. */
  readonly shmSize: number;
  /** 0: no limit. */
  readonly pidsLimit: number;
  readonly logDriver: LogDriver;
  /** Bytes; undefined: no limit. */
  readonly logSizeMax: number | undefined;
  /** Seconds. */
  readonly stopTimeout: number;
  /** How a container is in the network that says nothing about it. Undefined: `bridge` where there is a `Network`, else `none`. */
  readonly network?: NetworkMode | undefined;
  /** How containers are in those that nobody chooses, and that no pod shares with them. Default: podman's own choice. */
  readonly namespaces?: Readonly<Partial<Record<'cgroup' | 'ipc' | 'pid' | 'uts', NamespaceMode | undefined>>> | undefined;
  /** Default: `enabled`. */
  readonly cgroups?: 'enabled' | 'disabled' | 'no-conmon' | undefined;
  /** Every container gets these besides its own; as `--device` takes them. */
  readonly devices?: readonly string[] | undefined;
  /** As `-v` takes them. */
  readonly volumes?: readonly string[] | undefined;
  /** Containers get no hosts file. Default: false. */
  readonly noHosts?: boolean | undefined;
  /** What their hosts files begin with: an absolute path, `image` or `none`. Default: `/etc/hosts`. */
  readonly baseHostsFile?: string | undefined;
  /** Address of `host.containers.internal`, or `none`. Default: the one by which the network reaches the host. */
  readonly hostAddress?: string | undefined;
  readonly logTag?: string | undefined;
  readonly dnsServers?: readonly string[] | undefined;
  readonly dnsSearch?: readonly string[] | undefined;
  readonly dnsOptions?: readonly string[] | undefined;
  readonly detachKeys: string;
  readonly init: boolean;
  /** Candidates for the init program, first existing wins. */
  readonly initPaths: readonly string[];
  readonly cgroupManager: 'cgroupfs' | 'systemd';
  /** `/libpod_parent`, or a slice of systemd's. */
  readonly cgroupParent: string;
  readonly umask: string;
  /** A zone, or `local`; undefined: the image's. */
  readonly timezone: string | undefined;
  readonly noPivotRoot: boolean;
  /** Directories of hooks, as oci-hooks(5) has them; what is in a later one wins. */
  readonly hooksDirectories: readonly string[];
  /** Where the Container Device Interface has its specs, likewise. */
  readonly cdiDirectories: readonly string[];
  /** Registries that short image names are tried with. */
  readonly searchRegistries: readonly string[];
  readonly shortNameAliases: Readonly<Record<string, string>>;
  /** What else registries.conf says of short names: whether several registries may be tried, and the files that say so. */
  readonly shortNameRules: {
    readonly mode: 'enforcing' | 'permissive' | 'disabled';
    readonly searchRegistries: string | undefined;
    readonly aliases: Readonly<Record<string, string>>;
  };
}

export interface ExitTarget {
  readonly containerId: string;
  readonly sessionId: string | undefined;
  /** While this file exists there is something to clean up. */
  readonly marker: string;
  /** Held (flock) by a process that promised to clean up; the command waits for it and then looks at the marker again. */
  readonly attendedLock: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type Log = (level: LogLevel, message: string) => void;
