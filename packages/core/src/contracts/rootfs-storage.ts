import type { RootfsSource } from '../container/config.ts';
import type { IdMaps } from '../isolation/id-maps.ts';
import type { FileChange } from './file-changes.ts';
import type { StoreCheckRequest, StoreProblem } from './store-check.ts';
import type { Usability } from './usability.ts';

/**
 * Root filesystems of containers, and the two directories that each container owns.
 *
 * Vocabulary: a *root filesystem* is one container's writable tree. Its *static directory* survives a reboot (bundle,
 * config.json, log); its *run directory* lies on tmpfs and does not (pid files, hosts, resolv.conf). A *mount* is counted: the
 * tree stays mounted until as many unmounts as mounts were asked for.
 *
 * Lifecycle: `create` → any number of `mount` … `unmount` pairs → `delete`. An implementation is dumb: the core calls it with
 * the container's lock held and undoes what it made when a later step fails. It does its own locking only for what it shares
 * with other programs (the containers/storage lock files).
 *
 * ```ts
 * const { storage } = createOverlayStorage({ graphRoot, runRoot });
 * const made = await storage.create({ id, name, source: { kind: 'image', imageId, imageName } });
 * const root = await storage.mount(id);   // "/var/lib/containers/storage/overlay/…/merged"
 * await storage.unmount(id);
 * await storage.delete(id);
 * ```
 */
export interface RootfsStorage {
  readonly specVersion: 'v1';
  /** Short name that flags and configuration use, e.g. `overlay`. */
  readonly name: string;
  readonly capabilities: RootfsStorageCapabilities;

  /** Whether this storage can work here: looks, changes nothing. */
  probe(): Promise<Usability>;

  /**
   * Makes the root filesystem and its static and run directories (both 0700, `userdata`). Nothing is mounted.
   *
   * @throws {AlreadyExistsError} `id-exists` or `container-exists` when the id or name is taken in this storage, also by
   * another program's container. Nothing is left behind by a failure.
   * @throws {NotFoundError} `no-such-image`, or `no-such-file` for a missing directory.
   * @throws {NotSupportedError} when the kind of source is not among the capabilities.
   */
  create(request: RootfsRequest): Promise<Rootfs>;

  /**
   * Where the directories of the container with this id are, whether they exist or not. Pure: a reboot empties the run root, and the
   * core then makes the run directory again.
   */
  directories(id: string): Rootfs;

  /**
   * Mounts the tree and answers its absolute path on the host; a second call counts and answers the same path.
   * @throws {NotFoundError} `no-such-container`.
   */
  mount(id: string): Promise<string>;

  /**
   * Takes one mount back and answers whether it is still mounted afterwards. `force` takes all of them. Idempotent: not
   * mounted, or no such container, is success.
   */
  unmount(id: string, options?: { readonly force?: boolean }): Promise<boolean>;

  /** Unmounts and removes everything of the container, its static and run directories too. Idempotent. The caller's own directory is never removed. */
  delete(id: string): Promise<void>;

  /** The container with this exact id or name, ours or another program's. */
  lookup(idOrName: string): Promise<RootfsEntry | undefined>;

  /** Every container in this storage, other programs' included. */
  list(): Promise<readonly RootfsEntry[]>;

  /**
   * Gives the container another name; the old one is free. Idempotent, also after a call that was cut short. Left out by storages in which
   * a name stays for good: their containers can't be renamed.
   * @throws {NotFoundError} `no-such-container`; {AlreadyExistsError} `container-exists`, naming the holder, and nothing is changed.
   */
  rename?(id: string, name: string): Promise<void>;

  /** Bytes that the container's own changes take. */
  size(id: string): Promise<number>;

  /** Bytes that everything takes which the container was made of. Left out where that is not known. */
  baseSize?(id: string): Promise<number>;

  /**
   * What differs from what the container was made of, in the order of the paths. Left out by storages that keep nothing to compare with.
   * @throws {NotFoundError} `no-such-container`; {NotSupportedError} `no-diff-base` for a directory that is used as it is.
   */
  diff?(id: string): Promise<readonly FileChange[]>;

  /** What `info` tells of the driver, by podman's names (`Backing Filesystem` …). Default: nothing. */
  status?(): Promise<Readonly<Record<string, string>>>;

  /** Directories that make up the tree, by the names that `inspect` shows (`UpperDir` …), as far as there are some. */
  layout?(id: string): Promise<Readonly<Record<string, string>>>;

  /**
   * The container as the archive of an image layer, uncompressed: its own changes where `commitsChanges` says so, unless `whole` asks for
   * all of the tree, which other storages always give. The same tree gives the same bytes. What changes meanwhile is taken as it is found.
   * Left out: containers can't be committed.
   * @throws {NotFoundError} `no-such-container`.
   */
  layerArchive?(id: string, options?: { readonly whole?: boolean }): AsyncIterable<Uint8Array>;

  /**
   * What is not as it should be in the store, its images too: what crashed programs left, what is missing or damaged; and mends it as far as
   * the request allows. Without `repair` nothing is changed. Left out by storages that look for such things themselves.
   */
  check?(request: StoreCheckRequest): Promise<readonly StoreProblem[]>;

  /** Frees locks and descriptors; the object is not used afterwards. Idempotent. */
  close(): Promise<void>;
}

export interface RootfsStorageCapabilities {
  /** Takes `{ kind: 'image' }` sources. */
  readonly imageRoots: boolean;
  /** Takes `{ kind: 'directory' }` sources. */
  readonly directoryRoots: boolean;
  /** A container made from an image needs the image for as long as it exists. */
  readonly needsImage: boolean;
  /** `layerArchive` can give what a container changed of its image. Default: false, it gives whole trees. */
  readonly commitsChanges?: boolean | undefined;
  /** Takes `idMaps` for images; for directories, whose files stay whose they are, every storage does. Default: false. */
  readonly mapsIds?: boolean | undefined;
}

export interface RootfsRequest {
  /** 64 lower-case hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly source: RootfsSource;
  /** SELinux label of the mount; empty: none. */
  readonly mountLabel?: string | undefined;
  /** Label of the process, recorded beside the mount label. */
  readonly processLabel?: string | undefined;
  /** Overrides the storage's own mount options, e.g. for a privileged container. */
  readonly mountOptions?: readonly string[] | undefined;
  /** The content need not survive a crash of the machine: skip syncing (podman's `--rm`). Default: false. */
  readonly volatile?: boolean | undefined;
  /**
   * The ids of the tree as the container's user namespace has them: what belongs to id 0 of the image belongs to the host id that 0 is
   * mapped to, when the tree is mounted (but a caller's directory is as it is); likewise the static and the run directory, and their parents can be passed through by others.
   */
  readonly idMaps?: IdMaps | undefined;
  /** Unix seconds, ISO 8601 here; recorded as creation time. Default: now. */
  readonly createdAt?: string | undefined;
}

export interface Rootfs {
  readonly staticDir: string;
  readonly runDir: string;
}

export interface RootfsEntry {
  readonly id: string;
  readonly names: readonly string[];
  /** Empty when it was made from scratch or from a directory. */
  readonly imageId: string;
  readonly createdAt: string;
  /** Undefined: none, or the storage does not know. */
  readonly idMaps?: IdMaps | undefined;
  readonly mounted: boolean;
  /** Where, while it is mounted. */
  readonly mountPoint?: string | undefined;
  /** How many mounts are not taken back yet. */
  readonly mountCount?: number | undefined;
}
