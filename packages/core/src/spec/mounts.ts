import { posix } from 'node:path';
import type { UserMount } from '../container/config.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { Mount } from '../oci/spec.ts';

export interface ContainerMountsRequest {
  readonly privileged: boolean;
  readonly readOnly: boolean;
  readonly readOnlyTmpfs: boolean;
  readonly userMounts: readonly UserMount[];
  /** Host path of the init program. */
  readonly initPath: string | undefined;
  /** Bytes of /dev/shm. */
  readonly shmSize: number;
}

/** Where the init program is inside a container. */
export const initDestination = '/run/podman-init';

/**
 * The mounts of a container without those of its run directory. A user's mount replaces the engine's own at the same place, and one
 * on `/dev` everything of the engine's below it but /dev/shm, which stays the container's own.
 *
 * @throws {InvalidArgumentError} `invalid-volume` when two of the user's mounts have one destination.
 */
export function containerMounts(request: ContainerMountsRequest): Mount[] {
  const own = kernelMounts(request);
  if (request.readOnly && request.readOnlyTmpfs) own.push(...['/tmp', '/var/tmp', '/run'].map((path) => tmpfs(path, [])));
  if (request.initPath !== undefined) {
    own.push({ destination: initDestination, type: 'bind', source: request.initPath, options: ['bind', 'ro', 'rprivate'] });
  }
  const wanted = request.userMounts.map(userMount);
  const taken = new Set<string>();
  for (const { destination } of wanted) {
    if (taken.has(destination)) {
      throw new InvalidArgumentError(`${destination}: duplicate mount destination`, { code: 'invalid-volume' });
    }
    taken.add(destination);
  }
  const kept = own.filter(
    ({ destination }) => !taken.has(destination) && !(taken.has('/dev') && ['/dev/pts', '/dev/mqueue'].includes(destination)),
  );
  return inMountOrder([...kept, ...wanted]);
}

/** Parents before children; otherwise as given. */
export function inMountOrder(mounts: readonly Mount[]): Mount[] {
  return mounts.toSorted((one, other) => depth(one.destination) - depth(other.destination));
}

/** How mounts of the container reach the host and back: as far as the widest of the user's bind mounts needs. */
export function rootPropagation(mounts: readonly UserMount[]): 'shared' | 'rslave' | undefined {
  const options = mounts.filter(({ type }) => type === 'bind').flatMap((mount) => mount.options);
  if (options.includes('shared') || options.includes('rshared')) return 'shared';
  return options.includes('slave') || options.includes('rslave') ? 'rslave' : undefined;
}

function kernelMounts({ privileged, shmSize }: ContainerMountsRequest): Mount[] {
  const access = privileged ? 'rw' : 'ro';
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'noexec', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/sys',
      type: 'sysfs',
      source: 'sysfs',
      options: [...(privileged ? ['rprivate'] : []), 'nosuid', 'noexec', 'nodev', access],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    // podman binds a tmpfs that it mounted on the host: this way there is nothing to unmount
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${shmSize}`],
    },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: ['rprivate', 'nosuid', 'noexec', 'nodev', 'relatime', access],
    },
  ];
}

function userMount({ type, source, destination, options }: UserMount): Mount {
  const path = clean(destination);
  return type === 'tmpfs' ? tmpfs(path, options) : { destination: path, type, source, options: bindOptions(options) };
}

function tmpfs(destination: string, options: readonly string[]): Mount {
  return { destination, type: 'tmpfs', source: 'tmpfs', options: destination === '/dev' ? [...options] : tmpfsOptions(options) };
}

const propagations = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave', 'unbindable', 'runbindable'];

/** Tell the engine what to do with the source. */
const notForMounting = ['z', 'Z', 'copy', 'nocopy'];

function bindOptions(given: readonly string[]): string[] {
  const options = given.filter((option) => !notForMounting.includes(option));
  return [
    ...options,
    ...unlessAny(options, ['rw', 'ro'], 'rw'),
    ...unlessAny(options, propagations, 'rprivate'),
    ...unlessAny(options, ['bind', 'rbind'], 'rbind'),
  ];
}

function tmpfsOptions(given: readonly string[]): string[] {
  const options = given.filter((option) => option !== 'notmpcopyup');
  return [
    ...options,
    ...unlessAny(options, ['rw', 'ro'], 'rw'),
    ...unlessAny(options, propagations, 'rprivate'),
    ...unlessAny(options, ['suid', 'nosuid'], 'nosuid'),
    ...unlessAny(options, ['dev', 'nodev'], 'nodev'),
    ...unlessAny(given, ['tmpcopyup', 'notmpcopyup'], 'tmpcopyup'),
  ];
}

function unlessAny(options: readonly string[], alternatives: readonly string[], fallback: string): string[] {
  return options.some((option) => alternatives.includes(option)) ? [] : [fallback];
}

function depth(path: string): number {
  return clean(path).split('/').filter(Boolean).length;
}

function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}
