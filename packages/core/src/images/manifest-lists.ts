import type { Image } from '../contracts/image-store.ts';
import { InvalidArgumentError, InvalidStateError, NotFoundError } from '../errors.ts';
import { candidateReferences, normaliseReference } from '../reference.ts';
import { findImage } from '../runtime/find-image.ts';
import type { RuntimeParts } from '../runtime/parts.ts';

/** One image of a list, as the OCI image index has it. */
export interface ListEntry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: ListPlatform | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export interface ListPlatform {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string | undefined;
  readonly 'os.features'?: readonly string[] | undefined;
  readonly variant?: string | undefined;
  readonly features?: readonly string[] | undefined;
}

/** What is said of an image in place of what its config says. */
export interface EntryChanges {
  readonly architecture?: string | undefined;
  readonly os?: string | undefined;
  readonly osVersion?: string | undefined;
  readonly osFeatures?: readonly string[] | undefined;
  readonly variant?: string | undefined;
  readonly features?: readonly string[] | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export interface ManifestList {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly manifests: readonly ListEntry[];
}

const indexType = 'application/vnd.oci.image.index.v1+json';
const dockerListType = 'application/vnd.docker.distribution.manifest.list.v2+json';
const instancesKey = 'instances.json';
const manifestKey = 'manifest';

/** Lists of manifests in the store, as podman and buildah keep them. */
export class ManifestLists {
  readonly #parts: RuntimeParts;

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
  }

