import type { ContainerConfig, NamespaceMode, NetworkMode } from '../container/config.ts';
import type { UserMode } from '../contracts/user-mode-network.ts';
import type { Linux, Mount, Namespace, NamespaceType } from '../oci/spec.ts';

/** Where a container finds the shared memory of the one whose `ipc` namespace it joins; the source is known at its start. */
const sharedMemory = '/dev/shm';

type Modes = Pick<ContainerConfig, 'network' | 'namespaces'>;

/** Whether a network of this mode is made for the container. */
export function hasSandbox(mode: NetworkMode): boolean {
  return mode === 'bridge' || isUserMode(mode);
}

/** Whether a process of the host's serves it. */
export function isUserMode(mode: NetworkMode): mode is UserMode {
  return mode === 'slirp4netns' || mode === 'pasta';
}

/** Whether a namespace of this mode is made for the container. */
export function hasOwn(mode: NamespaceMode | undefined): boolean {
  return mode === undefined || mode === 'private' || mode === 'shareable' || mode === 'none';
}

/** The container whose namespace a mode means. */
export function joinedContainer(mode: NamespaceMode | NetworkMode | undefined): string | undefined {
  return mode?.startsWith('container:') ? mode.slice('container:'.length) : undefined;
}

/** Namespaces as the spec of a container lists them: none for those of the host. */
export function namespacesOf({
  network,
  namespaces = {},
  host,
}: Modes & { readonly host: { readonly cgroupVersion: 1 | 2 } }): Namespace[] {
  return [
    ...namespaceOf('pid', namespaces.pid),
    ...namespaceOf('network', network),
    ...namespaceOf('ipc', namespaces.ipc),
    ...namespaceOf('uts', namespaces.uts),
    { type: 'mount' },
    ...namespaceOf('cgroup', namespaces.cgroup ?? (host.cgroupVersion === 2 ? 'private' : 'host')),
  ];
}

function namespaceOf(type: NamespaceType, mode: NamespaceMode | NetworkMode = 'private'): Namespace[] {
  if (mode === 'host') return [];
  return [mode.startsWith('ns:') ? { type, path: mode.slice('ns:'.length) } : { type }];
}

/** With the namespaces of other containers in place of own ones. */
export function joinNamespaces(linux: Linux, joined: Readonly<Partial<Record<NamespaceType, string>>>): Linux {
  return {
    ...linux,
    namespaces: (linux.namespaces ?? []).map((namespace) => {
      const path = joined[namespace.type];
      return path === undefined ? namespace : { ...namespace, path };
    }),
  };
}

/** What the mode of the `ipc` namespace means for /dev/shm. A joined container's is mounted when it is known. */
export function ipcMounts(mounts: readonly Mount[], mode: NamespaceMode | undefined): Mount[] {
  const isOwn = ({ destination, type }: Mount) => destination === sharedMemory && type === 'tmpfs';
  if (mode === 'none') return mounts.filter((mount) => !isOwn(mount));
  if (mode !== 'host') return [...mounts];
  return mounts.map((mount) => {
    if (isOwn(mount))
      return { destination: sharedMemory, type: 'bind', source: sharedMemory, options: ['bind', 'nosuid', 'noexec', 'nodev'] };
    return mount;
  });
}

/** With the shared memory that lies at `source` in place of the container's own; a mount of the user's stays. */
export function withSharedMemory(mounts: readonly Mount[], source: string): Mount[] {
  return mounts.map((mount) =>
    mount.destination === sharedMemory && mount.type === 'tmpfs'
      ? { destination: sharedMemory, type: 'bind', source, options: ['bind', 'nosuid', 'noexec', 'nodev', 'rprivate'] }
      : mount,
  );
}
