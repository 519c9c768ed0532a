import type { UserMount } from '../container/config.ts';
import { cleanPath as clean, completeBindWords, completeTmpfsWords } from '../mounts/mount-words.ts';
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
 */
export function containerMounts(request: ContainerMountsRequest): Mount[] {
  const own = kernelMounts(request);
  if (request.readOnly && request.readOnlyTmpfs) own.push(...['/tmp', '/var/tmp', '/run'].map((path) => tmpfs(path)));
  if (request.initPath !== undefined) {
    own.push({ destination: initDestination, type: 'bind', source: request.initPath, options: ['bind', 'ro', 'rprivate'] });
  }
  const wanted = request.userMounts.flatMap(userMount);
  const taken = new Set(request.userMounts.map(({ destination }) => clean(destination)));
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
  const options = mounts.filter(({ type }) => type === 'bind' || type === 'volume').flatMap((mount) => mount.options);
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

/** None for what is known only at the start: what of an image is mounted. */
function userMount(mount: UserMount): Mount[] {
  const { type, source, destination, options } = mount;
  const path = clean(destination);
  if (type === 'image') return [];
  if (type === 'devpts') return [{ destination: path, type, source, options: [...options] }];
  if (type === 'tmpfs') return [{ destination: path, type, source, options: [...options] }];
  if (options.includes('O')) return [];
  const words = completeBindWords(options, type === 'volume' ? 'volume' : 'bind').filter(
    (word) => !notForMounting.includes(word),
  );
  return [{ destination: path, type: 'bind', source: mount.dataPath ?? source, options: words }];
}

export function tmpfs(destination: string, options: readonly string[] = []): Mount {
  return { destination, type: 'tmpfs', source: 'tmpfs', options: completeTmpfsWords(options) };
}

/** Tell the engine what to do with the source. */
const notForMounting: readonly string[] = ['z', 'Z', 'U', 'copy', 'nocopy'];

function depth(path: string): number {
  return clean(path).split('/').filter(Boolean).length;
}
