import type { LogEntry } from '../log-lines.ts';
import type { RuntimeCommandLine } from './oci-runtime.ts';
import type { Usability } from './usability.ts';

/**
 * Runs containers and exec sessions under supervision: something that outlives this process, keeps the process's streams and
 * log, writes down the exit code and runs the exit command.
 *
 * A container's life: `create` (the OCI runtime's create has succeeded when it resolves) → `attach` any number of times →
 * the core starts it through the runtime → `waitExit`. Attach before start: earlier output is not replayed.
 */
export interface ContainerMonitor {
  readonly specVersion: 'v1';
  /** Short name, e.g. `conmon`. */
  readonly name: string;
  /** Absolute path of the executable. */
  readonly path: string;

  probe(): Promise<Usability>;
  version(): Promise<{ readonly version: string; readonly text: string }>;

  /**
   * Starts the monitor, which runs the runtime's create.
   * @throws {RuntimeFailedError} with the runtime's own message when create failed. Whatever the runtime left is removed by the core (`OciRuntime.delete`).
   */
  create(request: MonitorCreateRequest): Promise<MonitoredProcess>;

  /**
   * Runs one more process in a running container. `attach.onOutput` gets everything from the first byte on, because the client
   * is connected before the process starts.
   * @throws {RuntimeFailedError} with the runtime's own message.
   */
  exec(request: MonitorExecRequest): Promise<MonitoredExec>;

  /**
   * Connects to the streams of a container or exec session.
   * @throws {NotFoundError} `not-attachable` when there is no monitor to attach to (any more).
   */
  attach(paths: MonitorPaths, client: AttachClient): Promise<AttachConnection>;

  /** Tells the terminal's new size. No effect without a terminal. @throws {NotFoundError} `not-attachable` when the monitor is gone. */
  resize(paths: MonitorPaths, size: TerminalSize): Promise<void>;

  /** The exit status that the monitor wrote down, or undefined while there is none. */
  exitStatus(paths: MonitorPaths): Promise<MonitoredExit | undefined>;

  /**
   * Waits for the exit status. Resolves to undefined when the monitor is gone (killed) without having written one.
   * @throws the signal's reason when aborted.
   */
  waitExit(paths: MonitorPaths, options?: { readonly signal?: AbortSignal | undefined }): Promise<MonitoredExit | undefined>;

  /**
   * Ends whatever of the monitor, and of the runtime's create that it runs, still works at this container: its caller died in the
   * middle. The container itself is the runtime's to delete. Idempotent; resolves when nothing is left.
   */
  abandon(paths: MonitorPaths): Promise<void>;

  /** Whether what containers with the log driver `journald` write gets anywhere here. Left out: the monitor does not have the driver. */
  journalUsability?(): Usability;
  /** What a container with that log driver wrote, oldest first. @throws {UnavailableError} `no-journal-reader`; the signal's reason when aborted. */
  journal?(containerId: string, options?: JournalReadOptions): AsyncIterable<LogEntry>;

  /** Removes the files of an earlier run of the same container, so that a stale exit status is not read. Idempotent. */
  forget(paths: MonitorPaths): Promise<void>;
}

