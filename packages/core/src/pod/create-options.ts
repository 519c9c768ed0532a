import type { NetworkMode } from '../container/config.ts';
import type { PodExitPolicy, SharedNamespace } from './config.ts';

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
  /** Of the infra container. Default: `private`. */
  readonly network?: NetworkMode | undefined;
  readonly exitPolicy?: PodExitPolicy | undefined;
  /** Default: the configuration's. */
  readonly cgroupParent?: string | undefined;
  /** For `inspect`. */
  readonly createCommand?: readonly string[] | undefined;
}
