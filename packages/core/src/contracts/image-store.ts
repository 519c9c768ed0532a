import type { ImageConfig } from '../oci/image-config.ts';
import type { FileChange } from './file-changes.ts';
import type { Image } from './image.ts';
import type { ImageMaker } from './image-maker.ts';

export type { Image };

/**
 * The images of one store: found by id, digest, name or unique id prefix.
 *
 * Names are complete references (`docker.io/library/busybox:latest`, `localhost/web:v1`); turning what a person typed into
 * one is the core's work (`reference.ts`). A name belongs to at most one image: giving it to another takes it away.
 */
export interface ImageStore extends ImageMaker {
  readonly specVersion: 'v1';

  list(): Promise<readonly Image[]>;

  /**
   * The image that has this id, unique id prefix (3 digits or more), digest, or one of `names` in that order.
   * @throws {InvalidArgumentError} `ambiguous-image` when an id prefix fits several.
   */
  lookup(reference: ImageLookup): Promise<Image | undefined>;

  /** @throws {NotFoundError} `no-such-image`; {CorruptError} when the stored config is not valid. */
  config(id: string): Promise<ImageConfig>;

  /** The default manifest as stored, and its media type. */
  manifest(id: string): Promise<{ readonly mediaType: string; readonly document: unknown }>;

  /** Gives `name` to the image, taking it from another one. Idempotent. */
  tag(id: string, name: string): Promise<void>;

  /** Takes `name` away; the image stays, if need be without a name. Idempotent. */
  untag(id: string, name: string): Promise<void>;

  /**
   * Removes the image and those of its layers that nothing else uses; answers the ids of the image and of the untagged parents
   * that went with it. `keepParents` leaves those.
   * @throws {InUseError} `image-in-use` with the container ids, when containers (ours or other programs') were made from it, or `image-has-children`.
   * @throws {NotFoundError} `no-such-image`.
   */
  remove(id: string, options?: { readonly keepParents?: boolean }): Promise<readonly string[]>;

  /** Mounts the image's tree read-only and answers the path; counted like a container's. */
  mount(id: string): Promise<string>;
  unmount(id: string, options?: { readonly force?: boolean }): Promise<boolean>;
  /**
   * The image's tree to be read at a path by this process and its children, without a count: it is gone when it is disposed of, or the process has
   * ended. Default, and undefined where the machine can't: `mount` is what there is.
   */
  openTree?(id: string): Promise<OpenedImageTree | undefined>;
  /**
   * Mounts the image's tree read-only on `target`, a directory of the caller's with nothing mounted on it, without a count: the caller unmounts
   * it, and finds it by its place when a process died between. Default: `target` becomes a bind mount of what `mount` answers, and a process
   * that is killed there leaves the image counted once too often.
   */
  mountAt?(id: string, target: string): Promise<void>;
  /** The images that are mounted. */
  mounts(): Promise<readonly ImageMount[]>;

  /** What the image's top layer changes about those below it. Default: it can't be told. @throws {InvalidStateError} `image-without-layer` */
  diff?(id: string): Promise<readonly FileChange[]>;

  /** Where the image's layers are, in the words of podman's `GraphDriver`. Default: not told. */
  graphDriver?(id: string): Promise<GraphDriver>;

  /**
   * Takes away what a program that worked on the store for us has left mounted, unless somebody needs it. Default: nothing is ever left.
   * Idempotent.
   */
  tidy?(): Promise<void>;

  /** Every layer of the store, those of containers, too. */
  layers(): Promise<readonly ImageLayer[]>;
}

export interface GraphDriver {
  readonly Name: string;
  readonly Data: Readonly<Record<string, string>>;
}

export interface OpenedImageTree extends Disposable {
  readonly path: string;
}

export interface ImageMount {
  readonly id: string;
  readonly path: string;
}

export interface ImageLayer {
  readonly id: string;
  /** Undefined: nothing is below. */
  readonly parent: string | undefined;
  /** Digest of the archive it was made of; undefined for a container's layer. */
  readonly digest: string | undefined;
  /** Bytes of that archive; 0 for a container's layer. */
  readonly size: number;
  /** Where its files are on the host. */
  readonly directory: string;
}

export interface ImageLookup {
  /** An id, a unique prefix of one, or `sha256:<hex>`; tried after the names, as podman does. */
  readonly idOrPrefix?: string | undefined;
  /** Complete references, tried in order. */
  readonly names: readonly string[];
}
