import type { Resources } from '../oci/spec.ts';

/** Namespaces that the containers of a pod can share, in the words of `--share`. `mnt` can be asked for and is shared by nothing. */
export type SharedNamespace = 'cgroup' | 'ipc' | 'net' | 'pid' | 'user' | 'uts';

/** What happens to a pod when the last of its containers but the infra container has ended. */
export type PodExitPolicy = 'continue' | 'stop';

/** What a pod was made with. Written once, at creation, and never changed. */
export interface PodConfig {
  /** 64 lower-case hexadecimal digits. */
  readonly id: string;
  /** Unique among pods and containers, `[a-zA-Z0-9][a-zA-Z0-9_.-]*`. */
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Host name of the containers that share `uts`; empty: the pod's name. */
  readonly hostname: string;
  /** The container that holds the shared namespaces; undefined: there is none. */
  readonly infraId: string | undefined;
  readonly sharedNamespaces: readonly SharedNamespace[];
  readonly exitPolicy: PodExitPolicy;
  /** The cgroup below which the pod's own is made. */
  readonly cgroupParent: string;
  /** The pod's own cgroup, below which those of its containers are; undefined: they are where they would be without the pod. */
  readonly cgroupPath: string | undefined;
  /** The options that it was made with, as they were given, for clones. Undefined: made by a version that did not keep them. */
  readonly request?: object | undefined;
  /** Limits of the pod's own cgroup, which hold for its containers together; undefined: none. */
  readonly resources?: Resources | undefined;
  /** The command line that made the pod, for `inspect`; empty for a library caller. */
  readonly createCommand: readonly string[];
}
