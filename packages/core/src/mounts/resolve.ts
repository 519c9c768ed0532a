import { statSync } from 'node:fs';
import type { ContainerConfig, UserMount } from '../container/config.ts';
import type { CreateContainerOptions } from '../container/create-options.ts';
import { EngineError, NotFoundError } from '../errors.ts';
import { generateId } from '../id.ts';
import { findImage, noSuchImage } from '../runtime/find-image.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { CreateVolumeOptions } from '../volume/create.ts';
import { checkDestination, cleanPath, completeBindWords, completeTmpfsWords, invalidMount } from './mount-words.ts';
import type { MountRequest, VolumeMountRequest } from './requests.ts';

/** What the mounts that a container is to have mean on this machine. Nothing is made yet. */
export interface ResolvedMounts {
  readonly mounts: readonly UserMount[];
  /** Those that are to be made first where there are none of the name. */
  readonly newVolumes: readonly (CreateVolumeOptions & { readonly name: string })[];
}

const none: ResolvedMounts = { mounts: [], newVolumes: [] };

type Wanted = Pick<CreateContainerOptions, 'mounts' | 'volumesFrom' | 'imageVolumes'> & {
  /** Places that the image declares as volumes. */
  readonly imagePlaces: readonly string[];
  /** Infra container of the pod that it joins, whose mounts it shares. */
  readonly infraId?: string | undefined;
};

/**
 * Each place is mounted once: the caller's own mounts win over those of other containers, these over what the image declares.
 *
 * @throws {InvalidArgumentError} `invalid-volume`, e.g. when the caller has two mounts at one place; {NotFoundError} `no-such-file`,
 * `no-such-container`, `no-such-image`.
 */
export async function resolveMounts(parts: RuntimeParts, wanted: Wanted): Promise<ResolvedMounts> {
  const { mounts: requests = [], volumesFrom = [], imagePlaces, imageVolumes = 'bind', infraId } = wanted;
  if (requests.length + volumesFrom.length + imagePlaces.length === 0 && infraId === undefined) return none;
  const resolver = new MountResolver(parts);
  for (const request of requests) await resolver.add(request);
  for (const text of volumesFrom) await resolver.addFrom(text);
  if (infraId !== undefined) await resolver.addOfPod(infraId);
  if (imageVolumes !== 'ignore') {
    for (const place of imagePlaces) await resolver.addImagePlace(cleanPath(`/${place}`), imageVolumes);
  }
  return resolver;
}

