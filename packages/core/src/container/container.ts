import type { TerminalSize } from '../contracts/container-monitor.ts';
import type { FileChange } from '../contracts/file-changes.ts';
import type { Image } from '../contracts/image-store.ts';
import type { Lock } from '../contracts/locker.ts';
import type { OfferOptions, StreamTicket } from '../contracts/stream-service.ts';
import { InvalidStateError } from '../errors.ts';
import type { HealthCheckOutcome } from '../health/check.ts';
import type { PublishedPort } from '../network/published-ports.ts';
import type { Spec } from '../oci/spec.ts';
import type { ResourceOptions } from '../resources/options.ts';
import { recordContainerEvent } from '../runtime/events.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { parseSignal } from '../signals.ts';
import { attachTo } from './attachment.ts';
import { attend, attendanceLock } from './attendance.ts';
import { storageOf } from './backends.ts';
import type { CheckpointReport } from './checkpoint/report.ts';
import type { ContainerConfig, LogDriver } from './config.ts';
import { type ContainerExecSession, defaultBufferLimit, findSession, sessionsOf } from './exec-session.ts';
import { withLocked } from './guard.ts';
import type { ContainerInspect } from './inspect.ts';
import type { AttachHandle, AttachOptions, ExecOptions } from './io.ts';
import type { LogEntry, LogOptions } from './logs.ts';
import { noSuchContainer } from './no-such-container.ts';
import { monitorPaths } from './paths.ts';
import { refresh } from './refresh.ts';
import { hasRestartPolicy } from './restart-policy.ts';
import { type RootSizes, rootSizes } from './sizes.ts';
import type { ContainerState, ContainerStatus } from './state.ts';
import type { ContainerStats, StatsOptions } from './stats.ts';
import { type AttachUrlOptions, type ExecUrlOptions, offerAttach, offerExec } from './stream-urls.ts';
import type { ProcessTable } from './top/descriptors.ts';
import type { CheckpointOptions } from './verbs/checkpoint.ts';
import { cleanUp, cleanUpInitialised } from './verbs/cleanup.ts';
import type { CloneOptions } from './verbs/clone.ts';
import type { CommitOptions } from './verbs/commit.ts';
import { type ExecHandle, exec, finishSession } from './verbs/exec.ts';
import { initialise } from './verbs/init.ts';
import { kill } from './verbs/kill.ts';
import { mount, unmount } from './verbs/mount.ts';
import { pause } from './verbs/pause.ts';
import { type RemoveOptions, remove } from './verbs/remove.ts';
import { restart } from './verbs/restart.ts';
import { restartByPolicy } from './verbs/restart-by-policy.ts';
import type { RestoreOptions } from './verbs/restore.ts';
import { start } from './verbs/start.ts';
import { type StopOptions, stop } from './verbs/stop.ts';
import { unpause } from './verbs/unpause.ts';
import { type WaitOptions, wait } from './verbs/wait.ts';

export interface StartOptions {
  /** Attach before the process starts, so that nothing of its output is missed. */
  readonly attach?: AttachOptions | undefined;
  /**
   * This process promises to call `cleanup` or `remove` when the container's process has ended; the exit command then only
   * steps in when this process dies or shuts its runtime down. A container with a restart policy is its exit command's all the same. Default: false.
   */
  readonly attended?: boolean | undefined;
  /** Descriptors of this process that the container's gets, as 3 and up in this order; without effect where it is initialised already. */
  readonly inheritedFds?: readonly number[] | undefined;
}

export interface CleanupOptions {
  /** Leaves an initialised container alone: somebody may have made it ready again since it ended. Default: false. */
  readonly onlyEnded?: boolean | undefined;
}

/**
 * A handle on one container. It holds no state of its own: every answer is read afresh, and every verb works as well from
 * another process. A handle of a removed container throws `NotFoundError`.
 *
 * Disposing of a handle (`await using`) removes the container, by force if it runs; a handle that is not disposed of leaves the
 * container as it is.
 */