  /**
   * Makes an empty list and answers its id; with `amend`, one that has the name already is answered.
   * @throws {AlreadyExistsError} `image-name-in-use`.
   */
  async create(name: string, options: { readonly amend?: boolean } = {}): Promise<string> {
    const complete = normaliseReference(name);
    if (options.amend) {
      const present = await this.#parts.images.lookup({ names: [complete] });
      if (present?.isManifestList) return present.id;
    }
    const image = await this.#parts.images.createList(complete, {
      [manifestKey]: bytesOf({ schemaVersion: 2, mediaType: dockerListType, manifests: null }),
      [instancesKey]: bytesOf({}),
    });
    return image.id;
  }

  async exists(reference: string): Promise<boolean> {
    return (await this.#find(reference)) !== undefined;
  }

  /** @throws {NotFoundError} `no-such-image`; {InvalidStateError} `not-a-manifest-list` */
  async get(reference: string): Promise<ManifestList> {
    const { manifests, mediaType } = (await this.#parts.images.manifest((await this.#list(reference)).id))
      .document as ManifestList;
    return { schemaVersion: 2, mediaType: mediaType ?? indexType, manifests: manifests ?? [] };
  }

  /**
   * Adds an image of this store, or all of those in a list of this store with `all`, and answers the list's id. An image that is in the
   * list already is replaced.
   */
  async add(reference: string, imageName: string, options: EntryChanges & { readonly all?: boolean } = {}): Promise<string> {
    const list = await this.#list(reference);
    const image = await this.#image(imageName);
    const added = image.isManifestList
      ? (await this.get(image.id)).manifests.slice(0, options.all ? undefined : 1)
      : [await this.#entryOf(image)];
    const digests = added.map(({ digest }) => digest);
    const kept = (await this.get(list.id)).manifests.filter(({ digest }) => !digests.includes(digest));
    const instances = Object.fromEntries(digests.map((digest) => [digest, `containers-storage:${image.names[0] ?? image.id}`]));
    await this.#save(list, [...kept, ...added.map((entry) => changed(entry, options))], instances);
    return list.id;
  }

  /** Changes what the list says of the image with this digest. @throws {NotFoundError} `no-such-instance` */
  async annotate(reference: string, digest: string, changes: EntryChanges): Promise<string> {
    const list = await this.#list(reference);
    const { manifests } = await this.get(list.id);
    const entry = instanceOf(reference, manifests, digest);
    await this.#save(
      list,
      manifests.map((other) => (other === entry ? changed(other, changes) : other)),
      {},
    );
    return list.id;
  }

  /** Takes the image with this digest off the list. @throws {NotFoundError} `no-such-instance` */
  async remove(reference: string, digest: string): Promise<string> {
    const list = await this.#list(reference);
    const { manifests } = await this.get(list.id);
    const entry = instanceOf(reference, manifests, digest);
    await this.#save(
      list,
      manifests.filter((other) => other !== entry),
      { [digest]: undefined },
    );
    return list.id;
  }

  async #save(list: Image, manifests: readonly ListEntry[], change: Readonly<Record<string, string | undefined>>): Promise<void> {
    const { images } = this.#parts;
    const instances = JSON.parse(Buffer.from(await images.data(list.id, instancesKey)).toString()) as Record<string, string>;
    await images.putData(list.id, {
      [manifestKey]: bytesOf({ schemaVersion: 2, mediaType: indexType, manifests }),
      [instancesKey]: bytesOf({ '': list.id, ...instances, ...change }),
    });
  }

  async #entryOf(image: Image): Promise<ListEntry> {
    const { images } = this.#parts;
    const [config, manifest, bytes] = await Promise.all([
      images.config(image.id),
      images.manifest(image.id),
      images.data(image.id, manifestKey),
    ]);
    return {
      mediaType: manifest.mediaType,
      digest: image.digest ?? '',
      size: bytes.length,
      platform: {
        architecture: config.architecture ?? '',
        os: config.os ?? '',
        ...(config.variant && { variant: config.variant }),
      },
    };
  }

  async #image(name: string): Promise<Image> {
    const found = await findImage(this.#parts, name.replace(/^containers-storage:/, ''));
    if (found) return found.image;
    throw new NotFoundError(`${name}: image not known`, {
      code: 'no-such-image',
      hint: 'pull the image first: lists are made of images of this store',
    });
  }

  async #find(reference: string): Promise<Image | undefined> {
    const { images, defaults } = this.#parts;
    const names = /^[0-9a-f]{64}$/.test(reference) ? [] : candidateReferences(reference, defaults);
    const image = await images.lookup({ names, idOrPrefix: /^[0-9a-f]+$/.test(reference) ? reference : undefined });
    return image?.isManifestList ? image : undefined;
  }

  async #list(reference: string): Promise<Image> {
    const list = await this.#find(reference);
    if (list) return list;
    const other = await findImage(this.#parts, reference);
    if (!other)
      throw new NotFoundError(`${reference}: image not known`, {
        code: 'no-such-image',
        hint: 'make it with `tspod manifest create`',
      });
    throw new InvalidStateError(`${reference} is an image, not a list of manifests`, {
      code: 'not-a-manifest-list',
      actual: 'an image',
      allowed: ['a list of manifests'],
    });
  }
}

function instanceOf(reference: string, manifests: readonly ListEntry[], digest: string): ListEntry {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new InvalidArgumentError(`invalid image digest "${digest}": invalid checksum digest format`, {
      code: 'invalid-digest',
      hint: 'name it as `tspod manifest inspect` shows it, sha256: and 64 digits',
    });
  }
  const entry = manifests.find((other) => other.digest === digest);
  if (entry) return entry;
  throw new NotFoundError(`no instance matching digest "${digest}" found in manifest list ${reference}`, {
    code: 'no-such-instance',
  });
}

function changed(entry: ListEntry, changes: EntryChanges): ListEntry {
  const { architecture, os, osVersion, osFeatures, variant, features, annotations } = changes;
  const before = entry.platform ?? { architecture: '', os: '' };
  const platform = {
    ...before,
    ...(architecture && { architecture }),
    ...(os && { os }),
    ...(osVersion && { 'os.version': osVersion }),
    ...(osFeatures?.length && { 'os.features': osFeatures }),
    ...(variant && { variant }),
    ...(features?.length && { features }),
  };
  const hasNotes = Object.keys(annotations ?? {}).length > 0;
  return { ...entry, platform, ...(hasNotes && { annotations: { ...entry.annotations, ...annotations } }) };
}

function bytesOf(document: object): Uint8Array {
  return Buffer.from(JSON.stringify(document));
}
