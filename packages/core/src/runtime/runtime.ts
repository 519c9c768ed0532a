import { checkType } from '../argument-types.ts';
import { leaveAttended } from '../container/attendance.ts';
import type { CheckpointReport } from '../container/checkpoint/report.ts';
import { Container } from '../container/container.ts';
import type { CreateContainerOptions } from '../container/create-options.ts';
import { type ContainerExecSession, findSession } from '../container/exec-session.ts';
import type { ContainerFilters } from '../container/filters.ts';
import { unlessGone } from '../container/no-such-container.ts';
import { refresh } from '../container/refresh.ts';
import { isAlive } from '../container/state.ts';
import type { ContainerStats } from '../container/stats.ts';
import { type ContainerSummary, summarise } from '../container/summary.ts';
import type { CopyOptions, CopySource, CopyTarget } from '../container/verbs/copy.ts';
import { createContainer } from '../container/verbs/create.ts';
import type { RemoveOptions } from '../container/verbs/remove.ts';
import { remove } from '../container/verbs/remove.ts';
import { stop } from '../container/verbs/stop.ts';
import type { WaitOptions } from '../container/verbs/wait.ts';
import type { EngineEvent } from '../contracts/event-log.ts';
import type { FileChange } from '../contracts/file-changes.ts';
import type { LiveState, StoredContainer } from '../contracts/state-store.ts';
import type { StoreProblem } from '../contracts/store-check.ts';
import { NotFoundError, RuntimeStoppedError, unlessMissing } from '../errors.ts';
import type { RunHealthChecksOptions } from '../health/run-checks.ts';
import type { PodConfig } from '../pod/config.ts';
import type { CreatePodOptions } from '../pod/create-options.ts';
import type { PodFilters } from '../pod/filters.ts';
import type { Pod } from '../pod/pod.ts';
import type { PodSummary } from '../pod/summary.ts';
import { settleEach, throwFailures } from '../settle-each.ts';
import type { CheckOptions } from './check.ts';
import type { Comparable } from './compare.ts';
import type { RuntimeStatsOptions } from './container-stats.ts';
import type { DiskUsage } from './disk-usage.ts';
import type { ExternalContainer } from './external-containers.ts';
import { RuntimeImages } from './images.ts';
import type { RuntimeInfo } from './info.ts';
import { RuntimeNetworks } from './networks.ts';
import type { RuntimeParts } from './parts.ts';
import type { PrunedContainer } from './prune-containers.ts';
import type { PrunedPod } from './prune-pods.ts';
import { type EventOptions, readEvents } from './read-events.ts';
import type { RemoveContainersOptions, RemovedContainer } from './remove-containers.ts';
import { repair } from './repair.ts';
import type { RestoreFromOptions } from './restore-checkpoint.ts';
import type { RuntimeConfig } from './runtime-config.ts';
import { RuntimeSecrets } from './secrets.ts';
import { RuntimeVolumes } from './volumes.ts';

export interface ListOptions {
  /** Those that do not run, too. Default: false, unless a filter asks for a `status`. */
  readonly all?: boolean | undefined;
  /** podman's keys and rules (`id`, `name`, `label`, `status`, `ancestor` …); a container must fit each key. */
  readonly filters?: ContainerFilters | undefined;
}

export interface ShutdownOptions {
  /** Stop every container that has a process. Default: false. */
  readonly force?: boolean | undefined;
  /**
   * Ends the waiting for the ends of containers; what was sent is sent. The `Runtime` is shut down all the same, but for a signal that is aborted
   * already: then nothing is done. Of a second call it ends that one's waiting alone.
   */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The engine: containers and images of one store, over replaceable parts. There is no daemon: any number of processes may have a
 * `Runtime` on the same store at once, and what one does the others see.
 *
 * `createRuntime` of the `tspod` package composes one for this machine.
 */
export class Runtime implements AsyncDisposable {
  readonly #parts: RuntimeParts;
  readonly #images: RuntimeImages;
  readonly #networks: RuntimeNetworks;
  readonly #secrets: RuntimeSecrets;
  readonly #volumes: RuntimeVolumes;
  #stopped = false;
  #ending: Promise<void> | undefined;

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
    this.#images = new RuntimeImages(parts);
    this.#networks = new RuntimeNetworks(parts, () => this.#begin());
    this.#secrets = new RuntimeSecrets(parts);
    this.#volumes = new RuntimeVolumes(parts, () => this.#begin());
  }

