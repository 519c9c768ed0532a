import type { ContainerConfig, ContainerInspect, NamespaceMode, PodConfig } from '@tspod/core';

type Document = Readonly<Record<string, unknown>>;

const nanoseconds = 1_000_000;
/** What containers.conf gives where nobody asked for another. */
const defaultLimit = 1_048_576;

/**
 * What podman's REST API takes to make a container like this one (`SpecGenerator` of podman 4.3's pkg/specgen). podman's own
 * `generate spec` leaves out or changes much that the container was made with; here it is kept.
 */
export function describeContainer(config: ContainerConfig, { HostConfig, Config }: ContainerInspect, name: string): Document {
  const { process, linux } = config.spec;
  const { isolation, healthCheck, restartPolicy, notify } = config;
  return {
    ...given({
      name,
      pod: config.pod,
      entrypoint: config.entrypoint,
      command: config.command,
    }),
    env: variables(process?.env ?? []),
    ...given({
      terminal: config.terminal,
      stdin: config.stdin,
      labels: config.labels,
      annotations: ownAnnotations(config.spec.annotations ?? {}),
      stop_signal: config.stopSignal,
      stop_timeout: config.stopTimeout,
      timeout: config.timeLimit,
      log_configuration: given({
        driver: config.logDriver,
        path: config.logPath.startsWith(config.staticDir) ? undefined : config.logPath, // else the engine's choice
        size: config.logSizeMax,
        options: config.logTag === undefined ? undefined : { tag: config.logTag },
      }),
      restart_policy: restartPolicy?.name,
      restart_tries: restartPolicy?.maximumRetries,
      oomScoreAdj: process?.oomScoreAdj,
      oci_runtime: config.runtime,
    }),
    sdnotifyMode: notify?.mode ?? 'container',
    pidns: namespace(config.namespaces?.pid),
    utsns: namespace(config.namespaces?.uts ?? 'private'),
    ...given({
      hostname: chosenHostname(config),
      sysctl: linux?.sysctl,
      remove: config.autoRemove,
      containerCreateCommand: config.createCommand,
      timezone: isolation?.timezone,
    }),
    init_container_type: config.initContainer ?? '',
    image: config.rootfs.kind === 'image' ? config.rootfs.imageId : '',
    ...given({
      rootfs: config.rootfs.kind === 'directory' ? config.rootfs.path : undefined,
      rootfs_overlay: config.rootfs.kind === 'directory' && config.rootfs.overlay,
      init: config.init,
      ...mountsOf(config),
      volumes_from: config.volumesFrom,
      host_device_list: isolation?.devices?.map(({ source }) => ({ path: source, type: '', major: 0, minor: 0 })),
    }),
    ipcns: namespace(config.namespaces?.ipc),
    shm_size: HostConfig.ShmSize,
    ...given({
      secrets: config.secrets?.flatMap((secret) =>
        secret.type === 'env'
          ? []
          : [{ Source: secret.name, Target: secret.target, UID: secret.uid, GID: secret.gid, Mode: secret.mode }],
      ),
      secret_env: Object.fromEntries(
        (config.secrets ?? []).filter(({ type }) => type === 'env').map(({ name, target }) => [target, name]),
      ),
      volatile: config.autoRemove,
      work_dir: process?.cwd,
      user: config.user,
      groups: config.groups,
      privileged: config.privileged,
      cap_add: config.capAdd,
      cap_drop: config.capDrop,
      no_new_privileges: process?.noNewPrivileges,
      read_only_filesystem: config.spec.root?.readonly,
      selinux_opts: HostConfig.SecurityOpt.filter((option) => option.startsWith('label=')).map((option) => option.slice(6)),
      apparmor_profile: process?.apparmorProfile,
    }),
    userns: namespace(config.namespaces?.user ?? (isolation?.idMaps === undefined ? undefined : 'private')),
    idmappings: idMappings(isolation?.idMaps),
    umask: Config.Umask,
    cgroupns: namespace(config.namespaces?.cgroup),
    ...given({ cgroup_parent: config.cgroupParent, cgroups_mode: config.cgroups }),
    ...networkOf(config),
    ...given({
      r_limits: process?.rlimits?.filter(({ soft, hard }) => soft !== defaultLimit || hard !== defaultLimit),
      healthconfig:
        healthCheck === undefined
          ? undefined
          : {
              Test: healthCheck.test,
              StartPeriod: healthCheck.startPeriod * nanoseconds,
              Interval: healthCheck.interval * nanoseconds,
              Timeout: healthCheck.timeout * nanoseconds,
              Retries: healthCheck.retries,
            },
      dependencyContainers: config.dependencies,
    }),
    resource_limits: linux?.resources ?? {},
  };
}

/** What podman's REST API takes to make a pod like this one (`PodSpecGenerator`). Its infra container holds what the pod hands on. */
export function describePod(pod: PodConfig, infra: ContainerConfig | undefined, name: string): Document {
  const namespaces = infra?.namespaces;
  return {
    ...given({
      name,
      hostname: pod.hostname,
      labels: pod.labels,
      exit_policy: pod.exitPolicy,
      no_infra: pod.infraId === undefined,
      shared_namespaces: pod.sharedNamespaces,
      pod_create_command: pod.createCommand,
    }),
    pidns: namespace(namespaces?.pid),
    userns: namespace(namespaces?.user ?? (infra?.isolation?.idMaps === undefined ? undefined : 'private')),
    utsns: namespace(namespaces?.uts ?? 'private'),
    ...(infra === undefined ? { Networks: null } : networkOf(infra)),
    ...given({ cgroup_parent: pod.cgroupParent }),
    resource_limits: pod.resources ?? {},
    ...given({
      ...(infra !== undefined && mountsOf(infra)),
      volumes_from: infra?.volumesFrom,
      sysctl: infra?.spec.linux?.sysctl,
      shm_size: infra?.shmSize,
    }),
    idmappings: idMappings(infra?.isolation?.idMaps),
  };
}

