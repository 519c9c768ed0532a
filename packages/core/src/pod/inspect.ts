import { displayStatus } from '../container/state.ts';
import { securityOptionsOf } from '../isolation/labels.ts';
import { describeMounts } from '../mounts/describe.ts';
import { portBindings } from '../network/inspect.ts';
import type { Resources } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { PodConfig } from './config.ts';
import { membersOf } from './members.ts';
import { podStatus } from './status.ts';

/** podman's `pod inspect` document. */
export type PodInspect = Awaited<ReturnType<typeof inspectPod>>;

export async function inspectPod(parts: RuntimeParts, pod: PodConfig) {
  const members = await membersOf(parts, pod.id);
  const infra = members.find(({ container }) => container.id === pod.infraId)?.stored.config;
  return {
    Id: pod.id,
    Name: pod.name,
    Created: pod.createdAt,
    ...(pod.createCommand.length > 0 && { CreateCommand: pod.createCommand }),
    ExitPolicy: pod.exitPolicy,
    State: podStatus(members.map(({ state }) => state.status)),
    Hostname: pod.hostname,
    ...(Object.keys(pod.labels).length > 0 && { Labels: pod.labels }),
    CreateCgroup: pod.cgroupPath !== undefined,
    CgroupParent: pod.cgroupParent,
    ...(pod.cgroupPath !== undefined && { CgroupPath: pod.cgroupPath }),
    CreateInfra: pod.infraId !== undefined,
    ...(pod.infraId !== undefined && { InfraContainerID: pod.infraId }),
    ...(infra !== undefined && {
      InfraConfig: {
        PortBindings: portBindings(infra.networking),
        HostNetwork: infra.network === 'host',
        StaticIP: '',
        StaticMAC: '',
        NoManageResolvConf: infra.networking?.noResolvConf ?? false,
        DNSServer: infra.networking?.dnsServers ?? null,
        DNSSearch: infra.networking?.dnsSearch ?? null,
        DNSOption: infra.networking?.dnsOptions ?? null,
        NoManageHosts: infra.networking?.noHosts ?? false,
        HostAdd: infra.networking?.addHosts ?? null,
        Networks: infra.networking?.attachments?.map(({ network }) => network) ?? null,
        NetworkOptions: null,
        pid_ns: infra.namespaces?.pid ?? 'private',
        userns: infra.namespaces?.user ?? (infra.isolation?.idMaps === undefined ? 'host' : 'private'),
        uts_ns: infra.namespaces?.uts ?? 'private',
      },
    }),
    ...(pod.sharedNamespaces.length > 0 && { SharedNamespaces: pod.sharedNamespaces }),
    ...podLimits(pod.resources),
    NumContainers: members.length,
    Containers: members.map(({ container, state }) => ({ Id: container.id, Name: container.name, State: displayStatus(state) })),
    ...(infra !== undefined && {
      ...some('mounts', describeMounts(infra.userMounts)),
      ...some('volumes_from', infra.volumesFrom ?? []),
      ...some('security_opt', securityOptionsOf(infra.spec)),
    }),
  };
}

/** The member, unless the list is empty. */
function some<Item>(name: string, list: readonly Item[]): Record<string, readonly Item[]> {
  return list.length > 0 ? { [name]: list } : {};
}

/** podman's members for what is limited. */
function podLimits({ cpu, memory, blockIO }: Resources = {}) {
  const limits = {
    cpu_period: cpu?.period,
    cpu_quota: cpu?.quota,
    cpu_shares: cpu?.shares,
    cpuset_cpus: cpu?.cpus,
    cpuset_mems: cpu?.mems,
    memory_limit: memory?.limit,
    memory_swap: memory?.swap,
    blkio_weight: blockIO?.weight,
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
