import type { CreateVolumeOptions } from '../volume/create.ts';
import type { VolumeFilters } from '../volume/filters.ts';
import type { PrunedVolume, VolumeOperations } from '../volume/operations.ts';
import type { RemoveVolumeOptions } from '../volume/remove-with-users.ts';
import type { VolumeInspect, VolumeSummary } from '../volume/summary.ts';
import type { RuntimeParts } from './parts.ts';

/** The volumes of a `Runtime`'s store. `name` may be a unique prefix where that is said. */
export class RuntimeVolumes {
  readonly #parts: RuntimeParts;
  readonly #begin: () => Promise<void>;
  #operations: Promise<VolumeOperations> | undefined;

  /** @param begin what comes before every call */
  constructor(parts: RuntimeParts, begin: () => Promise<void>) {
    this.#parts = parts;
    this.#begin = begin;
  }

  /**
   * Makes a volume. A failure leaves nothing.
   * @throws {AlreadyExistsError} `volume-exists`; {InvalidArgumentError} `invalid-name`, `invalid-volume-option`; {UnavailableError} `no-such-volume-driver`.
   */
  async create(options?: CreateVolumeOptions): Promise<VolumeSummary> {
    return (await this.#loaded()).create(options);
  }

  /** Every volume that the filters choose (`name`, `driver`, `label`, `opt`, `scope`, `until`, `dangling`), by name. @throws {InvalidArgumentError} `invalid-filter` */
  async list(options?: { readonly filters?: VolumeFilters | undefined }): Promise<VolumeSummary[]> {
    return (await this.#loaded()).list(options);
  }

  /** By name or unique prefix. @throws {NotFoundError} `no-such-volume`; {InvalidArgumentError} `ambiguous-volume`. */
  async get(name: string): Promise<VolumeSummary> {
    return (await this.#loaded()).get(name);
  }

  /** By exact name. */
  async exists(name: string): Promise<boolean> {
    return (await this.#loaded()).exists(name);
  }

  /** podman's `volume inspect` document. `name` as for `get`. */
  async inspect(name: string): Promise<VolumeInspect> {
    return (await this.#loaded()).inspect(name);
  }

  /** Removes a volume, found as by `get`, with its data; `force`: with the containers that use it. @throws {InUseError} `volume-in-use` */
  async remove(name: string, options?: RemoveVolumeOptions): Promise<void> {
    return (await this.#loaded()).remove(name, options);
  }

  /** Volumes that no container uses and that the filters choose (`label`, `label!`, `until`): what `prune` would remove. */
  async prunable(options?: { readonly filters?: VolumeFilters | undefined }): Promise<string[]> {
    return (await this.#loaded()).prunable(options);
  }

  /** Removes these, each for itself: a failure is an outcome, too. One that is used meanwhile, or gone, is left out. */
  async prune(options?: { readonly filters?: VolumeFilters | undefined }): Promise<PrunedVolume[]> {
    return (await this.#loaded()).prune(options);
  }

  /** Its content as a tar archive: into a file of the host, or piece by piece to a function, which is awaited each time. `name` is exact. */
  async export(
    name: string,
    target: string | ((piece: Uint8Array) => Promise<void> | void),
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    return (await this.#loaded()).export(name, target, options);
  }

  /** Unpacks a tar archive, compressed or not, over its content. `name` is exact. @throws {InvalidArgumentError} `archive-…` */
  async import(
    name: string,
    archive: AsyncIterable<Uint8Array>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    return (await this.#loaded()).import(name, archive, options);
  }

  /** Makes its data reachable on the host and answers where. Counted: it stays so until as many unmounts. `name` is exact. */
  async mount(name: string): Promise<string> {
    return (await this.#loaded()).mount(name);
  }

  /** Takes one mount back; not mounted by hand is success. `name` is exact. */
  async unmount(name: string): Promise<void> {
    return (await this.#loaded()).unmount(name);
  }

  /** Looks whether the drivers of all volumes are there, and answers the names of those whose are not. */
  async reload(): Promise<string[]> {
    return (await this.#loaded()).reload();
  }

  async #loaded(): Promise<VolumeOperations> {
    await this.#begin();
    this.#operations ??= import('../volume/operations.ts').then(({ VolumeOperations }) => new VolumeOperations(this.#parts));
    return this.#operations;
  }
}
