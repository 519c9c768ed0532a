import type { NamespaceMode, NetworkMode } from '../container/config.ts';
import type { IsolationOptions } from '../isolation/options.ts';
import type { MountRequest } from '../mounts/requests.ts';
import type { NetworkingOptions } from '../network/options.ts';
import type { ResourceOptions } from '../resources/options.ts';
import type { PodExitPolicy, SharedNamespace } from './config.ts';

/** What of the isolation of a pod can be said. */
export type PodIsolationOptions = Pick<
  IsolationOptions,
  'idMaps' | 'security' | 'devices' | 'cdiDevices' | 'sysctls' | 'monitorPidFile'
>;

/** What a caller may say about a new pod. Everything has a default, podman's. */
export interface CreatePodOptions {
  /** Unique among pods and containers; default: a generated one. */
  readonly name?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Default: the pod's name. */
  readonly hostname?: string | undefined;
  /** Whether a container holds the shared namespaces. Default: true. */
  readonly infra?: boolean | undefined;
  /** Default: the first 12 digits of the pod's id and `-infra`. */
  readonly infraName?: string | undefined;
  /** Default: a built-in root filesystem. */
  readonly infraImage?: string | undefined;
  readonly infraCommand?: readonly string[] | undefined;
  /** Default: `ipc`, `net` and `uts`; nothing without infra container. */
  readonly share?: readonly SharedNamespace[] | undefined;
  /** Put the containers below a cgroup of the pod's. Default: true with an infra container. */
  readonly shareCgroupParent?: boolean | undefined;
  /** Of the infra container. Default: the configuration's, as for containers. */
  readonly network?: NetworkMode | undefined;
  /** Of the infra container, and so of all that share its network: networks, ports, names. */
  readonly networking?: NetworkingOptions | undefined;
  /** Namespaces of the infra container, and so of all that share them. A user namespace that is not the host's is always shared. */
  readonly namespaces?: Readonly<Partial<Record<'pid' | 'user' | 'uts', NamespaceMode>>> | undefined;
  /**
   * Of the infra container. Its containers get the user namespace; the devices, unless they name their own; and of `security` what they say
   * nothing of: the seccomp and AppArmor profiles, the SELinux labels, no new privileges.
   */
  readonly isolation?: PodIsolationOptions | undefined;
  /** What every one of its containers has mounted, where it does not mount something else. */
  readonly mounts?: readonly MountRequest[] | undefined;
  /** As for containers: what these mount. */
  readonly volumesFrom?: readonly string[] | undefined;
  readonly exitPolicy?: PodExitPolicy | undefined;
  /** Default: the configuration's. */
  readonly cgroupParent?: string | undefined;
  /** How much of the machine its containers may use together. Needs a cgroup of the pod's own. */
  readonly resources?: ResourceOptions | undefined;
  /** Bytes of the /dev/shm that the containers share. Default: the configuration's. */
  readonly shmSize?: number | undefined;
  /** For `inspect`. */
  readonly createCommand?: readonly string[] | undefined;
}
