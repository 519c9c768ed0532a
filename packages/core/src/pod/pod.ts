import type { Container } from '../container/container.ts';
import type { ContainerState } from '../container/state.ts';
import type { ProcessTable } from '../container/top/descriptors.ts';
import type { RemoveOptions } from '../container/verbs/remove.ts';
import type { StopOptions } from '../container/verbs/stop.ts';
import { unlessMissing } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { PodConfig } from './config.ts';
import { noSuchPod } from './errors.ts';
import { inspectPod, type PodInspect } from './inspect.ts';
import { membersOf } from './members.ts';
import { type PodStatus, podStatus } from './status.ts';
import { type PodSummary, summarisePod } from './summary.ts';
import type { ClonePodOptions } from './verbs/clone.ts';
import { killPod } from './verbs/kill.ts';
import { pausePod } from './verbs/pause.ts';
import { removePod } from './verbs/remove.ts';
import { restartPod } from './verbs/restart.ts';
import { startPod } from './verbs/start.ts';
import { stopPod } from './verbs/stop.ts';
import { unpausePod } from './verbs/unpause.ts';

/**
 * A handle on one pod. Like a container's it holds no state: every answer is read afresh. Verbs work on all containers of the pod, those
 * that others depend on first (or last, where something ends), and report each failure in a `PodFailedError`.
 *
 * Disposing of a handle (`await using`) removes the pod with its containers, by force if they run.
 */
export class Pod implements AsyncDisposable {
  readonly #parts: RuntimeParts;
  readonly #config: PodConfig;

  constructor(parts: RuntimeParts, config: PodConfig) {
    this.#parts = parts;
    this.#config = config;
  }

  get id(): string {
    return this.#config.id;
  }

  get name(): string {
    return this.#config.name;
  }

  /** A copy. */
  get labels(): Record<string, string> {
    return { ...this.#config.labels };
  }

  /** A copy of what the pod was made with. */
  config(): PodConfig {
    return structuredClone(this.#config);
  }

  /** The state of the pod as a whole, in podman's words. */
  async status(): Promise<PodStatus> {
    return podStatus((await this.#members()).map(({ state }) => state.status));
  }

  /** The present state of every container, by its id. */
  async containerStates(): Promise<Map<string, ContainerState>> {
    return new Map((await this.#members()).map(({ container, state }) => [container.id, state]));
  }

  /** In the order in which they can be started, the infra container too. */
  async containers(): Promise<Container[]> {
    return (await this.#members()).map(({ container }) => container);
  }

  /** Whether a container of that id, name or unique prefix belongs to it. @throws {InvalidArgumentError} `ambiguous-container` */
  async hasContainer(idOrName: string): Promise<boolean> {
    const found = await unlessMissing(this.#parts.state.lookup(idOrName));
    return found !== undefined && found.config.pod === this.id;
  }

  /** What a listing shows of it. One that is gone meanwhile has no containers. */
  async summary(): Promise<PodSummary> {
    return summarisePod(this.#parts, this.#config);
  }

  /** podman's `pod inspect` document. */
  async inspect(): Promise<PodInspect> {
    await this.#require();
    return inspectPod(this.#parts, this.#config);
  }

  /** Starts what does not run, in dependency order. @throws {PodFailedError} */
  async start(): Promise<void> {
    await startPod(this.#parts, this.id);
  }

  /** @throws {PodFailedError} */
  async stop(options?: StopOptions): Promise<void> {
    await stopPod(this.#parts, this.id, options);
  }

  /** Stops and starts. @throws {PodFailedError} */
  async restart(options?: StopOptions): Promise<void> {
    await restartPod(this.#parts, this.id, options);
  }

  /** Freezes every container that runs. @throws {PodFailedError} */
  async pause(): Promise<void> {
    await pausePod(this.#parts, this.id);
  }

  /** Lets every paused container go on. @throws {PodFailedError} */
  async unpause(): Promise<void> {
    await unpausePod(this.#parts, this.id);
  }

  /**
   * The processes of its containers that run, as `Container.top`.
   * @throws {InvalidArgumentError} `unknown-descriptor`
   */
  async top(descriptors: readonly string[] = []): Promise<ProcessTable> {
    const { topPod } = await import('./verbs/top.ts');
    return topPod(await this.containers(), descriptors);
  }

  /** Sends a signal, by name or number, to every container that runs. @throws {PodFailedError} */
  async kill(signal: string | number = 'SIGKILL'): Promise<void> {
    await killPod(this.#parts, this.id, signal);
  }

  /** Removes it with its containers. @throws {PodFailedError} when one runs and `force` is not given. */
  async remove(options?: RemoveOptions): Promise<void> {
    await removePod(this.#parts, this.id, options);
  }

  /**
   * Makes another pod as this one was made, with a clone of each container; what the options say is different. A failure leaves nothing.
   * @throws {AlreadyExistsError} `pod-exists`; and as `Runtime.createPod` does.
   */
  async clone(options?: ClonePodOptions): Promise<Pod> {
    await this.#require();
    const { clonePod } = await import('./verbs/clone.ts');
    return new Pod(this.#parts, await clonePod(this.#parts, this.#config, options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if ((await this.#parts.state.pod(this.id)) !== undefined) await this.remove({ force: true });
  }

  async #members() {
    await this.#require();
    return membersOf(this.#parts, this.id);
  }

  async #require(): Promise<void> {
    if ((await this.#parts.state.pod(this.id)) === undefined) throw noSuchPod(this.id);
  }
}
