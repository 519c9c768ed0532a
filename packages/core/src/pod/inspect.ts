import { displayStatus } from '../container/state.ts';
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
        PortBindings: {},
        HostNetwork: infra.network === 'host',
        StaticIP: '',
        StaticMAC: '',
        NoManageResolvConf: false,
        DNSServer: null,
        DNSSearch: null,
        DNSOption: null,
        NoManageHosts: false,
        HostAdd: null,
        Networks: null,
        NetworkOptions: null,
        pid_ns: infra.namespaces?.pid ?? 'private',
        userns: 'host',
        uts_ns: infra.namespaces?.uts ?? 'private',
      },
    }),
    ...(pod.sharedNamespaces.length > 0 && { SharedNamespaces: pod.sharedNamespaces }),
    NumContainers: members.length,
    Containers: members.map(({ container, state }) => ({ Id: container.id, Name: container.name, State: displayStatus(state) })),
  };
}
