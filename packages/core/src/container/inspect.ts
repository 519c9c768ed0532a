import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { capabilityChanges } from '../capabilities.ts';
import type { RootfsStorage } from '../contracts/rootfs-storage.ts';
import type { LiveState, StoredContainer } from '../contracts/state-store.ts';
import { EngineError } from '../errors.ts';
import { describeHealth, describeHealthCheck } from '../health/describe.ts';
import { securityOptionsOf } from '../isolation/labels.ts';
import { describeLogSize } from '../log-size.ts';
import { describeBinds, describeMounts, describeTmpfs } from '../mounts/describe.ts';
import { networkSettings, portBindings } from '../network/inspect.ts';
import type { IdMapping } from '../oci/spec.ts';
import { describeResources } from '../resources/describe.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { describeSecrets } from '../secrets/describe.ts';
import { shownVariables } from '../secrets/running.ts';
import { hasSandbox } from '../spec/namespaces.ts';
import { storageOf } from './backends.ts';
import { cgroupDirectory, cgroupsPathIn } from './cgroup-path.ts';
import { checkpointFiles } from './checkpoint/files.ts';
import type { ContainerConfig } from './config.ts';
import { restarterOf } from './restart-policy.ts';
import { rootSizes } from './sizes.ts';
import { type ContainerState, displayStatus, isAlive } from './state.ts';

/** Go's zero time, which podman prints where a moment has not come yet. */
const never = '0001-01-01T00:00:00Z';

/** podman's `container inspect` document: its fields and types, as far as tspod has the matter. */
export type ContainerInspect = Awaited<ReturnType<typeof inspect>>;

