import type { Image } from './image.ts';

/** Making images of what is at hand, and the documents that are kept with one. Part of `ImageStore`. */
export interface ImageMaker {
  /**
   * Makes an image: the layers of `base`, and above them at most one more, out of a layer archive. Content that is there already
   * under the same digests is used as it is. A failure, also of `layer`, leaves the store as it was.
   *
   * @throws {NotFoundError} `no-such-image` when `base` is gone; {InvalidArgumentError} `invalid-archive` for an archive that can't be a
   * layer; {CorruptError} when the base can't be used.
   */
  create(request: NewImage): Promise<Image>;

  /**
   * Makes a list of manifests: an image without layers, which has `name` and the documents of `data`, `manifest` among them.
   * @throws {AlreadyExistsError} `image-name-in-use` when another image has the name.
   */
  createList(name: string, data: ImageData): Promise<Image>;

  /**
   * A document that is kept with the image.
   * @throws {NotFoundError} `no-such-image`; {CorruptError} when it is missing.
   */
  data(id: string, key: string): Promise<Uint8Array>;

  /** Adds and replaces documents, all of them or none. @throws {NotFoundError} `no-such-image`. */
  putData(id: string, data: ImageData): Promise<void>;
}

export type ImageData = Readonly<Record<string, Uint8Array>>;

export interface NewImage {
  /** Image whose layers come below; undefined: none. */
  readonly base?: string | undefined;
  /** Content of one more layer, a tar archive, plain or compressed, read once. */
  readonly layer?: AsyncIterable<Uint8Array> | undefined;
  /** Called when digests and sizes of all layers are known, the base's first. */
  readonly describe: (layers: readonly LayerContent[]) => ImageDocuments;
  /** Complete references; each is taken from the image that has it. */
  readonly names: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly signal?: AbortSignal | undefined;
}

/** A layer as manifests and configs name it. */
export interface LayerContent {
  /** Of the archive before compression, `sha256:<hex>`. */
  readonly digest: string;
  /** Bytes of that archive. */
  readonly size: number;
}

export interface ImageDocuments {
  /** Its digest becomes the image's id. */
  readonly config: Uint8Array;
  readonly manifest: (config: LayerContent) => Uint8Array;
}
