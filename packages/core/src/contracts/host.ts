import type { ProcessIdentity } from '../container/state.ts';
import type { Owner } from '../isolation/id-maps.ts';
import type { Device, Resources } from '../oci/spec.ts';

/** The machine below the engine: what the core needs of it and nothing more. */
export interface Host {
  readonly specVersion: 'v1';

  /** Facts that don't change while the process runs; looked up once, on first use. */
  facts(): Promise<HostFacts>;

  /** Bytes that nothing uses just now. */
  freeMemory(): Promise<{ readonly memory: number; readonly swap: number }>;

  /** The installed packages that files are from, with version and architecture, by the files' paths, as far as that is known. */
  packagesOf(paths: readonly string[]): Promise<ReadonlyMap<string, string>>;

  /**
   * The content of a file below `root`, with every symlink resolved as if `root` were `/` (openat2's RESOLVE_IN_ROOT): nothing in
   * the tree can lead outside. Undefined when there is no such regular file.
   * @param limit bytes at most; more is an error. Default: 16 MiB.
   */
  readFileInRoot(root: string, path: string, limit?: number): Promise<Uint8Array | undefined>;

  /** Appends to a regular file below `root`, resolved likewise. @throws {NotFoundError} `no-such-file` when there is none. */
  appendFileInRoot(root: string, path: string, text: string): Promise<void>;
  /**
   * Makes a symlink at `path` below `root`, whose directory is resolved likewise, and made where only that is missing. What is there already
   * stays; where there can be no such directory nothing happens.
   */
  linkInRoot(root: string, path: string, target: string, owner: Owner): Promise<void>;
  /** What is at `path` below `root`, resolved likewise. */
  statInRoot(root: string, path: string): Promise<'file' | 'directory' | 'other' | undefined>;

  /** mount(2). @throws {UnavailableError} or a system error with `code` and `syscall`. */
  mount(mount: HostMount): Promise<void>;
  /** umount2(2) with MNT_DETACH. Not mounted, or not there, is success. */
  unmount(target: string): Promise<void>;
  /** Mounts at `target` what that process has mounted at `path`, in whichever mount namespace it is. @throws a system error with `code` and `syscall`. */
  cloneMount(process: ProcessIdentity, path: string, target: string): Promise<void>;
  isMountPoint(path: string): Promise<boolean>;
  /** Gives a file or a whole tree to a user and a group. Symlinks on the way are followed, those in the tree are not. */
  changeOwner(path: string, uid: number, gid: number): Promise<void>;

  /** The identity of a running process, or undefined when there is none (a zombie counts as none). */
  processIdentity(pid: number): ProcessIdentity | undefined;
  /** Whether exactly that process still runs. */
  isRunning(process: ProcessIdentity): boolean;
  /** kill(2) of exactly that process; false when it is gone already. */
  signal(process: ProcessIdentity, signal: number): boolean;
  /** SIGKILL for exactly that process and for all that descend from it, none of which gets away by forking. */
  killTree(process: ProcessIdentity): void;
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

  /** Sends a datagram to a Unix socket, by its path, or by its name behind a `@`. Rejects with the kernel's error when nobody takes it. */
  sendDatagram(socket: string, text: string): Promise<void>;
  /**
   * Moves the processes of this process's own cgroup into `runtime` below it, so that there can be others beside that, and answers the path
   * of that cgroup. Idempotent.
   * @throws {UnavailableError} `no-own-cgroup` in the root cgroup.
   */
  splitCgroup(): Promise<string>;
  /** Removes a cgroup that has no processes, in every hierarchy. Not there is success; busy is left alone. */
  removeCgroup(path: string): Promise<void>;
  /**
   * Kills all processes of a cgroup and of those below it, waits for their end and removes these cgroups. Not there is success.
   * @throws {RuntimeFailedError} `cgroup-immortal` when they do not end within 10 s.
   */
  endCgroup(path: string): Promise<void>;

  /** Lets the processes of a frozen cgroup go on, in every hierarchy. Not there, and not frozen, is success. */
  thawCgroup(path: string): Promise<void>;

  /** What the kernel and the mounted cgroups can limit; looked up once, on first use. */
  limitSupport(): Promise<LimitSupport>;
  /** Makes a cgroup where it is missing and sets limits of it; what is left out stays as it is. @throws a system error with `code` and `path`. */
  limitCgroup(path: string, resources: Resources): Promise<void>;
  /** What a cgroup uses now. @throws {NotFoundError} `no-such-cgroup` when no hierarchy has it. `path` as for `placeInCgroup`. */
  cgroupUsage(path: string): Promise<CgroupUsage>;

  /** Bytes received and sent by a process's network namespace, but for loopback; undefined when the process is gone. */
  networkUsage(process: ProcessIdentity): Promise<NetworkUsage | undefined>;
  /**
   * The processes that a process can see: those of its process namespace; where that is this process's own, those of its cgroup.
   * In the order of their pids. Empty when it is gone.
   */
  processesBeside(process: ProcessIdentity): Promise<readonly ProcessDetails[]>;

  /** Of the device node at a path; undefined when there is none. */
  deviceNumbers(path: string): Promise<{ readonly major: number; readonly minor: number } | undefined>;

