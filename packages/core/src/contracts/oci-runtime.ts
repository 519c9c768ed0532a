import type { Resources } from '../oci/spec.ts';
import type { Usability } from './usability.ts';

/**
 * One OCI runtime executable. It is a thin wrapper: it does not decide whether a verb makes sense, the core does.
 *
 * `create` and `exec` are run by the monitor, so the runtime only says with which arguments. Signals are numbers. An unknown
 * container is a `NotFoundError` `no-such-container` from every verb but `delete`, which is idempotent; one whose record the runtime can't read
 * is a `CorruptError` `damaged-runtime-state` with the path of it, where that can be told; any other failure is a `RuntimeFailedError`
 * whose message is the runtime's own, whatever its log format.
 */
export interface OciRuntime {
  readonly specVersion: 'v1';
  /** Short name that flags and configuration use, e.g. `crun`. */
  readonly name: string;
  /** Absolute path of the executable. */
  readonly path: string;
  readonly capabilities: OciRuntimeCapabilities;
  /** Only a runtime that can be spared compiling a seccomp profile that it compiled before. Default: none. */
  readonly compiledSeccomp?: CompiledSeccomp | undefined;

  probe(): Promise<Usability>;

  /** The executable's own version text, and the number in its first line. */
  version(): Promise<{ readonly version: string; readonly text: string }>;

  /** Arguments for the monitor. Pure. */
  commandLine(options: RuntimeCommandOptions): RuntimeCommandLine;

  /** @throws {NotFoundError} `no-such-container` */
  state(id: string): Promise<RuntimeState>;
  start(id: string): Promise<void>;
  /** @param all to every process of the container, not only the first. Default: false. */
  kill(id: string, signal: number, options?: { readonly all?: boolean }): Promise<void>;
  /**
   * Ends what is left of it and removes its runtime state and cgroup. Idempotent.
   * @param discardDamaged also remove a record that can't be read; the caller has ended the container's processes. Default: false.
   */
  delete(id: string, options?: { readonly discardDamaged?: boolean }): Promise<void>;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  /** Sets limits of a container that is created, running or paused; what is left out stays as it is, and -1 lifts a limit. */
  update(id: string, resources: Resources): Promise<void>;

  /**
   * Where `capabilities.checkpoint`: whether processes can be written to files and brought back here. Looks, changes nothing.
   * @param needs `memoryTracking`: for what `preDump` and `parentPath` do.
   */
  checkpointUsability?(needs?: { readonly memoryTracking?: boolean }): Promise<Usability>;
  /**
   * Where `capabilities.checkpoint`: writes the memory and everything else of a running container's processes to files, and ends them unless
   * the request says otherwise. After a failure they run on. The monitor brings them back, see `MonitorCreateRequest.restore`.
   */
  checkpoint?(id: string, request: CheckpointRequest): Promise<void>;
}

export interface CheckpointRequest {
  /** Directory for the files. Made if need be. */
  readonly imagePath: string;
  /** Directory for logs and statistics, `dump.log` and `stats-dump`. */
  readonly workPath: string;
  /** What an earlier `preDump` wrote, as a path that begins at `imagePath`: memory that has not changed since is not written again. */
  readonly parentPath?: string | undefined;
  /** Write memory only, and let the processes run on. Default: false. */
  readonly preDump?: boolean | undefined;
  /** Let the processes run on. Default: false. */
  readonly leaveRunning?: boolean | undefined;
  /** Also with TCP connections that stand; otherwise that is a failure. Default: false. */
  readonly tcpEstablished?: boolean | undefined;
  /** Likewise with locks on files. Default: false. */
  readonly fileLocks?: boolean | undefined;
}

/**
 * How to get at the filter that a runtime compiles of a seccomp profile, and how to hand it back. Compiling podman's default profile
 * takes crun 11 ms, a third of its `create`.
 */
export interface CompiledSeccomp {
  /** Annotation whose value, the filter in base64, is used in place of the profile. */
  readonly annotation: string;
  /** The file in which the runtime keeps the filter of a container that it has created. */
  path(id: string): string;
}

export interface OciRuntimeCapabilities {
  /** SIGKILL to a paused container ends it at once on cgroup v1; otherwise it must be resumed first. */
  readonly killsPaused: boolean;
  /** Takes signals for a paused container, which get to it when it is resumed; otherwise `kill` of one fails. Default: true. */
  readonly signalsPaused?: boolean | undefined;
  /** Can run containers with cgroups disabled. */
  readonly noCgroups: boolean;
  /** Has `checkpoint` and `restore`, where the machine has what they need. */
  readonly checkpoint: boolean;
  /** Can change limits of a container that exists. Default: true. */
  readonly update?: boolean | undefined;
  /** `update` of a container that runs can change weights and rates of single block devices. Default: true. */
  readonly updatesBlockDevices?: boolean | undefined;
  /** Can have systemd make the container's cgroup. */
  readonly systemdCgroups: boolean;
  /** Knows `idmap` among the options of a mount. Default: false, and it would do nothing. */
  readonly mapsMounts?: boolean | undefined;
}

export interface RuntimeCommandOptions {
  /** Where the runtime writes its JSON log; the monitor reads the error text from there. */
  readonly logPath: string;
  /** Make no cgroup; only for a runtime whose capabilities allow it. Default: false. */
  readonly noCgroup?: boolean | undefined;
}

export interface RuntimeCommandLine {
  /** Absolute path. */
  readonly executable: string;
  /** Before the verb: `--root`, `--log`, `--systemd-cgroup` and the like. */
  readonly globalArguments: readonly string[];
  /** Where these arguments make the runtime write its log; the monitor looks there for the reason of a failure. */
  readonly logPath?: string | undefined;
}

export interface RuntimeState {
  readonly id: string;
  readonly status: 'creating' | 'created' | 'running' | 'paused' | 'stopped';
  /** 0 when there is no process. */
  readonly pid: number;
  readonly bundle: string;
}
