import { writeArchive } from '../container/verbs/export.ts';
import type { StoredVolume } from '../contracts/state-store.ts';
import type { VolumeDriver } from '../contracts/volume-driver.ts';
import { EngineError, NotFoundError } from '../errors.ts';
import { generateId } from '../id.ts';
import { fileTrees } from '../runtime/file-trees.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { settleEach } from '../settle-each.ts';
import { type CreateVolumeOptions, createVolume } from './create.ts';
import { driverNamed } from './drivers.ts';
import { type VolumeFilters, volumeFilter } from './filters.ts';
import { withVolumeLocked } from './lock.ts';
import { removeVolume } from './remove.ts';
import { type RemoveVolumeOptions, removeWithUsers } from './remove-with-users.ts';
import { inspectVolume, summariseVolume, type VolumeInspect, type VolumeSummary } from './summary.ts';

/** A volume that was pruned, or could not be. */
export type PrunedVolume = { readonly name: string } & ({ readonly failure?: undefined } | { readonly failure: unknown });

/** Holders of who mounts by hand are counted from 1. */
const handHolder = 'mounted-';

/** What `RuntimeVolumes` does. */
export class VolumeOperations {
  readonly #parts: RuntimeParts;

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
  }

  async create(options: CreateVolumeOptions = {}): Promise<VolumeSummary> {
    return summariseVolume(this.#parts, await createVolume(this.#parts, options));
  }

  async list(options: { readonly filters?: VolumeFilters | undefined } = {}): Promise<VolumeSummary[]> {
    const chosen = await this.#choose(options.filters ?? {}, 'list');
    return Promise.all(chosen.map((volume) => summariseVolume(this.#parts, volume)));
  }

  async get(name: string): Promise<VolumeSummary> {
    return summariseVolume(this.#parts, await this.#parts.state.lookupVolume(name));
  }

  async exists(name: string): Promise<boolean> {
    return (await this.#parts.state.volume(name)) !== undefined;
  }

  async inspect(name: string): Promise<VolumeInspect> {
    return inspectVolume(await this.get(name));
  }

  async remove(name: string, options?: RemoveVolumeOptions): Promise<void> {
    const { config } = await this.#parts.state.lookupVolume(name);
    await removeWithUsers(this.#parts, config.name, options);
  }

  async prunable(options: { readonly filters?: VolumeFilters | undefined } = {}): Promise<string[]> {
    return (await this.#choose(options.filters ?? {}, 'prune')).map(({ config }) => config.name);
  }

  async prune(options: { readonly filters?: VolumeFilters | undefined } = {}): Promise<PrunedVolume[]> {
    const outcomes = await settleEach(await this.prunable(options), (name) => removeVolume(this.#parts, name));
    return outcomes.flatMap((outcome): PrunedVolume[] => {
      if (!('failure' in outcome)) return [{ name: outcome.item }];
      const { failure } = outcome;
      const isPassed = EngineError.isInstance(failure) && ['no-such-volume', 'volume-in-use'].includes(failure.code);
      return isPassed ? [] : [{ name: outcome.item, failure }];
    });
  }

  async export(
    name: string,
    target: string | ((piece: Uint8Array) => Promise<void> | void),
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    await this.#whileHeld(name, async (path) => {
      using tree = await fileTrees(this.#parts).openDirectory(path);
      await writeArchive(tree.pack('/', { name: '', signal }), target, signal);
    });
  }

  async import(
    name: string,
    archive: AsyncIterable<Uint8Array>,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    await this.#whileHeld(name, async (path) => {
      using tree = await fileTrees(this.#parts).openDirectory(path);
      await tree.unpack(archive, '/', { signal, replaceDirectories: true });
    });
  }

  async mount(name: string): Promise<string> {
    return this.#withVolume(name, async ({ config }, driver) => {
      const held = (await this.#byHand(driver, config.name)).at(-1) ?? 0;
      await driver.mount(config, `${handHolder}${held + 1}`);
      return driver.mountPoint(config.name);
    });
  }

  async unmount(name: string): Promise<void> {
    await this.#withVolume(name, async ({ config }, driver) => {
      const last = (await this.#byHand(driver, config.name)).at(-1);
      if (last !== undefined) await driver.unmount(config.name, `${handHolder}${last}`);
    });
  }

  async reload(): Promise<string[]> {
    const drivers = new Set(((await this.#parts.volumeDrivers?.()) ?? []).map(({ name }) => name));
    return (await this.#parts.state.volumes()).flatMap(({ config }) => (drivers.has(config.driver) ? [] : [config.name]));
  }

  async #choose(filters: VolumeFilters, verb: 'list' | 'prune'): Promise<StoredVolume[]> {
    const fits = volumeFilter(filters, verb, Date.now());
    const needsUse = verb === 'prune' || filters.dangling !== undefined;
    const chosen: StoredVolume[] = [];
    for (const volume of await this.#parts.state.volumes()) {
      const isUsed = needsUse && (await this.#parts.state.volumeUsers(volume.config.name)).length > 0;
      if (fits({ config: volume.config, isUsed }) && !(verb === 'prune' && isUsed)) chosen.push(volume);
    }
    return chosen;
  }

  /** Numbers of the holders by hand, the smallest first. */
  async #byHand(driver: VolumeDriver, name: string): Promise<number[]> {
    const holders = (await driver.holders(name)).filter((holder) => holder.startsWith(handHolder));
    return holders.map((holder) => Number(holder.slice(handHolder.length))).sort((one, other) => one - other);
  }

  async #withVolume<Result>(name: string, act: (volume: StoredVolume, driver: VolumeDriver) => Promise<Result>): Promise<Result> {
    return withVolumeLocked(this.#parts, name, async () => {
      const volume = await this.#parts.state.volume(name);
      if (volume === undefined) throw noSuchVolume(name);
      return act(volume, await driverNamed(this.#parts, volume.config.driver));
    });
  }

  /** The lock is held only while it is mounted and unmounted, so that a long copy holds nobody up. */
  async #whileHeld(name: string, use: (path: string) => Promise<void>): Promise<void> {
    const holder = `copy-${generateId().slice(0, 16)}`;
    const path = await this.#withVolume(name, async ({ config }, driver) => {
      await driver.mount(config, holder);
      return driver.mountPoint(name);
    });
    try {
      await use(path);
    } finally {
      await withVolumeLocked(this.#parts, name, async () => {
        const volume = await this.#parts.state.volume(name);
        if (volume !== undefined) await (await driverNamed(this.#parts, volume.config.driver)).unmount(name, holder);
      });
    }
  }
}

function noSuchVolume(name: string): NotFoundError {
  return new NotFoundError(`no volume with name "${name}" found: no such volume`, { code: 'no-such-volume' });
}
