import { storageNamed } from '../container/backends.ts';
import type { ContainerConfig } from '../container/config.ts';
import { remove as removeContainer } from '../container/verbs/remove.ts';
import type { EventAction } from '../contracts/event-log.ts';
import type { Image } from '../contracts/image-store.ts';
import type { LoadedImage, LoadRequest } from '../contracts/image-transport.ts';
import { InUseError, InvalidStateError, NotFoundError } from '../errors.ts';
import { isId } from '../id.ts';
import { candidateReferences, normaliseReference } from '../reference.ts';
import { recordEvent } from './events.ts';
import { type ImageInspect, inspectImage } from './inspect-image.ts';
import type { RuntimeParts } from './parts.ts';

/** The images of a `Runtime`'s store. `reference` is a name as a person types it, an id, a unique prefix of one, or a digest. */
export class RuntimeImages {
  readonly #parts: RuntimeParts;

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
  }

  async list(): Promise<readonly Image[]> {
    return this.#parts.images.list();
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
    const [config, manifest] = await Promise.all([this.#parts.images.config(image.id), this.#parts.images.manifest(image.id)]);
    return inspectImage(image, config, manifest.mediaType);
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
    if (complete === undefined) throw new NotFoundError(`${name}: tag not known`, { code: 'no-such-image' });
    await this.#parts.images.untag(image.id, complete);
    await this.#record('untag', image.id, complete);
  }

  /**
   * Removes an image. Named by one of several names, it only loses that name. `force` takes the image with all of its names, and
   * removes the containers that were made from it.
   *
   * @throws {InUseError} `image-in-use`; {InvalidStateError} `image-has-names` when it is given by id, has several names, and `force` is not given.
   */
  async remove(
    reference: string,
    options: { readonly force?: boolean } = {},
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
    if (options.force) for (const { id } of users) await removeContainer(this.#parts, id, { force: true });
    else if (users.length > 0)
      throw inUse(
        reference,
        image.id,
        users.map(({ id }) => id),
      );
    const deleted = [...(await images.remove(image.id))];
    await this.#record('remove', image.id, name ?? '');
    for (const lost of image.names) await this.#record('untag', image.id, lost);
    return { untagged: [...image.names], deleted };
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
      .filter(({ rootfs, storage, id }) => {
        if (rootfs.kind !== 'image' || rootfs.imageId !== imageId) return false;
        return storageNamed(this.#parts, storage, id).capabilities.needsImage;
      });
  }

  #candidates(reference: string): readonly string[] {
    return candidateReferences(reference, this.#parts.defaults);
  }
}

/** The image, and the name by which it was found; no name when it was found by id or digest. */
export async function findImage(
  parts: RuntimeParts,
  reference: string,
): Promise<{ readonly image: Image; readonly name: string | undefined } | undefined> {
  const digits = reference.replace(/^sha256:/, '');
  if (/^[0-9a-f]+$/.test(digits)) {
    const image = await parts.images.lookup({ idOrPrefix: digits, names: [] });
    if (image !== undefined) return { image, name: undefined };
    if (isId(digits)) return undefined;
  }
  const names = candidateReferences(reference, parts.defaults);
  const image = await parts.images.lookup({ names });
  if (image === undefined) return undefined;
  return { image, name: names.find((name) => image.names.includes(name)) };
}

export function noSuchImage(reference: string): NotFoundError {
  return new NotFoundError(`${reference}: image not known`, {
    code: 'no-such-image',
    hint: 'list what is there with `tspod images`, or bring it in with `tspod load`',
  });
}

function inUse(reference: string, id: string, users: readonly string[]): InUseError {
  return new InUseError(`image ${reference} (${id}) is used by ${users.join(', ')}: image is in use by a container`, {
    code: 'image-in-use',
    users,
    hint: 'remove the containers first, or use --force',
  });
}
