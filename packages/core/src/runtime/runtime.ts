import { Container } from '../container/container.ts';
import type { CreateContainerOptions } from '../container/create-options.ts';
import { type ContainerExecSession, findSession } from '../container/exec-session.ts';
import { refresh } from '../container/refresh.ts';
import { isAlive } from '../container/state.ts';
import { type ContainerSummary, summarise } from '../container/summary.ts';
import { createContainer } from '../container/verbs/create.ts';
import type { RemoveOptions } from '../container/verbs/remove.ts';
import { remove } from '../container/verbs/remove.ts';
import { stop } from '../container/verbs/stop.ts';
import { RuntimeStoppedError } from '../errors.ts';
import { RuntimeImages } from './images.ts';
import { describeRuntime, type RuntimeInfo } from './info.ts';
import type { RuntimeParts } from './parts.ts';
import { repair } from './repair.ts';

/**
 * The engine: containers and images of one store, over replaceable parts. There is no daemon: any number of processes may have a
 * `Runtime` on the same store at once, and what one does the others see.
 *
 * `createRuntime` of the `tspod` package composes one for this machine.
 */
export class Runtime implements AsyncDisposable {
  readonly #parts: RuntimeParts;
  readonly #images: RuntimeImages;
  #stopped = false;

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
    this.#images = new RuntimeImages(parts);
  }

  /** @throws {RuntimeStoppedError} after `shutdown`, as every other member does. */
  get images(): RuntimeImages {
    this.#check();
    return this.#images;
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
   * The container with this id, name or unique id prefix.
   * @throws {NotFoundError} `no-such-container`; {InvalidArgumentError} `ambiguous-container`.
   */
  async container(idOrName: string): Promise<Container> {
    await this.#begin();
    return new Container(this.#parts, (await this.#parts.state.lookup(idOrName)).config);
  }

  /** Whether `container` would find it. @throws {InvalidArgumentError} `ambiguous-container` */
  async hasContainer(idOrName: string): Promise<boolean> {
    try {
      await this.container(idOrName);
      return true;
    } catch (error) {
      if (error instanceof Error && 'kind' in error && error.kind === 'not-found') return false;
      throw error;
    }
  }

  /** The exec session with this id, of whatever container. @throws {NotFoundError} `no-such-exec-session` */
  async execSession(id: string): Promise<ContainerExecSession> {
    await this.#begin();
    return findSession(this.#parts, id);
  }

  /** Containers with their present states, oldest first; by default those that run. */
  async listContainers(options: { readonly all?: boolean } = {}): Promise<ContainerSummary[]> {
    await this.#begin();
    const stored = await this.#parts.state.containers();
    const summaries = await Promise.all(stored.map(async (one) => summarise(one, await refresh(this.#parts, one))));
    return options.all ? summaries : summaries.filter(({ state }) => isAlive(state) && state.status !== 'created');
  }

  /** Removes a container found as by `container`, and answers its id. */
  async removeContainer(idOrName: string, options?: RemoveOptions): Promise<string> {
    const { id } = await this.container(idOrName);
    await remove(this.#parts, id, options);
    return id;
  }

  /** What this engine is made of and what it considered, for people and bug reports. */
  async info(): Promise<RuntimeInfo> {
    await this.#begin();
    return describeRuntime(this.#parts);
  }

  /**
   * Ends this `Runtime`; containers go on. `force` stops every running container first. Every later call fails with
   * `RuntimeStoppedError`. Idempotent.
   */
  async shutdown(options: { readonly force?: boolean } = {}): Promise<void> {
    if (this.#stopped) return;
    if (options.force) {
      const running = await this.listContainers();
      await Promise.all(running.map(({ id }) => stop(this.#parts, id)));
    }
    this.#stopped = true;
    await this.#parts.streams?.close();
    await Promise.all([
      this.#parts.state.close(),
      this.#parts.events.close(),
      ...this.#parts.storages.map((storage) => storage.close()),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #begin(): Promise<void> {
    this.#check();
    await repair(this.#parts);
  }

  #check(): void {
    if (this.#stopped) throw new RuntimeStoppedError('the runtime has been shut down', { code: 'runtime-stopped' });
  }
}
