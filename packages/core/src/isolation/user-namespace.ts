import { existsSync, readFileSync } from 'node:fs';
import type { ContainerConfig, RootfsSource } from '../container/config.ts';
import type { Lock } from '../contracts/locker.ts';
import type { RootfsStorage } from '../contracts/rootfs-storage.ts';
import { InvalidArgumentError, NotSupportedError } from '../errors.ts';
import { withImageTree } from '../images/with-image-tree.ts';
import type { Mount, Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { joinedContainer } from '../spec/namespaces.ts';
import { parseGroup, parsePasswd } from '../users.ts';
import { checkIdMaps, freeIdMap, hostId, type IdMaps, type IdMapsRequest, subordinateIds } from './id-maps.ts';

/** The user whose subordinate ids `auto` gives away. */
const owner = 'containers';
const smallest = 1024;
const largest = 65_536;
/** Held while ids are chosen, until the storage knows them. */
const choiceLock = 'user-namespace-choice';

export interface ResolvedUserNamespace {
  readonly idMaps: IdMaps | undefined;
  /** Call it once the storage knows the maps. */
  readonly release: () => Promise<void>;
}

/**
 * Finds the id maps of a new container: those asked for, or of the container whose namespace it joins, or free ones.
 *
 * @throws {InvalidArgumentError} `no-free-ids`, `invalid-id-map`; {NotSupportedError} `id-maps` for a storage that can't map those of an image.
 */
export async function resolveUserNamespace(
  parts: RuntimeParts,
  request: IdMapsRequest | undefined,
  {
    namespaces,
    storage,
    source,
  }: Pick<ContainerConfig, 'namespaces'> & {
    readonly storage: RootfsStorage;
    readonly source: RootfsSource;
  },
): Promise<ResolvedUserNamespace> {
  const nothing = async () => undefined;
  const joined = joinedContainer(namespaces?.user);
  const ofJoined = joined === undefined ? undefined : (await parts.state.container(joined))?.config.isolation?.idMaps;
  if (namespaces?.user?.startsWith('ns:')) requirePath(namespaces.user.slice('ns:'.length));
  const wanted = ofJoined ?? request;
  if (wanted === undefined) return { idMaps: undefined, release: nothing };
  if (source.kind === 'image' && !storage.capabilities.mapsIds) {
    throw new NotSupportedError(`storage "${storage.name}" can't map the ids of a user namespace`, {
      code: 'id-maps',
      hint: 'use storage "overlay"',
    });
  }
  if (!('auto' in wanted)) return { idMaps: checkIdMaps(wanted), release: nothing };
  const lock: Lock = await parts.locker.acquire(choiceLock);
  try {
    const { auto } = wanted;
    const listed = await Promise.all(parts.storages.map((known) => known.list()));
    const used = listed.flat().flatMap(({ idMaps }) => idMaps ?? []);
    const size = auto.size ?? (await neededIds(parts, source));
    const choose = (kind: 'uid' | 'gid', path: string) =>
      freeIdMap(
        rangesOf(path),
        used.flatMap((maps) => maps[kind]),
        size,
        auto[kind],
      );
    return {
      idMaps: { uid: choose('uid', '/etc/subuid'), gid: choose('gid', '/etc/subgid') },
      release: () => lock.release(),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function requirePath(path: string): void {
  if (existsSync(path)) return;
  throw new InvalidArgumentError(`cannot find specified user namespace path: stat ${path}: no such file or directory`, {
    code: 'no-such-file',
  });
}

function rangesOf(path: string) {
  try {
    return subordinateIds(readFileSync(path, 'utf8'), owner, path);
  } catch (cause) {
    throw new InvalidArgumentError('creating container storage: could not find enough available IDs', {
      code: 'no-free-ids',
      hint: `add a line ${owner}:START:SIZE to ${path}`,
      cause,
    });
  }
}

/** As many as its users and groups need, within podman's bounds. */
async function neededIds({ images, host }: RuntimeParts, source: RootfsSource): Promise<number> {
  if (source.kind !== 'image') return smallest;
  return withImageTree(images, source.imageId, async (root) => {
    const read = async (path: string) => Buffer.from((await host.readFileInRoot(root, path)) ?? []).toString('utf8');
    const ids = [
      ...parsePasswd(await read('/etc/passwd')).flatMap(({ uid, gid }) => [uid, gid]),
      ...parseGroup(await read('/etc/group')).map(({ gid }) => gid),
    ];
    const highest = Math.max(0, ...ids.filter((id) => id < largest - 2)) + 1;
    return Math.min(Math.max(highest, smallest), largest);
  });
}

const anyMap = [{ containerID: 0, hostID: 0, size: 1 }];

/** The spec of a container with a user namespace of its own, or a joined one. */
export function withUserNamespace(
  spec: Spec,
  config: Pick<ContainerConfig, 'network' | 'namespaces'>,
  idMaps: IdMaps | undefined,
): Spec {
  const mode = config.namespaces?.user;
  const path = mode?.startsWith('ns:') ? mode.slice('ns:'.length) : undefined;
  const isJoined = joinedContainer(mode) !== undefined;
  if (idMaps === undefined && path === undefined && !isJoined) return spec;
  const { linux = {} } = spec;
  const resources = { ...linux.resources };
  // a cgroup of devices can't be narrowed from within a user namespace, and the kernel makes no nodes there
  const rules = (resources.devices ?? []).filter(({ allow }) => allow);
  const { devices: _, ...limits } = resources;
  return {
    ...spec,
    mounts: (spec.mounts ?? [])
      .filter(({ type }) => type !== 'cgroup' || config.network !== 'host')
      .map((mount) => mappedMount(mount, spec, config.network === 'host', idMaps)),
    linux: {
      ...linux,
      // runc wants maps for a joined namespace, too, and does nothing with them
      uidMappings: [...(idMaps?.uid ?? anyMap)],
      gidMappings: [...(idMaps?.gid ?? anyMap)],
      resources: { ...limits, ...(rules.length > 0 && { devices: rules }) },
      namespaces: [...(linux.namespaces ?? []), { type: 'user', ...(path !== undefined && { path }) }],
    },
  };
}

/**
 * sysfs belongs to the user namespace of the network: with that of the host it is bound, and nothing mounted on it. The group of terminals
 * must have an id in the container.
 */
function mappedMount(mount: Mount, spec: Spec, hasHostNetwork: boolean, idMaps: IdMaps | undefined): Mount {
  if (mount.destination === '/sys' && mount.type === 'sysfs' && hasHostNetwork) {
    const access = spec.linux?.maskedPaths === undefined ? 'rw' : 'ro';
    return {
      destination: '/sys',
      type: 'bind',
      source: '/sys',
      options: ['rprivate', 'nosuid', 'noexec', 'nodev', access, 'rbind'],
    };
  }
  if (mount.type !== 'devpts' || idMaps === undefined || hostId(idMaps.gid, 5) !== undefined) return mount;
  return { ...mount, options: [...(mount.options ?? []).filter((option) => option !== 'gid=5'), 'rprivate'] };
}