  /** Every device node of the host that a privileged container gets, as podman lists them. */
  devices(): Promise<readonly Device[]>;
  /**
   * What there is at a path of the host, symlinks followed: one device (`below` is empty), those below a directory, something else, or
   * nothing (undefined).
   */
  devicesAt(path: string): Promise<HostDevices | undefined>;
  /** Names of the AppArmor profiles that the kernel has loaded; none where there is no AppArmor. */
  apparmorProfiles(): Promise<readonly string[]>;
  /**
   * Has the kernel load an AppArmor profile, in place of one of that name.
   * @throws {UnavailableError} `apparmor-refused` with what apparmor_parser(8) says.
   */
  loadApparmorProfile(text: string): Promise<void>;
  /** The labels that the SELinux policy has for containers; undefined where it has none, or there is no SELinux. */
  selinuxContexts(): Promise<SelinuxContexts | undefined>;
  /** Gives a file, or a directory with all that is below it, an SELinux label. Symlinks below it are labelled, not followed. @throws a system error with `code` and `path`. */
  labelFiles(path: string, label: string): Promise<void>;
  /** Soft and hard limits of this process by OCI name (`RLIMIT_NOFILE`). Infinity is `RLIM_INFINITY`, 2^64-1 as a number. */
  limits(): ReadonlyMap<string, { readonly soft: number; readonly hard: number }>;
}

/** `USER:ROLE:TYPE:LEVEL` each. */
export interface SelinuxContexts {
  readonly process: string;
  readonly file: string;
  /** Of a process that is an init system; undefined: as any other. */
  readonly initProcess?: string | undefined;
}

export type HostDevices =
  | { readonly kind: 'other' }
  | {
      readonly kind: 'device' | 'directory';
      /** `below`: the path under the directory. */
      readonly devices: readonly (Device & { readonly below: string })[];
    };

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
  /** The kernel confines by AppArmor, and profiles can be loaded. */
  readonly apparmor: boolean;
  readonly selinux: boolean;
  readonly systemd: boolean;
  /** Capabilities of the bounding set, `CAP_CHOWN` and so on. */
  readonly boundingCapabilities: readonly string[];
  /** `ID`, `VERSION_ID` and `VERSION_CODENAME` of os-release. */
  readonly distribution: { readonly id: string; readonly version: string; readonly codename: string };
}

/** Whether each limit can be set here. Where cgroup v2 has no such limit, it can't. */
export interface LimitSupport {
  readonly memory: boolean;
  readonly swap: boolean;
  readonly memoryReservation: boolean;
  readonly swappiness: boolean;
  readonly oomKillDisable: boolean;
  readonly pids: boolean;
  readonly cpuShares: boolean;
  readonly cpuQuota: boolean;
  readonly cpuset: boolean;
  /** CPUs and memory nodes that a container can get, as the kernel lists them; empty: not known. */
  readonly cpus: string;
  readonly mems: string;
  readonly blockIoWeight: boolean;
  readonly blockIoWeightDevice: boolean;
  readonly blockIoThrottle: boolean;
  /** Files of cgroup v2 can be written. */
  readonly unified: boolean;
}

/** Bytes and nanoseconds. What its hierarchy does not tell is 0. */
export interface CgroupUsage {
  /** CPU time since the cgroup was made: all of it, and what the kernel took of it. */
  readonly cpu: number;
  readonly cpuKernel: number;
  /** By CPU; empty with cgroup v2. */
  readonly perCpu: readonly number[];
  /** With page cache, as podman counts it. */
  readonly memory: number;
  /** Undefined: none. */
  readonly memoryLimit: number | undefined;
  /** From and to block devices, since the cgroup was made. */
  readonly blockRead: number;
  readonly blockWritten: number;
  /** Processes and threads. */
  readonly pids: number;
}

export interface NetworkUsage {
  readonly received: number;
  readonly sent: number;
}

/** A process as /proc shows it. Ids are those of its own namespaces unless they are named `host…`. */
export interface ProcessDetails {
  readonly pid: number;
  readonly hostPid: number;
  /** 0: its parent is outside of its namespace. */
  readonly parent: number;
  readonly processGroup: number;
  /** Real and effective, and every group besides, as the host numbers them. */
  readonly hostUser: { readonly real: number; readonly effective: number };
  readonly hostGroup: { readonly real: number; readonly effective: number; readonly others: readonly number[] };
  /** The same in its user namespace. */
  readonly user: { readonly real: number; readonly effective: number };
  readonly group: { readonly real: number; readonly effective: number; readonly others: readonly number[] };
  /** Bit n is capability n. */
  readonly capabilities: Readonly<Record<'ambient' | 'bounding' | 'effective' | 'inheritable' | 'permitted', bigint>>;
  /** Of the last capability that this kernel knows. */
  readonly lastCapability: number;
  readonly seccomp: 'disabled' | 'strict' | 'filter';
  /** Of a security module; empty: none. */
  readonly label: string;
  readonly name: string;
  /** Empty: of the kernel, or a zombie. */
  readonly argv: readonly string[];
  /** One letter, see proc(5). */
  readonly state: string;
  readonly nice: number;
  /** `pts/0`, `tty1`; empty: none. */
  readonly terminal: string;
  /** Nanoseconds: CPU time that it used, and time since it was started. */
  readonly cpu: number;
  readonly elapsed: number;
  /** Bytes. */
  readonly virtualMemory: number;
  readonly residentMemory: number;
}

export interface HostMount {
  readonly source: string;
  readonly target: string;
  /** Empty for a bind mount. */
  readonly type: string;
  /** Words as in fstab; those that are flags become flags. */
  readonly options: readonly string[];
}
