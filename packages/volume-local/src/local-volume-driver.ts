import { chmodSync, chownSync, closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  AlreadyExistsError,
  checkName,
  generateId,
  makeDirectory,
  NotFoundError,
  type Usability,
  usable,
  type VolumeDriver,
  type VolumeRequest,
  type VolumeTraits,
  withUndoFailure,
} from '@tspod/core';
import { hasCode, isMountPoint, mount, removeTree, unmount } from '@tspod/linux';
import { parseLocalOptions } from './local-options.ts';
import type { VolumeLocalSettings } from './volume-local-settings.ts';

/** Permissions of a new volume's root, as podman makes it. */
const rootMode = 0o755;

/** Each volume is a directory; one with a device is a mount point that has the device on it while somebody holds the volume. */
export class LocalVolumeDriver implements VolumeDriver {
  readonly specVersion = 'v1';
  readonly name = 'local';
  readonly #settings: VolumeLocalSettings;

  constructor(settings: VolumeLocalSettings) {
    this.#settings = settings;
  }

  async probe(): Promise<Usability> {
    return usable;
  }

  check(options: Readonly<Record<string, string>>): VolumeTraits {
    const { uid, gid, mount: device } = parseLocalOptions(options);
    return { uid, gid, copiesUp: device === undefined && options.nocopy === undefined };
  }

  async create({ name, options }: VolumeRequest): Promise<void> {
    const { uid, gid } = parseLocalOptions(options);
    makeDirectory(this.#settings.directory, { what: 'directory of volumes', flag: '--volumepath', mode: 0o711 });
    const draft = join(this.#settings.directory, `.${generateId().slice(0, 16)}`);
    try {
      mkdirSync(join(draft, '_data'), { recursive: true, mode: 0o700 });
      chmodSync(draft, 0o711);
      chownSync(join(draft, '_data'), uid ?? 0, gid ?? 0);
      chmodSync(join(draft, '_data'), rootMode);
      renameSync(draft, this.#path(name));
    } catch (failure) {
      rmSync(draft, { recursive: true, force: true });
      if (!hasCode(failure, 'ENOTEMPTY', 'EEXIST')) throw failure;
      throw new AlreadyExistsError(`the volume directory ${this.#path(name)} exists already`, {
        code: 'volume-exists',
        hint: 'it is of no volume that tspod knows: look into it and remove it',
      });
    }
  }

  mountPoint(name: string): string {
    return join(this.#path(name), '_data');
  }

  async mount({ name, options }: VolumeRequest, holder: string): Promise<void> {
    const { mount: device } = parseLocalOptions(options);
    const target = this.mountPoint(name);
    if (!statSync(target, { throwIfNoEntry: false })?.isDirectory()) {
      throw new NotFoundError(`the directory ${target} of volume "${name}" is gone`, {
        code: 'no-such-volume',
        hint: `its data is lost: remove the volume with \`tspod volume rm ${name}\``,
      });
    }
    const held = this.#holderPath(name, holder);
    mkdirSync(this.#holdersPath(name), { recursive: true, mode: 0o700 });
    // the holder first: a crash between the two leaves a holder without a mount, which the same holder's next mount completes
    closeSync(openSync(held, 'w', 0o600));
    if (device === undefined || isMountPoint(target)) return;
    try {
      mount({ ...device, target });
    } catch (failure) {
      try {
        rmSync(held, { force: true });
      } catch (undoFailure) {
        throw withUndoFailure(failure, undoFailure);
      }
      throw failure;
    }
  }

  async unmount(name: string, holder: string): Promise<void> {
    rmSync(this.#holderPath(name, holder), { force: true });
    if ((await this.holders(name)).length > 0) return;
    // what still has files open there keeps them; nothing new comes to it
    unmount(this.mountPoint(name), { detach: true });
    rmSync(this.#holdersPath(name), { recursive: true, force: true });
  }

  async holders(name: string): Promise<readonly string[]> {
    try {
      return readdirSync(this.#holdersPath(name)).sort();
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    unmount(this.mountPoint(name), { detach: true });
    rmSync(this.#holdersPath(name), { recursive: true, force: true });
    await removeTree(this.#path(name));
  }

  #path(name: string): string {
    return join(this.#settings.directory, checkName(name));
  }

  #holdersPath(name: string): string {
    return join(this.#settings.runDirectory, checkName(name));
  }

  #holderPath(name: string, holder: string): string {
    return join(this.#holdersPath(name), checkName(holder));
  }
}