export async function inspect(
  parts: RuntimeParts,
  stored: StoredContainer,
  live: LiveState,
  options: { readonly size?: boolean } = {},
) {
  const { config } = stored;
  const { process, linux } = config.spec;
  const { runDir } = live;
  const storage = storageOf(parts, config);
  const image = config.rootfs.kind === 'image' ? config.rootfs : undefined;
  const sessions = await parts.state.execSessions(config.id);
  const argv = process?.args ?? [];
  return {
    Id: config.id,
    Created: config.createdAt,
    Path: argv[0] ?? '',
    // as podman has it: a command without arguments stands here, too
    Args: argv.length > 1 ? argv.slice(1) : argv,
    State: describeState(parts, live, config),
    Image: image?.imageId ?? '',
    ImageDigest: image === undefined ? '' : ((await parts.images.lookup({ idOrPrefix: image.imageId, names: [] }))?.digest ?? ''),
    ImageName: image?.imageName ?? '',
    Rootfs: config.rootfs.kind === 'directory' ? config.rootfs.path : '',
    Pod: config.pod ?? '',
    ResolvConfPath: config.network !== 'none' && config.networking?.noResolvConf !== true ? join(runDir, 'resolv.conf') : '',
    HostnamePath: join(runDir, 'hostname'),
    HostsPath: config.networking?.noHosts ? '' : join(runDir, 'hosts'),
    StaticDir: config.staticDir,
    ...(live.state.status !== 'configured' && { OCIConfigPath: join(config.staticDir, 'config.json') }),
    OCIRuntime: config.runtime,
    ConmonPidFile: config.isolation?.monitorPidFile ?? join(runDir, 'conmon.pid'),
    PidFile: config.pidFile ?? join(runDir, 'pidfile'),
    Name: config.name,
    RestartCount: live.restarts ?? 0,
    Driver: config.storage,
    MountLabel: config.mountLabel,
    ProcessLabel: config.processLabel,
    AppArmorProfile: process?.apparmorProfile ?? '',
    EffectiveCaps: process?.capabilities?.effective ?? [],
    BoundingCaps: process?.capabilities?.bounding ?? [],
    ExecIDs: sessions.filter(({ exit }) => exit === undefined).map(({ id }) => id),
    GraphDriver: { Name: config.storage, Data: await layoutOf(storage, config.id) },
    ...(options.size ? await sizesOf(storage, config.id) : {}),
    Mounts: describeMounts(config.userMounts),
    Dependencies: config.dependencies ?? [],
    NetworkSettings: await networkSettings(parts, stored),
    Namespace: '',
    IsInfra: config.isInfra ?? false,
    IsService: false,
    Config: {
      Hostname: config.hostname,
      Domainname: '',
      User: config.user,
      AttachStdin: false,
      AttachStdout: false,
      AttachStderr: false,
      Tty: config.terminal,
      OpenStdin: config.stdin,
      StdinOnce: false,
      Env: (live.state.status === 'configured' ? undefined : shownVariables(config)) ?? process?.env ?? [],
      Cmd: config.command,
      Image: image?.imageName ?? '',
      Volumes: null,
      WorkingDir: process?.cwd ?? '/',
      Entrypoint: (config.entrypoint ?? []).join(' '),
      OnBuild: null,
      Labels: Object.keys(config.labels).length > 0 ? config.labels : null,
      Annotations: config.spec.annotations ?? {},
      StopSignal: config.stopSignal,
      CreateCommand: config.createCommand,
      Umask: process?.user.umask === undefined ? '0022' : process.user.umask.toString(8).padStart(4, '0'),
      ...describeSecrets(config),
      Timeout: config.timeLimit ?? 0,
      ...(config.healthCheck === undefined ? {} : { Healthcheck: describeHealthCheck(config.healthCheck) }),
      HealthcheckOnFailureAction: config.healthFailureAction ?? 'none',
      StopTimeout: config.stopTimeout,
      Passwd: config.isolation?.passwd ?? true,
      ...(config.isolation?.timezone && { Timezone: config.isolation.timezone }),
      ...(config.isolation?.systemd && { SystemdMode: true }),
      sdNotifyMode: config.notify?.mode ?? 'container',
      ...(config.notify?.socket && { sdNotifySocket: config.notify.socket }),
      ...(config.isolation?.chrootDirectories && { ChrootDirs: config.isolation.chrootDirectories }),
    },
    HostConfig: {
      Binds: describeBinds(config.userMounts),
      VolumesFrom: config.volumesFrom ?? null,
      CgroupManager: parts.defaults.cgroupManager,
      CgroupMode: config.namespaces?.cgroup ?? (linux?.namespaces?.some(({ type }) => type === 'cgroup') ? 'private' : 'host'),
      ContainerIDFile: config.cidFile ?? '',
      LogConfig: {
        Type: config.logDriver,
        Config: null,
        Path: config.logDriver === 'none' || config.logDriver === 'passthrough' ? '' : config.logPath,
        Tag: config.logTag ?? '',
        Size: describeLogSize(config.logSizeMax ?? 0),
      },
      NetworkMode: config.network,
      PortBindings: portBindings(config.networking, { exposed: hasSandbox(config.network) }),
      RestartPolicy: { Name: config.restartPolicy?.name ?? '', MaximumRetryCount: config.restartPolicy?.maximumRetries ?? 0 },
      AutoRemove: config.autoRemove,
      ...(config.init && { Init: true }),
      ...capabilityChanges(process?.capabilities?.bounding ?? []),
      ...describeUserNamespace(config),
      GroupAdd: config.groups,
      Cgroups: config.cgroups === 'disabled' ? 'disabled' : 'default',
      Devices: (config.isolation?.devices ?? []).map(({ source, destination }) => ({
        PathOnHost: source,
        PathInContainer: destination,
        CgroupPermissions: '',
      })),
      IpcMode: config.namespaces?.ipc ?? 'shareable',
      OomScoreAdj: process?.oomScoreAdj ?? 0,
      PidMode: config.namespaces?.pid ?? 'private',
      Privileged: config.privileged,
      PublishAllPorts: config.networking?.publishAll ?? false,
      Dns: config.networking?.dnsServers ?? [],
      DnsOptions: config.networking?.dnsOptions ?? [],
      DnsSearch: config.networking?.dnsSearch ?? [],
      ExtraHosts: config.networking?.addHosts ?? [],
      ReadonlyRootfs: config.spec.root?.readonly ?? false,
      SecurityOpt: securityOptionsOf(config.spec),
      Tmpfs: describeTmpfs(config),
      UTSMode: config.namespaces?.uts ?? 'private',
      ShmSize: config.shmSize ?? parts.defaults.shmSize,
      Runtime: 'oci',
      CgroupParent: config.cgroups === 'split' ? '' : config.cgroupParent,
      ...unused(),
      ...(await describeResources(stored.resources ?? linux?.resources, parts.host)),
      Ulimits: (process?.rlimits ?? []).map(({ type, soft, hard }) => ({ Name: type, Soft: soft, Hard: hard })),
    },
  };
}

