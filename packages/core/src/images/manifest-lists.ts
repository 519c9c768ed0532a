import type { Image } from '../contracts/image-store.ts';
import type { RegistryAccess } from '../contracts/image-transport.ts';
import { EngineError, InvalidArgumentError, InvalidStateError, NotFoundError } from '../errors.ts';
import { dockerListType, indexType, type ListEntry, type ManifestList } from '../oci/image-index.ts';
import { candidateReferences, normaliseReference, registryReference, remoteReferences } from '../reference.ts';
import { findImage, noSuchImage } from '../runtime/find-image.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { entriesElsewhere, instanceForThisMachine, parseManifest } from './entries-elsewhere.ts';

/** Which images an addition means, and how their registries are talked to. */
export interface AddOptions extends RegistryAccess {
  /** Of a list, every image; default: the one for this machine. */
  readonly all?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
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

const instancesKey = 'instances.json';
const manifestKey = 'manifest';

interface Addition {
  readonly entry: ListEntry;
  /** `TRANSPORT:DETAILS` */
  readonly place: string;
}

/** Lists of manifests in the store, as podman and buildah keep them. */
export class ManifestLists {
  readonly #parts: RuntimeParts;

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
  }

  /**
   * Makes a list of these images and answers its id; with `amend`, they are added to the list that has the name already. Nothing is made
   * when one of them can't be had.
   * @throws {AlreadyExistsError} `image-name-in-use`; as `add`.
   */
  async create(
    name: string,
    options: AddOptions & { readonly amend?: boolean | undefined; readonly images?: readonly string[] | undefined } = {},
  ): Promise<string> {
    const complete = normaliseReference(name);
    const added: Addition[] = [];
    for (const image of options.images ?? []) added.push(...(await this.#additions(image, options)));
    const present = options.amend ? await this.#parts.images.lookup({ names: [complete] }) : undefined;
    const list = present?.isManifestList
      ? present
      : await this.#parts.images.createList(complete, {
          [manifestKey]: bytesOf({ schemaVersion: 2, mediaType: dockerListType, manifests: null }),
          [instancesKey]: bytesOf({}),
        });
    if (added.length > 0) await this.#add(list, added, {});
    return list.id;
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
   * Adds an image, or all of those in a list with `all`, and answers the list's id. A name that begins with a registry is looked for there,
   * then in this store, another one the other way round; `TRANSPORT:DETAILS` names an image anywhere. An image that is in the list already
   * is replaced.
   * @throws {NotFoundError} `no-such-image`; as `ImageTransport.readRemote`.
   */
  async add(reference: string, imageName: string, options: EntryChanges & AddOptions = {}): Promise<string> {
    const list = await this.#list(reference);
    await this.#add(list, await this.#additions(imageName, options), options);
    return list.id;
  }

  /**
   * What a registry has under a name, as JSON: a list, or the manifest of one image. A short name is looked for in each search registry.
   * @throws as `ImageTransport.readRemote`
   */
  async getRemote(name: string, access: RegistryAccess = {}): Promise<unknown> {
    const { references } = remoteReferences(name, this.#parts.defaults);
    const failures: unknown[] = [];
    for (const reference of references.length > 0 ? references : [registryReference(name)]) {
      try {
        const { manifest } = await this.#parts.transport.readRemote({ ...access, source: `docker://${reference}` });
        return parseManifest(manifest, reference);
      } catch (error) {
        failures.push(error);
      }
    }
    throw failures.at(-1);
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

  async #add(list: Image, additions: readonly Addition[], changes: EntryChanges): Promise<void> {
    const added = new Map(additions.map((addition) => [addition.entry.digest, addition]));
    const kept = (await this.get(list.id)).manifests.filter(({ digest }) => !added.has(digest));
    const entries = [...added.values()].map(({ entry }) => changed(entry, changes));
    const places = [...added].map(([digest, { place }]) => [digest, place] as const);
    await this.#save(list, [...kept, ...entries], Object.fromEntries(places));
  }

  async #additions(name: string, { all, ...access }: AddOptions): Promise<readonly Addition[]> {
    const [, local] = /^containers-storage:(.*)$/s.exec(name) ?? [];
    if (local !== undefined) return (await this.#storedUnder(local, all)) ?? Promise.reject(noSuchImage(local));
    if (/^(docker:\/\/|docker-archive:|oci-archive:|oci:|dir:)/.test(name)) return this.#elsewhere(name, all, access);
    const place = `docker://${registryReference(name)}`;
    if (isOfRegistry(name)) {
      try {
        return await this.#elsewhere(place, all, access);
      } catch (error) {
        const stored = EngineError.isInstance(error) ? await this.#storedUnder(name, all) : undefined;
        if (stored === undefined) throw error;
        return stored;
      }
    }
    return (await this.#storedUnder(name, all)) ?? this.#elsewhere(place, all, access);
  }

  async #elsewhere(place: string, all: boolean | undefined, access: Omit<AddOptions, 'all'>): Promise<readonly Addition[]> {
    const entries = await entriesElsewhere(this.#parts.transport, { ...access, source: place }, all ?? false);
    return entries.map((entry) => ({ entry, place }));
  }

  async #storedUnder(name: string, all: boolean | undefined): Promise<readonly Addition[] | undefined> {
    const found = await findImage(this.#parts, name);
    return found && this.#stored(found.image, all ?? false);
  }

  async #stored(image: Image, all: boolean): Promise<readonly Addition[]> {
    const own = `containers-storage:${image.names[0] ?? image.id}`;
    if (!image.isManifestList) return [{ entry: await this.#entryOf(image), place: own }];
    const [{ manifests }, places] = await Promise.all([this.get(image.id), this.places(image)]);
    const entries = all ? manifests : [instanceForThisMachine(manifests)];
    return entries.map((entry) => ({ entry, place: places[entry.digest] ?? own }));
  }

  /** Where the images of a list are, by their digests. */
  async places(list: Image): Promise<Readonly<Record<string, string>>> {
    return JSON.parse(Buffer.from(await this.#parts.images.data(list.id, instancesKey)).toString());
  }

  async #save(list: Image, manifests: readonly ListEntry[], change: Readonly<Record<string, string | undefined>>): Promise<void> {
    const { images } = this.#parts;
    const instances = await this.places(list);
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

/** `localhost` is the store. */
function isOfRegistry(name: string): boolean {
  const complete = normaliseReference(name.replace(/@.*$/, ''));
  return !complete.startsWith('localhost/');
}

function instanceOf(reference: string, manifests: readonly ListEntry[], digest: string): ListEntry {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
    const fault = /^sha256:[0-9a-f]*$/.test(digest) ? 'length' : 'format';
    throw new InvalidArgumentError(`invalid image digest "${digest}": invalid checksum digest ${fault}`, {
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
