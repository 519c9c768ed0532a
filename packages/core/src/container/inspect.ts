import { join } from 'node:path';
import type { RootfsStorage } from '../contracts/rootfs-storage.ts';
import type { LiveState, StoredContainer } from '../contracts/state-store.ts';
import { EngineError } from '../errors.ts';
import { describeLogSize } from '../log-size.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { storageOf } from './backends.ts';
import { cgroupDirectory } from './cgroup-path.ts';
import type { ContainerConfig, UserMount } from './config.ts';
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
    Args: argv.slice(1),
    State: describeState(live, config),
    Image: image?.imageId ?? '',
    ImageName: image?.imageName ?? '',
    Rootfs: config.rootfs.kind === 'directory' ? config.rootfs.path : '',
    Pod: config.pod ?? '',
    ResolvConfPath: config.network === 'host' || config.network === 'private' ? join(runDir, 'resolv.conf') : '',
    HostnamePath: join(runDir, 'hostname'),
    HostsPath: join(runDir, 'hosts'),
    StaticDir: config.staticDir,
    OCIConfigPath: join(config.staticDir, 'config.json'),
    OCIRuntime: config.runtime,
    ConmonPidFile: join(runDir, 'conmon.pid'),
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
    Mounts: config.userMounts.map(describeMount),
    Dependencies: config.dependencies ?? [],
    NetworkSettings: { IPAddress: '', IPPrefixLen: 0, Gateway: '', MacAddress: '', Ports: {}, SandboxKey: '', Networks: {} },
    Namespace: '',
    IsInfra: config.isInfra ?? false,
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
      Env: process?.env ?? [],
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
      Timeout: 0,
      StopTimeout: config.stopTimeout,
      Passwd: true,
    },
    HostConfig: {
      Binds: config.userMounts.filter(({ type }) => type === 'bind').map(describeBind),
      CgroupManager: parts.defaults.cgroupManager,
      CgroupMode: config.namespaces?.cgroup ?? (linux?.namespaces?.some(({ type }) => type === 'cgroup') ? 'private' : 'host'),
      ContainerIDFile: config.cidFile ?? '',
      LogConfig: {
        Type: config.logDriver,
        Config: null,
        Path: config.logPath,
        Tag: config.logTag ?? '',
        Size: describeLogSize(config.logSizeMax ?? 0),
      },
      NetworkMode: config.network,
      PortBindings: {},
      RestartPolicy: { Name: config.restartPolicy?.name ?? '', MaximumRetryCount: config.restartPolicy?.maximumRetries ?? 0 },
      AutoRemove: config.autoRemove,
      Init: config.init,
      CapAdd: config.capAdd,
      CapDrop: config.capDrop,
      GroupAdd: config.groups,
      IpcMode: config.namespaces?.ipc ?? 'shareable',
      OomScoreAdj: process?.oomScoreAdj ?? 0,
      PidMode: config.namespaces?.pid ?? 'private',
      Privileged: config.privileged,
      PublishAllPorts: false,
      ReadonlyRootfs: config.spec.root?.readonly ?? false,
      SecurityOpt: [] as string[],
      Tmpfs: Object.fromEntries(
        config.userMounts
          .filter(({ type }) => type === 'tmpfs')
          .map(({ destination, options: words }) => [destination, words.join(',')]),
      ),
      UTSMode: config.namespaces?.uts ?? 'private',
      ShmSize: parts.defaults.shmSize,
      Runtime: 'oci',
      CgroupParent: config.cgroupParent,
      PidsLimit: linux?.resources?.pids?.limit ?? 0,
      Ulimits: (process?.rlimits ?? []).map(({ type, soft, hard }) => ({ Name: type, Soft: soft, Hard: hard })),
    },
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

function describeState(live: LiveState, config: ContainerConfig) {
  const { state } = live;
  const ended = 'exitCode' in state ? state : undefined;
  return {
    OciVersion: config.spec.ociVersion,
    Status: displayStatus(state),
    Running: state.status === 'running' || state.status === 'stopping',
    Paused: state.status === 'paused',
    Restarting: false,
    OOMKilled: ended?.oomKilled ?? false,
    Dead: false,
    Pid: isAlive(state) ? state.process.pid : 0,
    ConmonPid: live.monitor?.pid ?? 0,
    ExitCode: ended?.exitCode ?? 0,
    Error: state.status === 'unknown' ? state.reason : '',
    StartedAt: startedAt(state) ?? never,
    FinishedAt: ended?.finishedAt ?? never,
    CgroupPath: isAlive(state) ? cgroupDirectory(config.spec.linux?.cgroupsPath ?? '') : '',
  };
}

function startedAt(state: ContainerState): string | undefined {
  return 'startedAt' in state ? state.startedAt : undefined;
}

function describeMount({ type, source, destination, options }: UserMount) {
  const propagation = options.find((word) => /^r?(private|shared|slave)$/.test(word)) ?? (type === 'bind' ? 'rprivate' : '');
  return {
    Type: type,
    Source: source,
    Destination: destination,
    Driver: '',
    Mode: '',
    Options: options.filter((word) => word !== propagation && word !== 'rw' && word !== 'ro'),
    RW: !options.includes('ro'),
    Propagation: propagation,
  };
}

function describeBind({ source, destination, options }: UserMount): string {
  const words = options.includes('ro') || options.includes('rw') ? options : ['rw', ...options];
  return [source, destination, words.join(',')].join(':');
}