  /** @throws {RuntimeStoppedError} after `shutdown`, as every other member does. */
  get images(): RuntimeImages {
    this.#check();
    return this.#images;
  }

  get networks(): RuntimeNetworks {
    this.#check();
    return this.#networks;
  }

  get volumes(): RuntimeVolumes {
    this.#check();
    return this.#volumes;
  }

  get secrets(): RuntimeSecrets {
    this.#check();
    return this.#secrets;
  }

  /** A copy of what this `Runtime` was made with; changing it changes nothing. Reads registries.conf. */
  async getConfig(): Promise<RuntimeConfig> {
    await this.#begin();
    return (await import('./runtime-config.ts')).runtimeConfigOf(this.#parts);
  }

  /**
   * Makes a container: its root filesystem and its records. Its process is started by `Container.start`. A failure leaves nothing.
   *
   * @throws {NotFoundError} `no-such-image`, `no-such-file`; {AlreadyExistsError} `container-exists`; {InvalidArgumentError} for
   * what can't be used; {UnavailableError} when nothing on this machine can serve it.
   */
  async createContainer(options: CreateContainerOptions): Promise<Container> {
    await this.#begin();
    return new Container(this.#parts, await createContainer(this.#parts, options));
  }

  /**
   * Makes a container of a checkpoint that was exported, or that an image was made of, and lets its processes run on. A failure leaves nothing.
   *
   * @throws {NotFoundError} `no-such-file`, `no-such-image`; {InvalidArgumentError} `invalid-checkpoint`, `not-a-checkpoint`,
   * `runtime-mismatch`, `needs-pod`, `not-of-a-pod`; {AlreadyExistsError} `container-exists`, `volume-exists`; {NotSupportedError}
   * `foreign-checkpoint`, `no-checkpoint`; {UnavailableError} `checkpoint-unavailable`; {RuntimeFailedError}.
   */
  async restoreContainer(
    options: RestoreFromOptions,
  ): Promise<{ readonly container: Container; readonly report: CheckpointReport }> {
    await this.#begin();
    const { restoreFrom } = await import('./restore-checkpoint.ts');
    const { config, report } = await restoreFrom(this.#parts, options);
    return { container: new Container(this.#parts, config), report };
  }

  /**
   * The container with this id, name or unique id prefix.
   * @throws {NotFoundError} `no-such-container`; {InvalidArgumentError} `ambiguous-container`.
   */
  async container(idOrName: string): Promise<Container> {
    checkType('the id or name of a container', idOrName, 'a string');
    await this.#begin();
    return new Container(this.#parts, (await this.#parts.state.lookup(idOrName)).config);
  }

  /** The newest container, in whatever state. @throws {NotFoundError} `no-such-container` when there is none. */
  async latestContainer(): Promise<Container> {
    await this.#begin();
    const newest = (await this.#parts.state.containers()).at(-1);
    if (newest === undefined) throw new NotFoundError('no such container', { code: 'no-such-container' });
    return this.container(newest.config.id);
  }

  /**
   * Whether `container` would find it. `external`: or a storage has a container of another program with this id or name.
   * @throws {InvalidArgumentError} `ambiguous-container`
   */
  async hasContainer(idOrName: string, options: { readonly external?: boolean } = {}): Promise<boolean> {
    if ((await unlessMissing(this.container(idOrName))) !== undefined) return true;
    return options.external === true && (await this.#isExternal(idOrName));
  }

  /** The exec session with this id, of whatever container. @throws {NotFoundError} `no-such-exec-session` */
  async execSession(id: string): Promise<ContainerExecSession> {
    await this.#begin();
    return findSession(this.#parts, id);
  }

  /** Containers with their present states, oldest first; by default those that run. */
  async listContainers(options: ListOptions = {}): Promise<ContainerSummary[]> {
    await this.#begin();
    const stored = await this.#parts.state.containers();
    const listed = await Promise.all(stored.map(async (one) => ({ stored: one, live: await refresh(this.#parts, one) })));
    const { filters = {} } = options;
    // as in docker and podman: who asks for a status asks about all of them
    const all = options.all || filters.status !== undefined;
    const shown = all ? listed : listed.filter(({ live: { state } }) => isAlive(state) && state.status !== 'created');
    const chosen = Object.keys(filters).length === 0 ? shown : await this.#filtered(shown, filters);
    const find = (id: string) => stored.find(({ config }) => config.id === id);
    return chosen.map((one) => summarise(one.stored, one.live, find));
  }

  /** The containers that other programs, such as buildah, keep in the same storages, oldest first. */
  async listExternalContainers(): Promise<ExternalContainer[]> {
    await this.#begin();
    const { externalContainers } = await import('./external-containers.ts');
    return externalContainers(this.#parts);
  }

  /**
   * Removes a container of another program, with its root filesystem.
   * @throws {InvalidStateError} `container-mounted` unless `force`: it may be running.
   */
  async removeExternalContainer(container: ExternalContainer, options: { readonly force?: boolean } = {}): Promise<void> {
    await this.#begin();
    const { removeExternalContainer } = await import('./external-containers.ts');
    await removeExternalContainer(this.#parts, container, options.force ?? false);
  }

  /**
   * Removes the containers that do not run, as far as the filters choose them (`label`, `label!`, `until`), each for itself: a failure is an
   * outcome, too. One that begins to run meanwhile, or is gone, is left out.
   *
   * @throws {InvalidArgumentError} `invalid-filter`
   */
  async pruneContainers(options: { readonly filters?: ContainerFilters | undefined } = {}): Promise<PrunedContainer[]> {
    await this.#begin();
    const { pruneContainers } = await import('./prune-containers.ts');
    return pruneContainers(this.#parts, options.filters ?? {});
  }

  /**
   * Waits for several containers at once and answers their exit codes in the given order; see `Container.wait`.
   * @throws {NotFoundError} `no-such-container` before anything is waited for; the first failure of a wait.
   */
  async waitContainers(idsOrNames: readonly string[], options?: WaitOptions): Promise<number[]> {
    const containers: Container[] = [];
    for (const idOrName of idsOrNames) containers.push(await this.container(idOrName));
    return Promise.all(containers.map((container) => container.wait(options)));
  }

  /**
   * What happens in the store, whoever does it: what is known from before, and with `follow` what comes.
   *
   * @throws {InvalidArgumentError} `invalid-filter`; the signal's reason when aborted.
   */
  events(options: EventOptions = {}): AsyncIterable<EngineEvent> {
    this.#check();
    return readEvents(this.#parts, options);
  }

  /**
   * What containers use: at once, then at intervals, until the loop is left or the signal aborted.
   *
   * @throws {NotFoundError} `no-such-container`; {NotSupportedError} `no-cgroup` of one that was named; the signal's reason.
   */
  async *stats(options: RuntimeStatsOptions = {}): AsyncGenerator<readonly ContainerStats[], void, undefined> {
    this.#check();
    const { statsOf } = await import('./container-stats.ts');
    const containers = options.containers && (await Promise.all(options.containers.map((wanted) => this.container(wanted))));
    yield* statsOf(this.#parts, { ...options, containers: containers?.map(({ id }) => id) });
  }

  /** Removes a container found as by `container`, and answers its id. */
  async removeContainer(idOrName: string, options?: RemoveOptions): Promise<string> {
    const { id } = await this.container(idOrName);
    await remove(this.#parts, id, options);
    return id;
  }

  /**
   * Removes several containers, each after those of them that depend on it, otherwise a few at a time, and each for itself: a failure is
   * an outcome, too. Answers them in the order in which they were given, then those that were not named. What is gone meanwhile is removed.
   *
   * @param containers `all`: every container, and with an infra container its pod.
   */
  async removeContainers(
    containers: readonly Container[] | 'all',
    options: RemoveContainersOptions = {},
  ): Promise<RemovedContainer[]> {
    await this.#begin();
    const ids = containers === 'all' ? undefined : containers.map(({ id }) => id);
    const { removeContainers } = await import('./remove-containers.ts');
    return removeContainers(this.#parts, ids, options);
  }

  /**
   * Makes a pod, with its infra container. A failure leaves nothing.
   * @throws {AlreadyExistsError} `pod-exists`; {InvalidArgumentError} for what can't be used.
   */
  async createPod(options: CreatePodOptions = {}): Promise<Pod> {
    await this.#begin();
    const { createPod } = await import('../pod/verbs/create.ts');
    return this.#pod(await createPod(this.#parts, options));
  }

  /**
   * The pod with this id, name or unique id prefix.
   * @throws {NotFoundError} `no-such-pod`; {InvalidArgumentError} `ambiguous-pod`.
   */
  async pod(idOrName: string): Promise<Pod> {
    checkType('the id or name of a pod', idOrName, 'a string');
    await this.#begin();
    return this.#pod((await this.#parts.state.lookupPod(idOrName)).config);
  }

  /** Whether `pod` would find it. @throws {InvalidArgumentError} `ambiguous-pod` */
  async hasPod(idOrName: string): Promise<boolean> {
    return (await unlessMissing(this.pod(idOrName))) !== undefined;
  }

  /** The newest pod, in whatever state. @throws {NotFoundError} `no-such-pod` when there is none. */
  async latestPod(): Promise<Pod> {
    await this.#begin();
    const newest = (await this.#parts.state.pods()).at(-1);
    if (newest === undefined) throw new NotFoundError('no such pod', { code: 'no-such-pod' });
    return this.#pod(newest.config);
  }

  /**
   * Every pod, oldest first, or those that the filters choose: podman's keys (`id`, `name`, `label`, `status`, `ctr-names` …); a pod must
   * fit each key. @throws {InvalidArgumentError} `invalid-filter`
   */
  async listPods({ filters = {} }: { readonly filters?: PodFilters | undefined } = {}): Promise<Pod[]> {
    await this.#begin();
    const pods = await Promise.all((await this.#parts.state.pods()).map(({ config }) => this.#pod(config)));
    if (Object.keys(filters).length === 0) return pods;
    const { podFilter } = await import('../pod/filters.ts');
    const fits = podFilter(filters);
    const summaries = await Promise.all(pods.map((pod) => pod.summary()));
    return pods.filter((_, index) => fits(summaries[index] as PodSummary));
  }

  /** Removes a pod found as by `pod`, with its containers, and answers its id. */
  async removePod(idOrName: string, options?: RemoveOptions): Promise<string> {
    const pod = await this.pod(idOrName);
    await pod.remove(options);
    return pod.id;
  }

  /**
   * Removes the pods of which nothing runs any more, each for itself: a failure is an outcome, too. One that begins to run meanwhile, or is
   * gone, is left out.
   */
  async prunePods(): Promise<PrunedPod[]> {
    await this.#begin();
    const { prunePods } = await import('./prune-pods.ts');
    return prunePods(this.#parts);
  }

  /** Copies files between the host, containers and tar archives; see `CopySource` and `CopyTarget`. */
  async copy(from: CopySource, to: CopyTarget, options?: CopyOptions): Promise<void> {
    await this.#begin();
    const { copy } = await import('../container/verbs/copy.ts');
    await copy(this.#parts, from, to, options);
  }

  /**
   * What would turn the files of one container or image into those of another, in the order of the paths, but for mount points.
   * @throws {NotFoundError} `no-such-container`, `no-such-image`
   */
  async compare(after: Comparable, before: Comparable): Promise<readonly FileChange[]> {
    await this.#begin();
    const { compare } = await import('./compare.ts');
    return compare(this.#parts, after, before);
  }

  /** What this engine is made of and what it considered, for people and bug reports. */
  async info(): Promise<RuntimeInfo> {
    await this.#begin();
    const { describeRuntime } = await import('./info.ts');
    return describeRuntime(this.#parts);
  }

  /** What images, containers and volumes take; measured now. */
  async diskUsage(): Promise<DiskUsage> {
    await this.#begin();
    const { diskUsage } = await import('./disk-usage.ts');
    return diskUsage(this.#parts);
  }

  /**
   * Looks for what crashes, and other programs, can leave, and for what is damaged; with `repair` or `force` mends it. Answers every
   * problem that was found, with whether it was mended; none: all is well.
   *
   * @throws {CorruptError} when the state database can't be read.
   */
  async check(options: CheckOptions = {}): Promise<readonly StoreProblem[]> {
    this.#check();
    const { checkEverything } = await import('./check.ts');
    return checkEverything(this.#parts, options);
  }

  /**
   * Removes everything: pods, containers, networks, volumes, secrets, images, and the directories of the store, as far as nothing of other programs
   * lies in them. The runtime is shut down by it.
   *
   * @throws {InUseError} `foreign-containers` before anything is done, when other programs have containers in the store; AggregateError.
   */
  async reset(): Promise<void> {
    await this.#begin();
    const { emptyStore, removeStoreDirectories } = await import('./reset.ts');
    await emptyStore(this, this.#parts);
    await this.shutdown();
    await removeStoreDirectories(this.#parts);
  }

  /**
   * Ends this `Runtime`; containers go on. Every later call of it and of its handles fails with `RuntimeStoppedError`, readers that
   * follow events come to their end, and what has begun is finished or fails. Idempotent; a second call waits for the first.
   *
   * `force` first stops every container that has a process, a few at a time, each with its own patience. The runtime is shut down
   * whether that succeeds or not.
   *
   * @throws with `force` the failure to stop a container, or an AggregateError of several; the signal's reason when aborted.
   */
  async shutdown(options: ShutdownOptions = {}): Promise<void> {
    const { force = false, signal } = options;
    signal?.throwIfAborted();
    if (this.#ending !== undefined) return unlessAborted(this.#ending, signal);
    const ending = this.#end(force, signal);
    this.#ending = ending.catch((error: unknown) => {
      if (!(signal?.aborted && error === signal.reason)) throw error; // an abort is its caller's alone
    });
    await ending;
  }

  async #end(force: boolean, signal: AbortSignal | undefined): Promise<void> {
    try {
      if (!force) return;
      const stopped = await this.#stopAll(signal);
      signal?.throwIfAborted();
      throwFailures(stopped, 'stopping containers');
    } finally {
      await this.#close();
    }
  }

  async #stopAll(signal: AbortSignal | undefined) {
    const all = await this.listContainers({ all: true });
    const alive = all.filter(({ state }) => isAlive(state));
    return settleEach(alive, ({ id }) => unlessGone(stop(this.#parts, id, { signal })));
  }

  async #close(): Promise<void> {
    this.#stopped = true;
    await this.#parts.streams?.close();
    try {
      await leaveAttended(this.#parts);
    } finally {
      await Promise.all([
        this.#parts.state.close(),
        this.#parts.events.close(),
        ...this.#parts.storages.map((storage) => storage.close()),
      ]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** Does the health checks that are due; see `health/run-checks.ts`. For whoever implements `HealthScheduler`. */
  async runHealthChecks(options?: RunHealthChecksOptions): Promise<number | undefined> {
    await this.#begin();
    const { runHealthChecks } = await import('../health/run-checks.ts');
    return runHealthChecks(this.#parts, options);
  }

  async #filtered<Listed extends { readonly stored: StoredContainer; readonly live: LiveState }>(
    listed: readonly Listed[],
    filters: ContainerFilters,
  ): Promise<readonly Listed[]> {
    const { filterContainers } = await import('./filter-containers.ts');
    return filterContainers(this.#parts, listed, filters);
  }

  async #isExternal(idOrName: string): Promise<boolean> {
    for (const storage of this.#parts.storages) {
      if ((await storage.probe()).usable && (await storage.lookup(idOrName)) !== undefined) return true;
    }
    return false;
  }

  async #pod(config: PodConfig): Promise<Pod> {
    const { Pod } = await import('../pod/pod.ts');
    return new Pod(this.#parts, config);
  }

  async #begin(): Promise<void> {
    this.#check();
    await repair(this.#parts);
    await this.#parts.health?.recover();
  }

  #check(): void {
    if (this.#stopped) throw new RuntimeStoppedError('the runtime has been shut down', { code: 'runtime-stopped' });
  }
}

/** What is being waited for goes on. @throws the signal's reason when aborted before. */
async function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
