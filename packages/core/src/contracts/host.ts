import type { ProcessIdentity } from '../container/state.ts';
import type { Device } from '../oci/spec.ts';

/** The machine below the engine: what the core needs of it and nothing more. */
export interface Host {
  readonly specVersion: 'v1';

  /** Facts that don't change while the process runs; looked up once, on first use. */
  facts(): Promise<HostFacts>;

  /**
   * The content of a file below `root`, with every symlink resolved as if `root` were `/` (openat2's RESOLVE_IN_ROOT): nothing in
   * the tree can lead outside. Undefined when there is no such regular file.
   * @param limit bytes at most; more is an error. Default: 16 MiB.
   */
  readFileInRoot(root: string, path: string, limit?: number): Promise<Uint8Array | undefined>;

  /** What is at `path` below `root`, resolved likewise. */
  statInRoot(root: string, path: string): Promise<'file' | 'directory' | 'other' | undefined>;

  /** mount(2). @throws {UnavailableError} or a system error with `code` and `syscall`. */
  mount(mount: HostMount): Promise<void>;
  /** umount2(2) with MNT_DETACH. Not mounted, or not there, is success. */
  unmount(target: string): Promise<void>;
  /** Mounts at `target` what that process has mounted at `path`, in whichever mount namespace it is. @throws a system error with `code` and `syscall`. */
  cloneMount(process: ProcessIdentity, path: string, target: string): Promise<void>;
  isMountPoint(path: string): Promise<boolean>;

  /** The identity of a running process, or undefined when there is none (a zombie counts as none). */
  processIdentity(pid: number): ProcessIdentity | undefined;
  /** Whether exactly that process still runs. */
  isRunning(process: ProcessIdentity): boolean;
  /** kill(2) of exactly that process; false when it is gone already. */
  signal(process: ProcessIdentity, signal: number): boolean;
  /** Resolves when the process is gone (pidfd where the kernel has it). */
  waitGone(process: ProcessIdentity, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;

  /**
   * Says that processes are about to be moved between cgroups, by this process or by programs that it starts. The kernel lets the first
   * move after a while wait for every CPU, 10 to 20 ms, and those right behind it not: where it can, the host begins that wait now,
   * in the background. Answers at once; changes nothing.
   */
  expectCgroupMoves(): void;

  /** Puts a process into a cgroup below every mounted hierarchy, making the cgroup when it is missing. `path` as in the OCI spec, e.g. `/libpod_parent/conmon`. */
  placeInCgroup(path: string, pid: number): Promise<void>;
  /**
   * Has systemd make a scope unit around a process, below a slice. systemd removes it with its last process.
   * @throws {UnavailableError} `no-systemd` when it can't be asked; {NotFoundError} `no-such-process` when the process is gone.
   */
  placeInScope(scope: SystemdScope, pid: number): Promise<void>;
  /** Removes a cgroup that has no processes, in every hierarchy. Not there is success; busy is left alone. */
  removeCgroup(path: string): Promise<void>;

  /** Every device node of the host that a privileged container gets, as podman lists them. */
  devices(): Promise<readonly Device[]>;
  /** Soft and hard limits of this process by OCI name (`RLIMIT_NOFILE`). Infinity is `RLIM_INFINITY`, 2^64-1 as a number. */
  limits(): ReadonlyMap<string, { readonly soft: number; readonly hard: number }>;
}

export interface SystemdScope {
  /** With its ending, e.g. `libpod-conmon-4f5e.scope`. */
  readonly name: string;
  /** e.g. `machine.slice`. */
  readonly slice: string;
}

export interface HostFacts {
  readonly cgroupVersion: 1 | 2;
  /** v1 with a cgroup2 mount beside it. */
  readonly cgroupHybrid: boolean;
  /** Controllers that the cgroup2 mount of a hybrid layout still holds; crun refuses to work while there are some. */
  readonly hybridControllers: readonly string[];
  readonly cgroupControllers: readonly string[];
  readonly kernel: string;
  /** `x64` → `amd64` and so on: the OCI name. */
  readonly architecture: string;
  readonly hostname: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly swap: number;
  readonly rootless: boolean;
  readonly seccomp: boolean;
  readonly apparmor: boolean;
  readonly selinux: boolean;
  readonly systemd: boolean;
  /** Capabilities of the bounding set, `CAP_CHOWN` and so on. */
  readonly boundingCapabilities: readonly string[];
  /** `ID` and `VERSION_ID` of os-release. */
  readonly distribution: { readonly id: string; readonly version: string };
}

export interface HostMount {
  readonly source: string;
  readonly target: string;
  /** Empty for a bind mount. */
  readonly type: string;
  /** Words as in fstab; those that are flags become flags. */
  readonly options: readonly string[];
}
