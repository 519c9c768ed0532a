import { EngineError, InvalidArgumentError } from '../errors.ts';
import type { PodConfig } from '../pod/config.ts';
import { podBeingRemoved } from '../pod/errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { joinedContainer } from '../spec/namespaces.ts';
import type { ContainerConfig, JoinedNamespace, NamespaceMode, NetworkMode } from './config.ts';
import type { CreateContainerOptions } from './create-options.ts';

/** What a new container gets from a pod and from other containers; what is undefined has to do with neither. */
export type Joins = Partial<
  Pick<ContainerConfig, 'network' | 'namespaces' | 'pod' | 'isInfra' | 'dependencies' | 'hostname' | 'cgroupParent'>
> & {
  /** Infra container of the pod, whose mounts it shares. */
  readonly infraId?: string | undefined;
};

/**
 * Finds the pod and the other containers that options name, by name or id.
 * @throws {NotFoundError} `no-such-pod`, `no-such-container`; {InvalidArgumentError} `invalid-dependency`, `invalid-option`.
 */
export async function resolveJoins(parts: RuntimeParts, options: CreateContainerOptions): Promise<Joins> {
  const pod = options.pod === undefined ? undefined : await podToJoin(parts, options.pod);
  if (options.initContainer !== undefined && pod === undefined) {
    throw new InvalidArgumentError('must specify pod value with init-ctr', { code: 'invalid-option' });
  }
  const needed = new Set<string>();
  for (const name of options.requires ?? []) needed.add(await findContainer(parts, name, pod, unusable(name)));

  const resolveMode = async <Mode extends NamespaceMode | NetworkMode>(
    mode: Mode,
    kind: string,
  ): Promise<Mode | JoinedNamespace> => {
    const name = joinedContainer(mode);
    if (name === undefined) return mode;
    const id = await findContainer(parts, name, pod, `looking up container to share ${kind} namespace with`);
    needed.add(id);
    return `container:${id}`;
  };
  const shared = (kind: PodConfig['sharedNamespaces'][number]): JoinedNamespace | undefined =>
    pod?.infraId !== undefined && pod.sharedNamespaces.includes(kind) ? `container:${pod.infraId}` : undefined;

  const { ipc, pid, uts, cgroup, user } = options.namespaces ?? {};
  const configured = await configuredNamespaces(parts, options);
  const chosen = [
    ['ipc', ipc ?? shared('ipc') ?? configured.ipc],
    ['pid', pid ?? shared('pid') ?? configured.pid],
    ['uts', uts ?? shared('uts') ?? configured.uts],
    ['cgroup', cgroup ?? shared('cgroup') ?? configured.cgroup],
    ['user', user ?? shared('user')],
  ] as const;
  const namespaces: [string, NamespaceMode][] = [];
  for (const [kind, mode] of chosen) if (mode !== undefined) namespaces.push([kind, await resolveMode(mode, kind)]);
  if (options.hostname !== undefined && uts === undefined && shared('uts') !== undefined) {
    throw new InvalidArgumentError(
      'invalid config provided: cannot set hostname when joining the pod UTS namespace: invalid configuration',
      { code: 'invalid-option', hint: 'give the pod a host name, or the container a namespace of its own with --uts private' },
    );
  }
  if (options.hostname !== undefined && uts === 'host') {
    throw new InvalidArgumentError(
      'invalid config provided: cannot set hostname when running in the host UTS namespace: invalid configuration',
      { code: 'invalid-option' },
    );
  }
  if (options.isolation?.idMaps !== undefined && pod?.infraId !== undefined) {
    throw new InvalidArgumentError(
      'cannot specify a new uid/gid map when entering a pod with an infra container: invalid argument',
      {
        code: 'invalid-option',
        hint: 'give the maps to the pod, as pod create --uidmap',
      },
    );
  }
  const network = options.network ?? shared('net');
  if (pod?.infraId !== undefined) needed.add(pod.infraId);

  return {
    pod: pod?.id,
    infraId: pod?.infraId,
    network: network === undefined ? undefined : await resolveMode(network, 'net'),
    namespaces: namespaces.length === 0 ? undefined : Object.fromEntries(namespaces),
    dependencies: needed.size === 0 ? undefined : [...needed],
    hostname: await inheritedHostname(parts, Object.fromEntries(namespaces).uts),
    cgroupParent: pod?.cgroupPath,
  };
}

/** With cgroup v1 a namespace of its own is only for who asks for it, as with podman. */
async function configuredNamespaces({ defaults, host }: RuntimeParts, { hostname }: CreateContainerOptions) {
  const { cgroup, uts, ...others } = defaults.namespaces ?? {};
  return {
    ...others,
    uts: hostname === undefined ? uts : undefined,
    cgroup: (await host.facts()).cgroupVersion === 2 ? cgroup : undefined,
  };
}

async function podToJoin(parts: RuntimeParts, name: string): Promise<PodConfig> {
  const { config, removing } = await parts.state.lookupPod(name);
  if (removing) throw podBeingRemoved(config.id);
  return config;
}

function unusable(name: string): string {
  return `"${name}" is not a valid container, cannot be used as a dependency`;
}

async function findContainer(parts: RuntimeParts, name: string, pod: PodConfig | undefined, prefix: string): Promise<string> {
  const { config } = await parts.state.lookup(name).catch((cause: unknown) => {
    if (EngineError.isInstance(cause)) cause.message = `${prefix}: ${cause.message}`;
    throw cause;
  });
  if (config.pod === pod?.id) return config.id;
  const whose =
    pod === undefined
      ? `which is in a pod - containers not in pods cannot depend on containers in pods`
      : `which is not in the pod ${pod.id} - containers in pods can only depend on containers of the same pod`;
  throw new InvalidArgumentError(`a container can't depend on container ${config.id} ${whose}: invalid argument`, {
    code: 'invalid-dependency',
    hint: pod === undefined ? 'make the container in the same pod, with --pod' : undefined,
  });
}

/** A container that shares the `uts` namespace of another one has its host name. */
async function inheritedHostname(parts: RuntimeParts, uts: NamespaceMode | undefined): Promise<string | undefined> {
  if (uts === 'host') return (await parts.host.facts()).hostname;
  const id = joinedContainer(uts);
  if (id === undefined) return undefined;
  return (await parts.state.container(id))?.config.hostname;
}
