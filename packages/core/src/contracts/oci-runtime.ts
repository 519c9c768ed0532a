import type { Usability } from './usability.ts';

/**
 * One OCI runtime executable. It is a thin wrapper: it does not decide whether a verb makes sense, the core does.
 *
 * `create` and `exec` are run by the monitor, so the runtime only says with which arguments. Signals are numbers. An unknown
 * container is a `NotFoundError` `no-such-container` from every verb but `delete`, which is idempotent; any other failure is a
 * `RuntimeFailedError` whose message is the runtime's own, whatever its log format.
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

  /** First line of the executable's own version text, and the number in it. */
  version(): Promise<{ readonly version: string; readonly text: string }>;

  /** Arguments for the monitor. Pure. */
  commandLine(options: RuntimeCommandOptions): RuntimeCommandLine;

  /** @throws {NotFoundError} `no-such-container` */
  state(id: string): Promise<RuntimeState>;
  start(id: string): Promise<void>;
  /** @param all to every process of the container, not only the first. Default: false. */
  kill(id: string, signal: number, options?: { readonly all?: boolean }): Promise<void>;
  /** Ends what is left of it and removes its runtime state and cgroup. Idempotent. */
  delete(id: string): Promise<void>;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
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
  readonly checkpoint: boolean;
  /** Can have systemd make the container's cgroup. */
  readonly systemdCgroups: boolean;
}

export interface RuntimeCommandOptions {
  /** Where the runtime writes its JSON log; the monitor reads the error text from there. */
  readonly logPath: string;
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
