import { storageNamed } from '../container/backends.ts';
import type { ContainerConfig } from '../container/config.ts';
import { remove as removeContainer } from '../container/verbs/remove.ts';
import type { EventAction } from '../contracts/event-log.ts';
import type { FileChange } from '../contracts/file-changes.ts';
import type { BuildRequest, BuiltImage } from '../contracts/image-builder.ts';
import type { Image, ImageMount } from '../contracts/image-store.ts';
import type { Credentials, LoadedImage, LoadRequest, RegistryAccess, SignRequest } from '../contracts/image-transport.ts';
import { EngineError, InUseError, InvalidStateError, NotFoundError, NotSupportedError, UnavailableError } from '../errors.ts';
import type { ImageFilters } from '../images/image-filter.ts';
import type { ImportOptions } from '../images/import.ts';
import type { FamilyMember, HistoryEntry, LayerNode } from '../images/layer-tree.ts';
import type { ManifestLists } from '../images/manifest-lists.ts';
import { candidateReferences, normaliseReference } from '../reference.ts';
import { recordEvent } from './events.ts';
import { findImage, noSuchImage } from './find-image.ts';
import { type ImageInspect, inspectImage } from './inspect-image.ts';
import type { RuntimeParts } from './parts.ts';
import { type PullOptions, pullImages } from './pull-image.ts';
import type { PushOptions } from './push-image.ts';
import { type LoginOptions, registryHost, usualRegistry } from './registry-login.ts';
import { type SaveOptions, saveImages } from './save-images.ts';
import { type FoundImage, listTags, type SearchOptions, searchImages } from './search-images.ts';

export interface PruneImagesOptions {
  /** Those with names, too. */
  readonly all?: boolean | undefined;
  /** Those that only containers of other programs use, too; and these containers. */
  readonly external?: boolean | undefined;
  readonly select?: ((image: Image) => boolean | Promise<boolean>) | undefined;
}

export interface ImageTree {
  readonly image: Image;
  readonly nodes: readonly LayerNode[];
}