/** Go's `omitempty`. */
function given(members: Document): Document {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Without those that the engine makes for every container. */
function ownAnnotations(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const engines =
    /^(io\.container\.manager$|io\.kubernetes\.cri-o\.|io\.podman\.annotations\.|org\.opencontainers\.image\.stopSignal$)/;
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !engines.test(name)));
}

/** Undefined: it is the host's, or made of the container's id. */
function chosenHostname({ id, hostname, namespaces }: ContainerConfig): string | undefined {
  return namespaces?.uts === 'host' || hostname === id.slice(0, 12) ? undefined : hostname;
}

function variables(environment: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    environment.map((entry) => {
      const end = entry.indexOf('=');
      return end < 0 ? [entry, ''] : [entry.slice(0, end), entry.slice(end + 1)];
    }),
  );
}

function namespace(mode: NamespaceMode | undefined): Document {
  if (mode === undefined) return { nsmode: 'default' };
  const joined = /^(container|ns):(.*)$/s.exec(mode);
  if (joined === null) return { nsmode: mode };
  return { nsmode: joined[1] === 'ns' ? 'path' : 'container', value: joined[2] };
}

function idMappings(maps: NonNullable<ContainerConfig['isolation']>['idMaps']): Document {
  const written = maps && {
    UIDMap: maps.uid.map(({ containerID, hostID, size }) => ({ container_id: containerID, host_id: hostID, size })),
    GIDMap: maps.gid.map(({ containerID, hostID, size }) => ({ container_id: containerID, host_id: hostID, size })),
  };
  return {
    HostUIDMapping: maps === undefined,
    HostGIDMapping: maps === undefined,
    ...(written ?? { UIDMap: null, GIDMap: null }),
    AutoUserNs: false,
    AutoUserNsOpts: {
      Size: 0,
      InitialSize: 0,
      PasswdFile: '',
      GroupFile: '',
      AdditionalUIDMappings: null,
      AdditionalGIDMappings: null,
    },
  };
}

function mountsOf({ userMounts }: ContainerConfig): Document {
  const isMount = ({ type, ofImage }: (typeof userMounts)[number]) => (type === 'bind' || type === 'tmpfs') && ofImage !== true;
  return {
    mounts: userMounts.filter(isMount).map(({ destination, type, source, options }) => ({ destination, type, source, options })),
    volumes: userMounts
      .filter(({ type }) => type === 'volume')
      .map(({ source, destination, options }) => ({
        Name: source,
        Dest: destination,
        Options: options,
        IsAnonymous: /^[0-9a-f]{64}$/.test(source),
      })),
    image_volumes: userMounts
      .filter(({ type }) => type === 'image')
      .map(({ source, destination, options }) => ({
        Source: source,
        Destination: destination,
        ReadWrite: options.includes('rw'),
      })),
  };
}

function networkOf({ network, networking }: ContainerConfig): Document {
  const attachments = networking?.attachments ?? [];
  return {
    netns: networkNamespace(network),
    ...given({
      portmappings: networking?.ports?.map(({ hostAddress, containerPort, hostPort, range, protocol }) => ({
        host_ip: hostAddress,
        container_port: containerPort,
        host_port: hostPort,
        range,
        protocol,
      })),
      publish_image_ports: networking?.publishAll,
      expose: exposed(networking?.exposed ?? []),
    }),
    Networks:
      attachments.length === 0
        ? null
        : Object.fromEntries(
            attachments.map(({ network: name, addresses, macAddress, aliases, interfaceName }, index) => [
              name,
              {
                ...given({ static_ips: addresses, aliases, static_mac: macAddress }),
                interface_name: interfaceName ?? `eth${index}`,
              },
            ]),
          ),
    ...given({
      network_options: networking?.modeOptions === undefined ? undefined : { [network]: networking.modeOptions },
      use_image_resolve_conf: networking?.noResolvConf,
      dns_server: networking?.dnsServers,
      dns_search: networking?.dnsSearch,
      dns_option: networking?.dnsOptions,
    }),
    use_image_hosts: networking?.noHosts ?? false,
    ...given({ hostadd: networking?.addHosts }),
  };
}

function networkNamespace(mode: ContainerConfig['network']): Document {
  if (mode === 'none') return { nsmode: 'none' };
  if (mode === 'bridge' || mode === 'private' || mode === 'host') return { nsmode: mode };
  return mode === 'slirp4netns' || mode === 'pasta' ? { nsmode: mode } : namespace(mode);
}

/** `80/tcp` and `80/udp` as `80: "tcp,udp"`. */
function exposed(ports: readonly string[]): Readonly<Record<string, string>> {
  const protocols = new Map<string, string[]>();
  for (const port of ports) {
    const [number = '', protocol = 'tcp'] = port.split('/');
    protocols.set(number, [...(protocols.get(number) ?? []), protocol]);
  }
  return Object.fromEntries([...protocols].map(([number, names]) => [number, names.join(',')]));
}