export interface JournalReadOptions {
  /** Begin with the last so many lines. Default: all. */
  readonly tail?: number | undefined;
  /** Go on with what comes until this is aborted, and then to the end of what is there. Default: only what is there. */
  readonly followUntil?: AbortSignal | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where the monitor keeps what belongs to one container or exec session; the core chooses, the monitor fills. */
export interface MonitorPaths {
  /** Container id. */
  readonly id: string;
  /** Exec session id; undefined for the container itself. */
  readonly sessionId?: string | undefined;
  /** Bundle directory (container) or session directory (exec): attach socket, control fifo. */
  readonly bundleDir: string;
  /** Run directory of the container (or session): pid files, runtime log, oom marker. On tmpfs. */
  readonly runDir: string;
  /** Directory in which exit files appear. On tmpfs. */
  readonly exitDir: string;
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** The command that runs when the process has ended and its exit status is written. All paths absolute. */
export interface ExitCommand {
  readonly executable: string;
  readonly arguments: readonly string[];
}

export interface MonitorLog {
  readonly driver: 'k8s-file' | 'journald' | 'none' | 'passthrough';
  readonly path: string;
  readonly sizeMax?: number | undefined;
  /** How many older files are kept beside the log when `sizeMax` makes it begin anew: `PATH.1` is the youngest. Default: none. */
  readonly kept?: number | undefined;
  readonly tag?: string | undefined;
}

export interface MonitorCreateRequest {
  readonly paths: MonitorPaths;
  readonly name: string;
  readonly runtime: RuntimeCommandLine;
  readonly terminal: boolean;
  readonly stdin: boolean;
  readonly log: MonitorLog;
  readonly exitCommand: ExitCommand;
  /** Seconds after which the monitor kills the process; its exit code is -1 then. */
  readonly timeLimit?: number | undefined;
  /**
   * Socket of a service manager, a path or `@name`: the monitor makes one of its own in the directory `notify` of the bundle, which is
   * there, and passes on what it is told there.
   */
  readonly notifySocket?: string | undefined;
  readonly systemdCgroup: boolean;
  /** Descriptors 3 and up for the container's process, in order. */
  readonly inheritedFds?: readonly number[] | undefined;
  /** Descriptors that stay open in the monitor while the container runs, and that the container's process does not get. */
  readonly keptFds?: readonly number[] | undefined;
  /** Complete environment of the monitor, beside what the monitor itself needs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Extra file for the container's pid (`--pidfile`). The monitor's own is in the run directory. */
  readonly noPivot?: boolean | undefined;
  /** In place of create the runtime restores the container from a checkpoint: its processes run when `create` resolves. */
  readonly restore?: MonitorRestore | undefined;
}

export interface MonitorRestore {
  /** Directory that `OciRuntime.checkpoint` wrote. */
  readonly imagePath: string;
  /** As they were given for the checkpoint. Default: false. */
  readonly tcpEstablished?: boolean | undefined;
  readonly fileLocks?: boolean | undefined;
}

export interface MonitorExecRequest
  extends Omit<MonitorCreateRequest, 'log' | 'noPivot' | 'timeLimit' | 'keptFds' | 'notifySocket' | 'restore'> {
  /** The OCI process document, already written. */
  readonly processPath: string;
  /** Present: attach before the process starts. Absent: detached. */
  readonly attach?: AttachClient | undefined;
  /** Size of the terminal at the start; the process document has it as `consoleSize`, too. */
  readonly size?: TerminalSize | undefined;
}

export interface MonitoredProcess {
  /** Of the container's first process, in our pid namespace. */
  readonly pid: number;
  readonly monitorPid: number;
}

export interface MonitoredExec extends MonitoredProcess {
  readonly connection: AttachConnection | undefined;
  /** The exit status, for as long as the caller stays; otherwise read `exitStatus`. */
  readonly exit: Promise<MonitoredExit>;
}

export interface MonitoredExit {
  /** 0 to 255, 128 + n for signal n; -1 when a time limit ended it. */
  readonly exitCode: number;
  /** ISO 8601. */
  readonly finishedAt: string;
  readonly oomKilled: boolean;
}

/** What an attach client does with what arrives. */
export interface AttachClient {
  /**
   * One chunk of output, byte-exact. While the answered promise is pending nothing more is read, and after about 100 kB the
   * container's process blocks: a client that may be slow must buffer and, in the end, `close`.
   */
  onOutput(stream: 'stdout' | 'stderr', chunk: Uint8Array): undefined | Promise<void>;
}

export interface AttachConnection {
  /** Sends bytes to the process's stdin; resolves when they are handed to the kernel. Calls are served in order. */
  write(chunk: Uint8Array): Promise<void>;
  /** Half-close: the process sees end-of-file (without a terminal), output goes on. Idempotent. */
  closeStdin(): Promise<void>;
  /** Resolves when the last byte of output was handed to the client, or after `close`. Never rejects. */
  readonly ended: Promise<void>;
  /** Ends the connection at once. Idempotent. */
  close(): void;
}