export class Container implements AsyncDisposable {
  readonly #parts: RuntimeParts;
  #config: ContainerConfig;
  #attendance: Lock | undefined;
  #forgetAttendance: (() => void) | undefined;

  constructor(parts: RuntimeParts, config: ContainerConfig) {
    this.#parts = parts;
    this.#config = config;
  }

  get id(): string {
    return this.#config.id;
  }

  get name(): string {
    return this.#config.name;
  }

  get logDriver(): LogDriver {
    return this.#config.logDriver;
  }

  /** A copy of what the container was made with. */
  config(): ContainerConfig {
    return structuredClone(this.#config);
  }

  /** Ports of the host that lead to it, or to the container whose network it is in, each for itself. */
  async publishedPorts(): Promise<PublishedPort[]> {
    const { portsOf, singlePorts } = await import('../network/published-ports.ts');
    const stored = await this.#parts.state.containers();
    const find = (id: string) => stored.find(({ config }) => config.id === id);
    const own = find(this.id);
    if (own === undefined) throw noSuchContainer(this.id);
    return singlePorts(portsOf(own, find));
  }

  /** A copy of the OCI spec as it was at creation; what is only known at a start (users, limits, files of the run) is in the bundle. */
  get spec(): Spec {
    return structuredClone(this.#config.spec);
  }

  get labels(): Record<string, string> {
    return { ...this.#config.labels };
  }

  /** The state as the machine shows it now. @throws {NotFoundError} `no-such-container` */
  async state(): Promise<ContainerState> {
    return (await this.#live()).state;
  }

  /** Makes an image of what the container changed, and answers it. @throws as `commit` in `verbs/commit.ts` says. */
  async commit(options: CommitOptions = {}): Promise<Image> {
    const { commit } = await import('./verbs/commit.ts');
    return withLocked(this.#parts, this.id, (container) => commit(container, options));
  }

  /** podman's `container inspect` document. `size`: with the sizes of the root filesystem. */
  async inspect(options: { readonly size?: boolean } = {}): Promise<ContainerInspect> {
    const stored = await this.#parts.state.container(this.id);
    if (stored === undefined) throw noSuchContainer(this.id);
    const { inspect } = await import('./inspect.ts');
    return inspect(this.#parts, stored, await refresh(this.#parts, stored), options);
  }

  /**
   * Makes it in the OCI runtime, without starting its process; starts what it depends on first.
   * @throws {InvalidStateError} unless configured, stopped or exited.
   */
  async init(options: Pick<StartOptions, 'inheritedFds'> = {}): Promise<void> {
    await this.#startDependencies();
    await withLocked(this.#parts, this.id, async (container) => (await initialise(container, options)).placed);
  }

  /**
   * Starts the container's process, initialising it first if need be; nothing happens when it runs already. Answers the
   * attachment if one was asked for.
   *
   * @throws {InvalidStateError} unless configured, created, stopped, exited or running; {RuntimeFailedError} when the runtime can't.
   */
  async start(options: StartOptions & { readonly attach: AttachOptions }): Promise<AttachHandle>;
  async start(options?: StartOptions): Promise<AttachHandle | undefined>;
  async start(options: StartOptions = {}): Promise<AttachHandle | undefined> {
    const { attach, inheritedFds } = options;
    await this.#startDependencies();
    if (options.attended && !hasRestartPolicy(this.#config)) {
      // whoever dies after he removed the container can't take the lock's file away any more
      const transient = this.#config.autoRemove;
      this.#attendance ??= await this.#parts.locker.tryAcquire(attendanceLock(this.id), { transient });
      if (this.#attendance !== undefined) this.#forgetAttendance ??= attend(this.#parts, () => this.#endAttendance());
    }
    let handle: AttachHandle | undefined;
    try {
      await withLocked(this.#parts, this.id, async (container) => {
        const connect = async () => {
          if (attach !== undefined) handle = await attachTo(this.#parts, this.#paths(container.live.runDir), attach);
        };
        const started = await start(container, connect, { inheritedFds });
        if (!started) await connect();
        if (handle !== undefined) await recordContainerEvent(this.#parts, this.#config, 'attach');
      });
    } catch (failure) {
      await this.#endAttendance();
      throw failure;
    }
    return handle;
  }

  /** Connects to the streams of a created or running container. @throws {InvalidStateError} in any other state. */
  async attach(options: AttachOptions): Promise<AttachHandle> {
    const { state, runDir } = await this.#live();
    if (state.status !== 'created' && state.status !== 'running') {
      throw new InvalidStateError('you can only attach to running containers', {
        code: 'container-state-improper',
        actual: state.status,
        allowed: ['created', 'running'],
      });
    }
    const handle = await attachTo(this.#parts, this.#paths(runDir), { bufferLimit: defaultBufferLimit, ...options });
    await recordContainerEvent(this.#parts, this.#config, 'attach');
    return handle;
  }

  /**
   * A URL by which one client, once, connects to the container's streams over WebSocket, served by this process.
   * @throws {InvalidStateError} unless created or running; {NotSupportedError} `no-stream-service`.
   */
  async attachUrl(options: AttachUrlOptions = {}, offer?: OfferOptions): Promise<StreamTicket> {
    const { state } = await this.#live();
    return offerAttach(this.#parts, this, state, options, offer);
  }

  /** Tells a created or running container's terminal its new size. */
  async resize(size: TerminalSize): Promise<void> {
    const { runDir } = await this.#live();
    await this.#parts.monitor.resize(this.#paths(runDir), size);
  }

  /** Stops it and cleans up; see `StopOptions`. One that has ended is only cleaned up, one that never ran is left as it is. */
  async stop(options?: StopOptions): Promise<void> {
    await stop(this.#parts, this.id, options);
  }

  /**
   * Sends a signal, by name or number, to its first process.
   * @throws {InvalidArgumentError} `invalid-signal`; {InvalidStateError} unless running, stopping or paused.
   */
  async kill(signal: string | number = 'SIGKILL'): Promise<void> {
    const number = parseSignal(signal);
    await withLocked(this.#parts, this.id, (container) => kill(container, number));
  }

  /**
   * Stops it if it runs, and starts it, after what it depends on. One that removes itself at its end is kept.
   * @throws {InvalidStateError} when paused, stopping, unknown or being removed.
   */
  async restart(options?: StopOptions): Promise<void> {
    await this.#startDependencies();
    await restart(this.#parts, this.id, options);
  }

  /** Freezes its processes. @throws {InvalidStateError} unless running. */
  async pause(): Promise<void> {
    await withLocked(this.#parts, this.id, pause);
  }

  /** Lets them go on. @throws {InvalidStateError} unless paused. */
  async unpause(): Promise<void> {
    await withLocked(this.#parts, this.id, unpause);
  }

  /** Gives it another name, in whatever state. Other handles go on telling the name that it had when they were made. @throws as `rename` in `verbs/rename.ts` says. */
  async rename(name: string): Promise<void> {
    const { rename } = await import('./verbs/rename.ts');
    await withLocked(this.#parts, this.id, (container) => rename(container, name));
    this.#config = { ...this.#config, name };
  }

  /** Waits for a status, by default for its end, and answers the exit code; -1 when it has none or it is not known. */
  async wait(options?: WaitOptions & { readonly condition?: readonly ContainerStatus[] | undefined }): Promise<number> {
    return wait(this.#parts, this.id, options);
  }

  /** Runs one more process in the running container. */
  async exec(options: ExecOptions): Promise<ExecHandle> {
    return exec(this.#parts, this.id, options);
  }

  /**
   * A URL by which one client, once, runs one more process and has its streams over WebSocket, served by this process. The process is
   * started when the client comes. @throws {InvalidStateError} unless running; {NotSupportedError} `no-stream-service`.
   */
  async execUrl(options: ExecUrlOptions, offer?: OfferOptions): Promise<StreamTicket> {
    const { state } = await this.#live();
    return offerExec(this.#parts, this, state, options, offer);
  }

  /** Runs its health check once and writes down what came of it. @throws as `checkHealth` in `health/check.ts` says. */
  async checkHealth(): Promise<HealthCheckOutcome> {
    const { checkHealth } = await import('../health/check.ts');
    return checkHealth(this.#parts, this.id);
  }

  /** Its exec sessions that are still known. */
  async execSessions(): Promise<ContainerExecSession[]> {
    return sessionsOf(this.#parts, this.id);
  }

  /** @throws {NotFoundError} `no-such-exec-session` unless it is one of this container's. */
  async execSession(id: string): Promise<ContainerExecSession> {
    return findSession(this.#parts, id, this.id);
  }

  /** Mounts its root filesystem once more and answers where on the host. The tree stays mounted until as many unmounts as mounts. */
  async mount(): Promise<string> {
    return withLocked(this.#parts, this.id, mount);
  }

  /**
   * Takes one mount back (`force`: all) and answers whether it is still mounted; not mounted is success.
   * @throws {InvalidStateError} `container-state-improper` when that would take the root filesystem from under a started container.
   */
  async unmount(options: { readonly force?: boolean } = {}): Promise<boolean> {
    return withLocked(this.#parts, this.id, (container) => unmount(container, options.force ?? false));
  }

  /**
   * Changes how much of the machine it may use, at once if it runs, and from its next start on. Its config stays as it was made.
   * @throws {InvalidArgumentError} `invalid-limit`; {NotFoundError} `no-such-device`; {InvalidStateError} while it is being removed.
   */
  async update(resources: ResourceOptions): Promise<void> {
    const { update } = await import('./verbs/update.ts');
    await withLocked(this.#parts, this.id, (container) => update(container, resources));
  }

  /** What it uses now. @param previous an earlier look, for the CPU percentage since then. @throws {NotSupportedError} `no-cgroup` */
  async stats(previous?: ContainerStats): Promise<ContainerStats> {
    const { readStats } = await import('./stats.ts');
    return readStats(this.#parts, this.#config, await this.#live(), previous);
  }

  /** What it uses, at once and then at intervals, until the loop is left or the signal aborted. @throws the signal's reason */
  async *followStats(options: StatsOptions = {}): AsyncGenerator<ContainerStats, void, undefined> {
    const { repeatedly } = await import('./stats.ts');
    yield* repeatedly<ContainerStats>((previous) => this.stats(previous), options);
  }

  /**
   * Its processes, with those of others in a process namespace that it shares. Descriptors are podman's: names such as `pid`, or codes such as `%p`.
   * @throws {InvalidArgumentError} `unknown-descriptor`; {InvalidStateError} unless running.
   */
  async top(descriptors: readonly string[] = []): Promise<ProcessTable> {
    const { top } = await import('./verbs/top.ts');
    return top(this.#parts, await this.#live(), descriptors);
  }

  /** Its root filesystem as a tar archive: into a file of the host, or piece by piece to a function, which is awaited each time. */
  async export(
    target: string | ((piece: Uint8Array) => Promise<void> | void),
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    const { exportTree } = await import('./verbs/export.ts');
    await exportTree(this.#parts, this.id, target, options);
  }

  /** How large its root filesystem is. */
  async size(): Promise<RootSizes> {
    return rootSizes(storageOf(this.#parts, this.#config), this.id);
  }

  /** Where its root filesystem is mounted on the host, by whomever; undefined when it is not. */
  async mountPoint(): Promise<string | undefined> {
    return (await storageOf(this.#parts, this.#config).lookup(this.id))?.mountPoint;
  }

  /** Writes everything about its processes to files, which it can be restored from, and ends them. @throws as `checkpoint` in `verbs/checkpoint.ts` says. */
  async checkpoint(options?: CheckpointOptions): Promise<CheckpointReport> {
    const { checkpoint } = await import('./verbs/checkpoint.ts');
    const report = await withLocked(this.#parts, this.id, (container) => checkpoint(container, options));
    if (this.#config.autoRemove && (await this.state()).status === 'exited') await this.remove();
    return report;
  }

  /** Brings its processes back from its checkpoint. @throws as `restore` in `verbs/restore.ts` says. */
  async restore(options?: RestoreOptions): Promise<CheckpointReport> {
    await this.#startDependencies();
    const { restore } = await import('./verbs/restore.ts');
    return withLocked(this.#parts, this.id, (container) => restore(container, options));
  }

  /** What it changed about its image or directory. @throws {NotSupportedError} `no-diff`, `no-diff-base` */
  async diff(): Promise<readonly FileChange[]> {
    const { diff } = await import('./verbs/diff.ts');
    return diff(this.#parts, this.#config);
  }

  /** What its process wrote, as far as the log driver keeps it. @throws {NotSupportedError} `log-driver-without-logs` */
  async *logs(options?: LogOptions): AsyncIterable<LogEntry> {
    const { readLogs } = await import('./logs.ts');
    yield* readLogs(this.#parts, this.#config, options);
  }

  /** What is left to do after its process has ended, or to take down what `init` has made; does nothing while it runs. Idempotent. */
  async cleanup({ onlyEnded = false }: CleanupOptions = {}): Promise<void> {
    try {
      await withLocked(this.#parts, this.id, onlyEnded ? cleanUp : cleanUpInitialised);
    } finally {
      await this.#endAttendance();
    }
    await this.#hasEnded();
  }

  /** What the exit command does when the process has ended: starts it again if its restart policy says so; else cleans up, and removes the container if it is to remove itself. Idempotent. */
  async handleExit(): Promise<void> {
    let restarted = false;
    try {
      restarted = await withLocked(this.#parts, this.id, restartByPolicy);
    } finally {
      if (!restarted) await this.#endRun();
    }
  }

  async #endRun(): Promise<void> {
    await this.cleanup({ onlyEnded: true });
    if (this.#config.autoRemove && (await this.state()).status === 'exited') await this.remove();
  }

  /** What the exit command does when an exec session that nobody attended has ended. Idempotent. */
  async handleExecExit(sessionId: string): Promise<void> {
    await finishSession(this.#parts, this.id, sessionId);
  }

  /**
   * Makes another container as this one was made, with the limits that it has now; see `CloneOptions`. A failure leaves nothing.
   * @throws {AlreadyExistsError} `container-exists`; and as `Runtime.createContainer` does.
   */
  async clone(options?: CloneOptions): Promise<Container> {
    const { cloneContainer } = await import('./verbs/clone.ts');
    const stored = await this.#parts.state.container(this.id);
    if (stored === undefined) throw noSuchContainer(this.id);
    return new Container(this.#parts, await cloneContainer(this.#parts, stored, options));
  }

  /** Removes it. @throws {InvalidStateError} `container-running` when it runs and `force` is not given. */
  async remove(options?: RemoveOptions): Promise<void> {
    try {
      await remove(this.#parts, this.id, options);
    } finally {
      await this.#endAttendance();
    }
    await this.#hasEnded();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if ((await this.#parts.state.container(this.id)) !== undefined) await this.remove({ force: true });
    else await this.#endAttendance();
  }

  async #startDependencies(): Promise<void> {
    if (this.#config.dependencies === undefined) return;
    const { startDependencies } = await import('./start-dependencies.ts');
    await startDependencies(this.#parts, this.#config, (config) => new Container(this.#parts, config).start());
  }

  /** A pod may stop with its last container. */
  async #hasEnded(): Promise<void> {
    const { pod, isInfra } = this.#config;
    if (pod === undefined || isInfra) return;
    const { applyExitPolicy } = await import('../pod/exit-policy.ts');
    await applyExitPolicy(this.#parts, pod);
  }

  async #live() {
    const stored = await this.#parts.state.container(this.id);
    if (stored === undefined) throw noSuchContainer(this.id);
    return refresh(this.#parts, stored);
  }

  #paths(runDir: string) {
    return monitorPaths(this.#parts.places, this.#config, runDir);
  }

  async #endAttendance(): Promise<void> {
    this.#forgetAttendance?.();
    this.#forgetAttendance = undefined;
    const attendance = this.#attendance;
    this.#attendance = undefined;
    await attendance?.release({ forget: true });
  }
}