/** The images of a `Runtime`'s store. `reference` is a name as a person types it, an id, a unique prefix of one, or a digest. */
export class RuntimeImages {
  readonly #parts: RuntimeParts;

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
  }

  /** @throws {InvalidArgumentError} `invalid-filter`; {NotFoundError} `no-such-image` for one that a filter names. */
  async list({ filters }: { readonly filters?: ImageFilters | undefined } = {}): Promise<readonly Image[]> {
    const images = await this.#parts.images.list();
    if (filters === undefined) return images;
    const fits = await this.filter(filters);
    const verdicts = await Promise.all(images.map(fits));
    return images.filter((_, index) => verdicts[index]);
  }

  /** A test whether filters choose an image, for many images. @throws as `list`. */
  async filter(filters: ImageFilters): Promise<(image: Image) => Promise<boolean>> {
    const { imageFilter } = await import('../images/image-filter.ts');
    return imageFilter(filters, {
      get: (reference) => this.get(reference),
      inspect: (reference) => this.inspect(reference),
      intermediate: () => this.intermediate(),
      used: async () =>
        new Set(
          (await this.#parts.state.containers()).flatMap(({ config: { rootfs } }) =>
            rootfs.kind === 'image' ? [rootfs.imageId] : [],
          ),
        ),
    });
  }

  /** @throws {NotFoundError} `no-such-image`; {InvalidArgumentError} `ambiguous-image`, `invalid-reference`. */
  async get(reference: string): Promise<Image> {
    const found = await findImage(this.#parts, reference);
    if (found === undefined) throw noSuchImage(reference);
    return found.image;
  }

  async exists(reference: string): Promise<boolean> {
    return (await findImage(this.#parts, reference)) !== undefined;
  }

  /** podman's `image inspect` document. */
  async inspect(reference: string): Promise<ImageInspect> {
    const image = await this.get(reference);
    const { images } = this.#parts;
    const [config, manifest, graphDriver] = await Promise.all([
      images.config(image.id),
      images.manifest(image.id),
      images.graphDriver?.(image.id),
    ]);
    const { parentOf } = await import('../images/layer-tree.ts');
    const parent = parentOf({ image, config }, await this.#family())?.image.id ?? '';
    return inspectImage({ image, config, manifest, graphDriver, parent });
  }

  /** What the image's top layer changes about those below it, but for mount points. @throws {NotSupportedError} `no-diff` */
  async diff(reference: string): Promise<readonly FileChange[]> {
    const { id } = await this.get(reference);
    const changes = await this.#parts.images.diff?.(id);
    if (changes === undefined) throw new NotSupportedError("this image store can't compare layers", { code: 'no-diff' });
    const { withoutMountPoints } = await import('../container/verbs/diff.ts');
    return withoutMountPoints(changes);
  }

  /** Gives the image one more name; a short name becomes `localhost/NAME:latest`. @throws {InvalidArgumentError} `invalid-reference` */
  async tag(reference: string, name: string): Promise<void> {
    const image = await this.get(reference);
    await this.#parts.images.tag(image.id, normaliseReference(name));
    await this.#record('tag', image.id, name);
  }

  /** Takes one name away. @throws {NotFoundError} `no-such-image` when the image does not have it. */
  async untag(reference: string, name: string): Promise<void> {
    const image = await this.get(reference);
    const complete = image.names.find((one) => this.#candidates(name).includes(one));
    if (complete === undefined) throw new NotFoundError(`${normaliseReference(name)}: tag not known`, { code: 'no-such-image' });
    await this.#parts.images.untag(image.id, complete);
    await this.#record('untag', image.id, complete);
  }

  /**
   * Removes an image. Named by one of several names, it only loses that name. `force` takes the image with all of its names, and
   * removes the containers that were made from it, those of builds, too.
   *
   * @throws {InUseError} `image-in-use`; {InvalidStateError} `image-has-names` when it is given by id, has several names, and `force` is not given.
   */
  async remove(
    reference: string,
    options: { readonly force?: boolean; readonly keepParents?: boolean } = {},
  ): Promise<{ untagged: string[]; deleted: string[] }> {
    const { images } = this.#parts;
    const found = await findImage(this.#parts, reference);
    if (found === undefined) throw noSuchImage(reference);
    const { image, name } = found;
    if (name !== undefined && image.names.length > 1 && !options.force) {
      await images.untag(image.id, name);
      await this.#record('untag', image.id, name);
      return { untagged: [name], deleted: [] };
    }
    if (name === undefined && image.names.length > 1 && !options.force) {
      throw new InvalidStateError(
        `unable to delete image "${image.id}" by ID with more than one tag (${image.names.join(', ')}): please force removal`,
        { code: 'image-has-names', actual: `${image.names.length} names`, allowed: ['at most one name'] },
      );
    }
    const users = await this.#ownContainers(image.id);
    if (options.force) {
      for (const { id } of users) await removeContainer(this.#parts, id, { force: true });
      await this.#removeExternalContainers(image);
    } else if (users.length > 0)
      throw inUse(
        reference,
        image.id,
        users.map(({ id }) => id),
      );
    const deleted = [...(await images.remove(image.id, { keepParents: options.keepParents ?? false }))];
    await this.#record('remove', image.id, name ?? '');
    for (const lost of image.names) await this.#record('untag', image.id, lost);
    return { untagged: [...image.names], deleted };
  }

  /**
   * Pulls an image, by a name as a person types it or a place as `oci-archive:/tmp/x.tar`, and answers what it is now in the store.
   * A short name is tried with its alias or with each search registry.
   *
   * @throws {NotFoundError} `no-such-remote-image`, `no-such-image`; {UnavailableError} `registry-unreachable`,
   * `registry-not-trusted`, `registry-blocked`, `not-authorised`; {RuntimeFailedError} `transfer-failed`, also when several
   * registries were tried in vain.
   */
  async pull(name: string, options: PullOptions = {}): Promise<readonly Image[]> {
    return pullImages(this.#parts, name, options);
  }

  /**
   * Pushes an image to a registry, archive or directory; without a destination to the registry that its name has. Answers the digest
   * of the manifest there.
   */
  async push(reference: string, destination?: string, options: PushOptions = {}): Promise<{ readonly digest: string }> {
    const { pushImage } = await import('./push-image.ts');
    const found = await findImage(this.#parts, reference);
    if (found === undefined) throw noSuchImage(reference);
    return pushImage(this.#parts, found, destination ?? reference, options);
  }

  /** Pushes a list of manifests with its images. */
  async pushManifestList(
    reference: string,
    destination: string,
    options: PushOptions & { readonly all?: boolean | undefined } = {},
  ): Promise<{ readonly digest: string }> {
    const { pushManifestList } = await import('./push-image.ts');
    return pushManifestList(this.#parts, await this.get(reference), destination, options);
  }

  /** Writes an image, or several, to an archive or directory: all of it or nothing. */
  async save(references: string | readonly string[], options: SaveOptions): Promise<void> {
    await saveImages(this.#parts, typeof references === 'string' ? [references] : references, options);
  }

  /** Asks the registry that the term begins with, or all search registries. */
  async search(term: string, options: SearchOptions = {}): Promise<readonly FoundImage[]> {
    return searchImages(this.#parts, term, options);
  }

  /** Signs an image in a registry, given as `docker://NAME`, with a GPG key. Answers the paths of the signatures. @throws {NotFoundError} `no-signing-key` */
  async sign(request: SignRequest): Promise<readonly string[]> {
    return this.#parts.transport.sign(request);
  }

  /** The tags of a repository; of a short name in each search registry. */
  async remoteTags(
    repository: string,
    options: RegistryAccess & { readonly limit?: number | undefined } = {},
  ): Promise<readonly { readonly name: string; readonly tags: readonly string[] }[]> {
    return listTags(this.#parts, repository, options);
  }

  /** Has a registry check credentials, and keeps them where containers tools share them. Answers the registry. @throws {UnavailableError} `not-authorised` */
  async login(registry: string | undefined, credentials: Credentials, options: LoginOptions = {}): Promise<string> {
    const host = this.loginRegistry(registry);
    await this.#parts.transport.login({ ...options, registry: host, credentials });
    return host;
  }

  /** The user whose credentials are kept for a registry. */
  async loggedIn(
    registry: string | undefined,
    options: { readonly authFile?: string | undefined } = {},
  ): Promise<string | undefined> {
    return this.#parts.transport.loggedIn(this.loginRegistry(registry), options.authFile);
  }

  /** Whether a registry still takes the credentials that are kept for it. */
  async checkLogin(registry: string | undefined, options: LoginOptions = {}): Promise<boolean> {
    return this.#parts.transport.checkLogin({ ...options, registry: this.loginRegistry(registry) });
  }

  /** Forgets the credentials for one registry, or for `all`. Answers the registry. @throws {NotFoundError} `not-logged-in` */
  async logout(
    registry: string | undefined,
    options: { readonly authFile?: string | undefined; readonly all?: boolean | undefined } = {},
  ): Promise<string | undefined> {
    const host = options.all ? undefined : this.loginRegistry(registry);
    await this.#parts.transport.logout({ registry: host, authFile: options.authFile });
    return host;
  }

  /** The registry that a login means: without a name the first one that short names are looked for in. */
  loginRegistry(registry: string | undefined): string {
    return registry === undefined ? usualRegistry(this.#parts) : registryHost(registry);
  }

  /** The steps by which the image was made, the last one first. */
  async history(reference: string): Promise<HistoryEntry[]> {
    const image = await this.get(reference);
    const { historyEntries } = await import('../images/layer-tree.ts');
    const family = await this.#family();
    const member = family.find((other) => other.image.id === image.id);
    return member ? historyEntries(member, family, await this.#parts.images.layers()) : [];
  }

  /** The image's layers, the base first; with `above`, its top layer and what is built on that. */
  async tree(reference: string, options: { readonly above?: boolean } = {}): Promise<ImageTree> {
    const image = await this.get(reference);
    const { layerPath, layersAbove } = await import('../images/layer-tree.ts');
    const [images, layers] = await Promise.all([this.#parts.images.list(), this.#parts.images.layers()]);
    const top = options.above ? layersAbove(image, images, layers) : undefined;
    return { image, nodes: options.above ? (top ? [top] : []) : layerPath(image, images, layers) };
  }

  /** Ids of the images without a name that are only steps of the builds of others, kept for the next build. */
  async intermediate(): Promise<ReadonlySet<string>> {
    const { intermediateImages } = await import('../images/layer-tree.ts');
    return intermediateImages(await this.#family());
  }

  /**
   * Removes the images that have no name and that nothing uses, nor was built on; with `all`, every image that no container uses. Answers
   * the ids of those removed. `select` can keep more.
   */
  async prune(options: PruneImagesOptions = {}): Promise<string[]> {
    const removed: string[] = [];
    for (let before = -1; before < removed.length; ) {
      before = removed.length;
      for (const image of await this.#dangling(options.all ?? false)) {
        if (removed.includes(image.id) || (options.select && !(await options.select(image)))) continue;
        removed.push(...(await this.#removeUnused(image, options.external ?? false)));
      }
    }
    return removed;
  }

  async #dangling(all: boolean): Promise<readonly Image[]> {
    const own = (await this.#parts.images.list()).filter(({ readOnly }) => !readOnly);
    if (all) return own;
    const nameless = own.filter(({ names, isManifestList }) => names.length === 0 && !isManifestList);
    const steps = nameless.length > 0 ? await this.intermediate() : new Set();
    return nameless.filter(({ id }) => !steps.has(id));
  }

  async #removeUnused(image: Image, external: boolean): Promise<readonly string[]> {
    if ((await this.#ownContainers(image.id)).length > 0) return [];
    if (external) await this.#removeExternalContainers(image);
    try {
      const removed = await this.#parts.images.remove(image.id, { keepParents: true });
      await this.#record('remove', image.id, image.names[0] ?? '');
      return removed;
    } catch (error) {
      if (EngineError.isInstance(error) && (error.kind === 'in-use' || error.code === 'no-such-image')) return [];
      throw error;
    }
  }

  async #removeExternalContainers(image: Image): Promise<void> {
    const { removeExternalContainers } = await import('./external-containers.ts');
    await removeExternalContainers(this.#parts, image);
  }

  /** Makes an image of a root file system. @throws {InvalidArgumentError} `invalid-change`, `invalid-reference`, `archive-…` */
  async import(options: ImportOptions): Promise<Image> {
    const { importImage } = await import('../images/import.ts');
    const image = await importImage(this.#parts, options);
    await this.#record('import', image.id, image.names[0] ?? '');
    return image;
  }

  /**
   * Builds an image from a Containerfile.
   * @throws {RuntimeFailedError} `build-failed` with the exit code; {UnavailableError} `missing-helper`, `no-image-builder`.
   */
  async build(request: BuildRequest = {}): Promise<BuiltImage> {
    const { builder } = this.#parts;
    if (builder === undefined) throw new UnavailableError('this runtime has no image builder', { code: 'no-image-builder' });
    const built = await builder.build(request).finally(() => this.#parts.images.tidy?.());
    await this.#record('build', built.id ?? '', built.id ?? '');
    return built;
  }

  /** Mounts the image's tree read-only and answers the path; as many unmounts take it away. */
  async mount(reference: string): Promise<string> {
    const { id, names } = await this.get(reference);
    const path = await this.#parts.images.mount(id);
    await this.#record('mount', id, names[0] ?? '');
    return path;
  }

  /** Takes one mount back, or all with `force`, and answers the image's id. */
  async unmount(reference: string, options: { readonly force?: boolean } = {}): Promise<string> {
    const { id, names } = await this.get(reference);
    await this.#parts.images.unmount(id, options);
    await this.#record('unmount', id, names[0] ?? '');
    return id;
  }

  async mounts(): Promise<readonly ImageMount[]> {
    return this.#parts.images.mounts();
  }

  /** Lists of manifests, one image name for several platforms. */
  async lists(): Promise<ManifestLists> {
    const { ManifestLists } = await import('../images/manifest-lists.ts');
    return new ManifestLists(this.#parts);
  }

  /** Every image of the store that has a config; one that is being made, or removed meanwhile, has none. */
  async #family(): Promise<FamilyMember[]> {
    const { images } = this.#parts;
    const complete = (await images.list()).filter(({ isManifestList }) => !isManifestList);
    const members = complete.map(async (image) => {
      try {
        return [{ image, config: await images.config(image.id) }];
      } catch (error) {
        if (EngineError.isInstance(error) && (error.kind === 'corrupt' || error.code === 'no-such-image')) return [];
        throw error;
      }
    });
    return (await Promise.all(members)).flat();
  }

  /** Loads every image of an archive or image directory. */
  async load(request: LoadRequest): Promise<readonly LoadedImage[]> {
    const loaded = await this.#parts.transport.load(request);
    await this.#record('loadfromarchive', '', request.path);
    return loaded;
  }

  async #record(action: EventAction, id: string, name: string): Promise<void> {
    await recordEvent(this.#parts, { type: 'image', action, id, name });
  }

  async #ownContainers(imageId: string): Promise<readonly ContainerConfig[]> {
    const stored = await this.#parts.state.containers();
    return stored
      .map(({ config }) => config)
      .filter(({ rootfs, storage, id, userMounts }) => {
        if (userMounts.some((mount) => mount.imageId === imageId)) return true;
        if (rootfs.kind !== 'image' || rootfs.imageId !== imageId) return false;
        return storageNamed(this.#parts, storage, id).capabilities.needsImage;
      });
  }

  #candidates(reference: string): readonly string[] {
    return candidateReferences(reference, this.#parts.defaults);
  }
}

function inUse(reference: string, id: string, users: readonly string[]): InUseError {
  return new InUseError(`image ${reference} (${id}) is used by ${users.join(', ')}: image is in use by a container`, {
    code: 'image-in-use',
    users,
    hint: 'remove the containers first, or use --force',
  });
}
