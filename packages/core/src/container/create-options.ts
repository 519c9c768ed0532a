import type { ChosenNamespace, LogDriver, NamespaceMode, NetworkMode, RestartPolicy } from './config.ts';

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
  /** Default: the pod's where the pod shares it, else `private`, a namespace with nothing but loopback. */
  readonly network?: NetworkMode | undefined;
  /** Default: the pod's where the pod shares them, else private, but for `cgroup` with cgroup v1: the host's. */
  readonly namespaces?: Readonly<Partial<Record<ChosenNamespace, NamespaceMode>>> | undefined;
  /** Name or id of the pod that it joins. */
  readonly pod?: string | undefined;
  /** Run it to its end before the other containers of its pod start. */
  readonly initContainer?: 'once' | 'always' | undefined;
  /** Names or ids of containers that are started before it, and kept as long as it is there. */
  readonly requires?: readonly string[] | undefined;
  readonly readOnly?: boolean | undefined;
  readonly privileged?: boolean | undefined;
  /** Names as `SYS_ADMIN`, `cap_sys_admin` or `all`. */
  readonly capAdd?: readonly string[] | undefined;
  readonly capDrop?: readonly string[] | undefined;
  readonly mounts?: readonly MountRequest[] | undefined;
  /** Name or number. Default: the image's, else SIGTERM. */
  readonly stopSignal?: string | undefined;
  /** Seconds. Default: the configuration's, 10. */
  readonly stopTimeout?: number | undefined;
  /** Run an init process that forwards signals and reaps. Default: the configuration's. */
  readonly init?: boolean | undefined;
  readonly logDriver?: LogDriver | undefined;
  /** `path`, `max-size` (as `10m`; the log then begins anew when it is full, and nothing older is kept), `tag`. */
  readonly logOptions?: Readonly<Record<string, string>> | undefined;
  /** Remove the container when it exits. Default: false. */
  readonly autoRemove?: boolean | undefined;
  /** What happens when its process ends by itself. Default: nothing. `always` and `unless-stopped` conflict with `autoRemove`. */
  readonly restartPolicy?: RestartPolicy | undefined;
  /** Host file that gets the pid of the container's process at each start. */
  readonly pidFile?: string | undefined;
  /** Host file that holds the container's id; recorded for `inspect` and removed with the container by the command line. */
  readonly cidFile?: string | undefined;
  /** Default: the configuration's, `/libpod_parent` without systemd. */
  readonly cgroupParent?: string | undefined;
  /** Name of an OCI runtime or storage of this `Runtime`. Default: its own choice. */
  readonly runtime?: string | undefined;
  readonly storage?: string | undefined;
  /** For `inspect`. */
  readonly createCommand?: readonly string[] | undefined;
}

export type MountRequest =
  | {
      readonly type: 'bind';
      readonly source: string;
      readonly destination: string;
      readonly options?: readonly string[] | undefined;
    }
  | { readonly type: 'tmpfs'; readonly destination: string; readonly options?: readonly string[] | undefined };
