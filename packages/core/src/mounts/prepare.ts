import { chmodSync, chownSync, mkdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerConfig, UserMount } from '../container/config.ts';
import { InvalidArgumentError, NotFoundError } from '../errors.ts';
import { mountImageAt } from '../images/mount-image-at.ts';
import { type Owner, ownerOnHost } from '../isolation/id-maps.ts';
import type { Mount, Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { inMountOrder } from '../spec/mounts.ts';
import { driverNamed } from '../volume/drivers.ts';
import { withVolumeLocked } from '../volume/lock.ts';
import { fillVolume } from './fill-volume.ts';
import { isPrepared } from './prepared.ts';
import { systemDirectories } from './system-directories.ts';

export interface PreparationPlaces {
  /** Host path of the mounted root filesystem. */
  readonly rootPath: string;
  readonly runDir: string;
}

/**
 * What a container's mounts need at its start: holds its volumes, with the content and owner that a new one gets; mounts images in the
 * run directory; makes the directories of overlays; changes owners where that was asked for. Answers the spec with all of that. Taken back
 * by `releaseMounts`, also when this fails half-way.
 *
 * @param spec for the runtime, with the process's user
 * @throws {NotFoundError} `no-such-volume`; {InvalidArgumentError} `invalid-volume` for a directory whose owner must not change
 */
export async function prepareMounts(
  parts: RuntimeParts,
  config: ContainerConfig,
  spec: Spec,
  places: PreparationPlaces,
): Promise<Spec> {
  const owner = { uid: spec.process?.user.uid ?? 0, gid: spec.process?.user.gid ?? 0 };
  const onHost = ownerOnHost(config.isolation?.idMaps, owner);
  let mounts: Mount[] = [...(spec.mounts ?? [])];
  rmSync(overlaysOf(config), { recursive: true, force: true });
  for (const [index, mount] of config.userMounts.entries()) {
    if (!isPrepared(mount)) continue;
    if (mount.type === 'volume') await holdVolume(parts, config, mount, { ...onHost, rootPath: places.rootPath });
    if (mount.options.includes('U') && mount.type !== 'tmpfs') await giveTo(parts, mount, onHost);
    mounts = withMount(mounts, mount, await prepared(parts, config, mount, index, places.runDir), owner);
  }
  return { ...spec, mounts: inMountOrder(mounts) };
}

/** What this mount is in the spec, where that is not known before. */
async function prepared(
  parts: RuntimeParts,
  config: ContainerConfig,
  mount: UserMount,
  index: number,
  runDir: string,
): Promise<Mount | undefined> {
  const { type, destination, options } = mount;
  if (options.includes('O')) return overlay(config, index, destination, mount.dataPath ?? mount.source, options);
  if (type !== 'image') return undefined;
  const lower = await showImage(parts, mount, imagePath(runDir, index));
  if (options.includes('rw')) return overlay(config, index, destination, lower, []);
  return { destination, type: 'bind', source: lower, options: ['ro', 'rprivate', 'rbind'] };
}

function withMount(mounts: Mount[], { destination }: UserMount, made: Mount | undefined, owner: Owner): Mount[] {
  if (made !== undefined) return [...mounts.filter((mount) => mount.destination !== destination), made];
  return mounts.map((mount) =>
    mount.destination === destination && mount.type === 'tmpfs'
      ? {
          ...mount,
          options: (mount.options ?? []).flatMap((word) => (word === 'U' ? [`uid=${owner.uid}`, `gid=${owner.gid}`] : [word])),
        }
      : mount,
  );
}

async function holdVolume(
  parts: RuntimeParts,
  { id }: ContainerConfig,
  { source: name, destination, options }: UserMount,
  { rootPath, ...owner }: Owner & { readonly rootPath: string },
): Promise<void> {
  await withVolumeLocked(parts, name, async () => {
    const volume = await parts.state.volume(name);
    if (volume === undefined) {
      throw new NotFoundError(`no volume with name "${name}" found: no such volume`, { code: 'no-such-volume' });
    }
    const driver = await driverNamed(parts, volume.config.driver);
    await driver.mount(volume.config, id).catch((error: unknown) => {
      if (error instanceof Error) error.message = `mounting volume ${name} for container ${id}: ${error.message}`;
      throw error;
    });
    await fillVolume(parts, volume, driver.mountPoint(name), {
      rootPath,
      destination,
      owner,
      copies: !options.includes('nocopy') && !options.includes('O'),
    });
  });
}

async function giveTo(parts: RuntimeParts, { source, dataPath }: UserMount, { uid, gid }: Owner): Promise<void> {
  const path = realpathSync(dataPath ?? source);
  if (systemDirectories.has(path)) {
    throw new InvalidArgumentError(
      `chowning host path "${path}" is not allowed. You can manually \`chown -R ${uid}:${gid} ${path}\``,
      {
        code: 'invalid-volume',
      },
    );
  }
  await parts.host.changeOwner(path, uid, gid);
}

/** The image's tree in the run directory, by a mount that is not counted in the storage: what a crash leaves of it is known by its place. */
async function showImage(parts: RuntimeParts, { imageId = '' }: UserMount, target: string): Promise<string> {
  mkdirSync(target, { recursive: true, mode: 0o700 });
  await parts.host.unmount(target);
  await mountImageAt(parts, imageId, target);
  return target;
}

/** Mounted by the OCI runtime in the container alone. */
function overlay(config: ContainerConfig, index: number, destination: string, lower: string, words: readonly string[]): Mount {
  const given = (name: string) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const own = join(overlaysOf(config), String(index));
  const upper = given('upperdir') ?? join(own, 'upper');
  const work = given('workdir') ?? join(own, 'work');
  if (given('upperdir') === undefined) {
    const { uid, gid, mode } = statSync(lower);
    for (const path of [upper, work]) mkdirSync(path, { recursive: true, mode: 0o700 });
    chownSync(upper, uid, gid);
    chmodSync(upper, mode & 0o7777);
  }
  const options = [`lowerdir=${escapePath(lower)}`, `upperdir=${escapePath(upper)}`, `workdir=${escapePath(work)}`, 'private'];
  return { destination, type: 'overlay', source: 'overlay', options };
}

/** As overlayfs reads it: a colon stands between directories, a comma between options. */
function escapePath(path: string): string {
  return path.replace(/[\\:,]/g, '\\$&');
}

/** What containers change in overlays is thrown away; it lies here meanwhile. */
export function overlaysOf({ staticDir }: ContainerConfig): string {
  return join(staticDir, 'overlay');
}

export function imagePath(runDir: string, index: number): string {
  return join(runDir, 'images', String(index));
}
