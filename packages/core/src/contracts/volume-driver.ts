import type { Usability } from './usability.ts';

/**
 * Where the data of named volumes is: directories of this machine, file systems that are mounted while somebody needs them, or
 * whatever a package of others brings.
 *
 * The core keeps the records of volumes and holds a volume's lock while it calls. A volume's life: `create` → any number of `mount` …
 * `unmount` pairs, each for a holder → `remove`. Holders make mounting idempotent: a container that crashed half-way holds what it
 * holds, once. No mount survives a reboot.
 */
export interface VolumeDriver {
  readonly specVersion: 'v1';
  /** Short name that flags and configuration use, e.g. `local`. */
  readonly name: string;

  probe(): Promise<Usability>;

  /**
   * What the options mean, before anything is made. Pure.
   * @throws {InvalidArgumentError} `invalid-volume-option` naming the option.
   */
  check(options: Readonly<Record<string, string>>): VolumeTraits;

  /** Makes the place of the volume's data. A failure leaves nothing. @throws {AlreadyExistsError} `volume-exists` when there is one already. */
  create(volume: VolumeRequest): Promise<void>;

  /** Where the data is for who holds the volume. Pure. */
  mountPoint(name: string): string;

  /** Makes the data reachable at `mountPoint` until the holder's `unmount`. Idempotent for a holder. @throws {NotFoundError} `no-such-volume` */
  mount(volume: VolumeRequest, holder: string): Promise<void>;

  /** Takes the holder's mount back; what nobody holds is not mounted any more. Idempotent, also for a volume that is gone. */
  unmount(name: string, holder: string): Promise<void>;

  /** Who holds the volume. */
  holders(name: string): Promise<readonly string[]>;

  /** Unmounts and removes the data. Idempotent. */
  remove(name: string): Promise<void>;
}

export interface VolumeRequest {
  /** `[a-zA-Z0-9][a-zA-Z0-9_.-]*` */
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
}

/** What is known of a volume from its options. */
export interface VolumeTraits {
  /** Owner of a new volume's root; undefined: root, until the first container that uses it. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** An empty volume of this kind gets what the image has at its place, the first time a container uses it. */
  readonly copiesUp: boolean;
}
