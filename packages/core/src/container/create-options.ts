import type { HealthCheckOptions, HealthFailureAction } from '../health/config.ts';
import type { IsolationOptions } from '../isolation/options.ts';
import type { ImageVolumeMode, MountRequest } from '../mounts/requests.ts';
import type { NetworkingOptions } from '../network/options.ts';
import type { ResourceOptions } from '../resources/options.ts';
import type { SecretRequest } from '../secrets/requests.ts';
import type { ChosenNamespace, LogDriver, NamespaceMode, NetworkMode, RestartPolicy } from './config.ts';
import type { NotifyOptions } from './notify.ts';

/** What a caller may say about a new container. Everything but the root filesystem has a default, podman's where it has one. */
export interface CreateContainerOptions {
  /** An image in the store, or a directory of the caller's. */
  readonly rootfs: { readonly image: string } | { readonly directory: string; readonly overlay?: boolean | undefined };
  /** Unique; default: a generated one. */
  readonly name?: string | undefined;
  /** Arguments after the entrypoint. Default: the image's command, unless `entrypoint` is given. */
  readonly command?: readonly string[] | undefined;
  /** Replaces the image's entrypoint; an empty list means none. */
  readonly entrypoint?: readonly string[] | undefined;
  /** Added to, and winning over, the image's and the configuration's. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** `user[:group]`, names or ids, resolved inside the container. Default: the image's, else root. */
  readonly user?: string | undefined;
  /** Absolute. Default: the image's, else `/`. */
  readonly workingDirectory?: string | undefined;
  /** Default: the first 12 digits of the id; with network `host`, the host's. */
  readonly hostname?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Give the process a terminal. Default: false. */
  readonly terminal?: boolean | undefined;
  /** Keep stdin open. Default: false. */
  readonly stdin?: boolean | undefined;
  /** Default: the pod's where the pod shares it, else the configuration's, `bridge`: it is in the default network. */
  readonly network?: NetworkMode | undefined;
  /** Networks, addresses, ports, names. */
  readonly networking?: NetworkingOptions | undefined;
  /** Default: the pod's where the pod shares them, else private, but for `cgroup` with cgroup v1: the host's. */
  readonly namespaces?: Readonly<Partial<Record<ChosenNamespace, NamespaceMode>>> | undefined;
  /** Name or id of the pod that it joins. */
  readonly pod?: string | undefined;
  /** Run it to its end before the other containers of its pod start. */
  readonly initContainer?: 'once' | 'always' | undefined;
  /** Names or ids of containers that are started before it, and kept as long as it is there. */
  readonly requires?: readonly string[] | undefined;
  readonly readOnly?: boolean | undefined;
  /** With `readOnly`: /run, /tmp and /var/tmp can be written to, in memory. Default: true. */
  readonly readOnlyTmpfs?: boolean | undefined;
  readonly privileged?: boolean | undefined;
  /** Names as `SYS_ADMIN`, `cap_sys_admin` or `all`. */
  readonly capAdd?: readonly string[] | undefined;
  readonly capDrop?: readonly string[] | undefined;
  /** Devices, kernel parameters, security, users, environment of the engine: what is rarely given. */
  readonly isolation?: IsolationOptions | undefined;
  readonly mounts?: readonly MountRequest[] | undefined;
  /** `CONTAINER[:OPTIONS]`: takes over the mounts of these, options being `ro`, `rw` and `z`. */
  readonly volumesFrom?: readonly string[] | undefined;
  /** Default: `bind`. */
  readonly imageVolumes?: ImageVolumeMode | undefined;
  /** Secrets of the store that it gets as files, or as variables. */
  readonly secrets?: readonly SecretRequest[] | undefined;
  /** Name or number. Default: the image's, else SIGTERM. */
  readonly stopSignal?: string | undefined;
  /** Seconds. Default: the configuration's, 10. */
  readonly stopTimeout?: number | undefined;
  /** Run an init process that forwards signals and reaps. Default: the configuration's. */
  readonly init?: boolean | undefined;
  readonly logDriver?: LogDriver | undefined;
  /** `path`, `max-size` (as `10m`: the log then begins anew when it is full), `max-file` (of how many such files it consists; default: 1), `tag`. */
  readonly logOptions?: Readonly<Record<string, string>> | undefined;
  /** Remove the container when it exits. Default: false. */
  readonly autoRemove?: boolean | undefined;
  /** What happens when its process ends by itself. Default: nothing. `always` and `unless-stopped` conflict with `autoRemove`. */
  readonly restartPolicy?: RestartPolicy | undefined;
  /** Seconds after which its process is killed, with -1 as its exit code. Default: none; 0: none. */
  readonly timeLimit?: number | undefined;
  /** Who tells the service manager that it is ready, and where. Default: its process, and nobody waits. */
  readonly notify?: NotifyOptions | undefined;
  /** How its health is checked. Default: as the image says. */
  readonly healthCheck?: HealthCheckOptions | undefined;
  /** What is done when it is unhealthy. Default: nothing. */
  readonly healthFailureAction?: HealthFailureAction | undefined;
  /** Host file that gets the pid of the container's process at each start. */
  readonly pidFile?: string | undefined;
  /** Host file that holds the container's id; recorded for `inspect` and removed with the container by the command line. */
  readonly cidFile?: string | undefined;
  /** How much of the machine it may use. Default: the configuration's limit of processes. */
  readonly resources?: ResourceOptions | undefined;
  /** `nofile=1024:2048` and the like; `host`: those of the engine's own process. Default: the configuration's. */
  readonly ulimits?: readonly string[] | undefined;
  /** Bytes of /dev/shm; 0: no limit. Default: the configuration's, 65,536,000. */
  readonly shmSize?: number | undefined;
  /** -1000 to 1000: how gladly the kernel ends its processes when memory runs out. Default: the engine's own. */
  readonly oomScoreAdj?: number | undefined;
  /** Devices that its processes may use, `c 1:3 rwm`; a privileged container may use all. */
  readonly deviceCgroupRules?: readonly string[] | undefined;
  /**
   * `disabled`: no cgroup is made; `no-conmon`: the monitor stays in the engine's; `split`: that one is divided at the start, for the
   * container and for the monitor, as units of systemd want it. Default: `enabled`.
   */
  readonly cgroups?: 'enabled' | 'disabled' | 'no-conmon' | 'split' | undefined;
  /** Default: the configuration's, `/libpod_parent` without systemd. */
  readonly cgroupParent?: string | undefined;
  /** Name of an OCI runtime or storage of this `Runtime`. Default: its own choice. */
  readonly runtime?: string | undefined;
  readonly storage?: string | undefined;
  /** For `inspect`. */
  readonly createCommand?: readonly string[] | undefined;
}