class MountResolver implements ResolvedMounts {
  readonly mounts: UserMount[] = [];
  readonly newVolumes: (CreateVolumeOptions & { readonly name: string })[] = [];
  readonly #parts: RuntimeParts;
  readonly #requests = new Map<string, MountRequest>();

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
  }

  async add(request: MountRequest): Promise<void> {
    const destination = checkDestination(request.destination);
    const earlier = this.#requests.get(destination);
    if (earlier !== undefined) {
      if (isSame(earlier, request)) return;
      throw invalidMount(`${destination}: duplicate mount destination`);
    }
    this.#requests.set(destination, request);
    this.mounts.push(await this.#resolve(request, destination));
  }

  /** @param text `CONTAINER[:OPTIONS]` */
  async addFrom(text: string): Promise<void> {
    const { name, words } = parseVolumesFrom(text);
    const source = await this.#container(name);
    for (const mount of source.userMounts) {
      if (mount.type === 'tmpfs' || mount.type === 'devpts' || mount.type === 'image') {
        const place = `volume ${mount.destination} from container ${source.id}`;
        this.#parts.log('warn', `Unable to match ${place} for volumes-from`);
      } else this.#take(words === undefined ? mount : { ...mount, options: replaceWords(mount, words) });
    }
  }

  async addOfPod(infraId: string): Promise<void> {
    const stored = await this.#parts.state.container(infraId);
    for (const mount of stored?.config.userMounts ?? []) this.#take(mount);
  }

  async addImagePlace(destination: string, mode: 'bind' | 'tmpfs'): Promise<void> {
    if (destination === '/' || this.#isTaken(destination)) return;
    const words = ['rprivate', 'rw', 'nodev', 'exec'];
    if (mode === 'tmpfs') {
      this.mounts.push({ type: 'tmpfs', source: 'tmpfs', destination, options: completeTmpfsWords(words), ofImage: true });
    } else this.mounts.push(await this.#volume({ type: 'volume', destination, options: words }, destination));
  }

  #take(mount: UserMount): void {
    if (!this.#isTaken(mount.destination)) this.mounts.push(mount);
  }

  #isTaken(destination: string): boolean {
    return this.mounts.some((mount) => mount.destination === destination);
  }

  async #resolve(request: MountRequest, destination: string): Promise<UserMount> {
    const { type } = request;
    if (type === 'bind') {
      existing(request.source);
      return { type, source: request.source, destination, options: bindWords(request.options, 'bind') };
    }
    if (type === 'volume') return this.#volume(request, destination);
    if (type === 'image') {
      const { imageId } = await this.#image(request.image);
      return { type, source: request.image, destination, options: [request.readWrite ? 'rw' : 'ro'], imageId };
    }
    if (type === 'tmpfs') return { type, source: type, destination, options: tmpfsWords(request.options, destination) };
    return { type, source: type, destination, options: [...(request.options ?? [])] };
  }

  async #volume({ name, options, driverOptions }: VolumeMountRequest, destination: string): Promise<UserMount> {
    const { checkVolumeName } = await import('../volume/create.ts');
    const { driverNamed } = await import('../volume/drivers.ts');
    const isNew = name === undefined || (await this.#parts.state.volume(name)) === undefined;
    const volume = name ?? generateId();
    if (isNew) {
      try {
        checkVolumeName(volume);
      } catch (cause) {
        if (EngineError.isInstance(cause)) cause.message = `creating named volume "${volume}": ${cause.message}`;
        throw cause;
      }
      if (!this.newVolumes.some((known) => known.name === volume))
        this.newVolumes.push({ name: volume, anonymous: name === undefined, options: driverOptions });
    }
    const stored = isNew ? undefined : await this.#parts.state.volume(volume);
    const driver = await driverNamed(this.#parts, stored?.config.driver);
    return {
      type: 'volume',
      source: volume,
      destination,
      options: bindWords(options, 'volume'),
      dataPath: driver.mountPoint(volume),
      driver: driver.name,
    };
  }

  async #image(reference: string): Promise<{ readonly imageId: string }> {
    const found = await findImage(this.#parts, reference);
    if (found === undefined) throw noSuchImage(reference);
    return { imageId: found.image.id };
  }

  async #container(name: string): Promise<ContainerConfig> {
    try {
      if (name === '') throw new NotFoundError('name or ID cannot be empty', { code: 'no-such-container' });
      return (await this.#parts.state.lookup(name)).config;
    } catch (cause) {
      if (EngineError.isInstance(cause)) cause.message = `looking up container "${name}" for volumes-from: ${cause.message}`;
      throw cause;
    }
  }
}

function isSame(one: MountRequest, other: MountRequest): boolean {
  if (one.type === 'volume' && other.type === 'volume') return one.name === other.name;
  return JSON.stringify({ ...one, destination: '' }) === JSON.stringify({ ...other, destination: '' });
}

/** The words of an overlay say all that there is to say of it. */
function bindWords(options: readonly string[] = [], kind: 'bind' | 'volume'): string[] {
  return options.includes('O') && kind === 'bind' ? [...options] : completeBindWords(options, kind);
}

/** On /dev nothing is added: the runtime makes device nodes there. */
function tmpfsWords(options: readonly string[] = [], destination: string): string[] {
  return destination === '/dev' ? [...options] : completeTmpfsWords(options);
}

function replaceWords({ type, options }: UserMount, words: readonly string[]): string[] {
  if (options.includes('O')) return [...options];
  return bindWords(words, type === 'volume' ? 'volume' : 'bind');
}

function parseVolumesFrom(text: string): { readonly name: string; readonly words: readonly string[] | undefined } {
  const colon = text.indexOf(':');
  if (colon === -1) return { name: text, words: undefined };
  const words = text.slice(colon + 1).split(',');
  const unknown = words.find((word) => !['z', 'ro', 'rw'].includes(word));
  if (unknown !== undefined) {
    throw invalidMount(`invalid option "${unknown}" specified - volumes from another container can only use z,ro,rw options`);
  }
  if (words.filter((word) => word !== 'z').length > 1) throw invalidMount('cannot set ro or rw options more than once');
  if (words.filter((word) => word === 'z').length > 1) {
    throw invalidMount('cannot set :z more than once in mount options');
  }
  return { name: text.slice(0, colon), words };
}

function existing(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  throw new NotFoundError(`statfs ${path}: no such file or directory`, {
    code: 'no-such-file',
    hint: 'make the source of the bind mount first: it is not created for you',
  });
}