/** Members that podman has for docker's sake; made anew, because whoever gets the document may change it. */
const unused = () => ({
  ...{ Cgroup: '', CgroupConf: null, ConsoleSize: [0, 0], DiskQuota: 0, IOMaximumBandwidth: 0, IOMaximumIOps: 0 },
  ...{ Isolation: '', KernelMemory: 0, Links: null, VolumeDriver: '' },
});

function describeUserNamespace({ namespaces, isolation }: ContainerConfig) {
  const lines = (maps: readonly IdMapping[]) => maps.map(({ containerID, hostID, size }) => `${containerID}:${hostID}:${size}`);
  const { idMaps } = isolation ?? {};
  return {
    UsernsMode: namespaces?.user === 'host' ? '' : (namespaces?.user ?? (idMaps === undefined ? '' : 'private')),
    ...(idMaps !== undefined && { IDMappings: { UidMap: lines(idMaps.uid), GidMap: lines(idMaps.gid) } }),
  };
}

/** Nothing when another program has removed it from the storage. */
async function layoutOf(storage: RootfsStorage, id: string): Promise<Readonly<Record<string, string>>> {
  try {
    return (await storage.layout?.(id)) ?? {};
  } catch (error) {
    if (EngineError.isInstance(error) && error.code === 'no-such-container') return {};
    throw error;
  }
}

async function sizesOf(storage: RootfsStorage, id: string) {
  const sizes = await rootSizes(storage, id);
  return { SizeRw: sizes.own, ...(sizes.base === undefined ? {} : { SizeRootFs: sizes.base }) };
}

function describeState(parts: RuntimeParts, live: LiveState, config: ContainerConfig) {
  const { state } = live;
  const restarter = restarterOf(config, live);
  const ended = 'exitCode' in state ? state : undefined;
  return {
    OciVersion: config.spec.ociVersion,
    Status: displayStatus(state),
    Running: state.status === 'running' || state.status === 'stopping',
    Paused: state.status === 'paused',
    Restarting: restarter !== undefined && parts.host.isRunning(restarter),
    OOMKilled: ended?.oomKilled ?? false,
    Dead: false,
    Pid: isAlive(state) ? state.process.pid : 0,
    ...(live.monitor !== undefined && isAlive(state) && { ConmonPid: live.monitor.pid }),
    ExitCode: ended?.exitCode ?? 0,
    Error: state.status === 'unknown' ? state.reason : '',
    StartedAt: startedAt(state) ?? never,
    FinishedAt: ended?.finishedAt ?? never,
    Health: describeHealth(live.health),
    ...describeCheckpoint(live, config),
    ...(isAlive(state) && { CgroupPath: cgroupDirectory(cgroupsPathIn(config, live) ?? '') }),
  };
}

function describeCheckpoint({ checkpointedAt, restoredAt }: LiveState, { staticDir }: ContainerConfig) {
  const moments = {
    ...(checkpointedAt !== undefined && { Checkpointed: true }),
    CheckpointedAt: checkpointedAt ?? never,
    ...(restoredAt !== undefined && { Restored: true }),
    RestoredAt: restoredAt ?? never,
  };
  if (checkpointedAt === undefined && restoredAt === undefined) return moments;
  const { dumpLog, images, restoreLog } = checkpointFiles;
  const paths = { CheckpointLog: dumpLog, CheckpointPath: images, RestoreLog: restoreLog };
  const present = Object.entries(paths).map(([key, name]) => [key, join(staticDir, name)] as const);
  return { ...moments, ...Object.fromEntries(present.filter(([, path]) => existsSync(path))) };
}

function startedAt(state: ContainerState): string | undefined {
  return 'startedAt' in state ? state.startedAt : undefined;
}
