import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { normaliseCapabilities } from '../../capabilities.ts';
import type { OciRuntime } from '../../contracts/oci-runtime.ts';
import type { RootfsStorage } from '../../contracts/rootfs-storage.ts';
import { EngineError, InvalidArgumentError, NotFoundError, NotSupportedError, UnavailableError } from '../../errors.ts';
import { resolveFailureAction, resolveHealthCheck } from '../../health/resolve.ts';
import { checkName, generateId } from '../../id.ts';
import type { IdMaps } from '../../isolation/id-maps.ts';
import { resolveIsolation } from '../../isolation/resolve.ts';
import type { SelinuxLabels } from '../../isolation/selinux.ts';
import { haltSignal } from '../../isolation/systemd.ts';
import { parseLogSize } from '../../log-size.ts';
import type { ResolvedMounts } from '../../mounts/resolve.ts';
import { generateName } from '../../name-generator.ts';
import type { ContainerNetworking } from '../../network/config.ts';
import type { ImageRunConfig } from '../../oci/image-config.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import { findImage, noSuchImage } from '../../runtime/find-image.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { chooseUsable } from '../../runtime/selection.ts';
import type { ResolvedSecrets } from '../../secrets/resolve.ts';
import { parseSignal } from '../../signals.ts';
import { cgroupParentOf } from '../cgroup-path.ts';
import type { ContainerConfig, NetworkMode, RootfsSource } from '../config.ts';
import type { ConfiguredDefaults } from '../configured-options.ts';
import type { CreateContainerOptions } from '../create-options.ts';
import { specFor } from '../creation-spec.ts';
import { refuseForeignName } from '../foreign-name.ts';
import type { Joins } from '../joins.ts';
import { checkCgroups } from '../limits.ts';
import { checkNotify } from '../notify.ts';
import { checkCreateTypes } from '../option-types.ts';
import { checkRestartPolicy } from '../restart-policy.ts';
import { undo } from './init.ts';

/** How often a generated name may be taken before the error is shown: with 15,000 names and more that is no accident. */
const generatedNameAttempts = 20;

/** Seconds that a monitor can count. */
const longestTimeLimit = 2 ** 31 - 1;

/**
 * Makes a container: reserves its id and name, makes its root filesystem, writes its config. Undone when a step fails.
 * @param id default: a generated one.
 */
export async function createContainer(
  parts: RuntimeParts,
  options: CreateContainerOptions,
  id?: string,
): Promise<ContainerConfig> {
  checkCreateTypes(options);
  const resolved = await resolve(parts, options);
  if (options.name !== undefined) return createNamed(parts, options, resolved, checkName(options.name), id);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await createNamed(parts, options, resolved, generateName(), id);
    } catch (error) {
      if (!isTaken(error) || attempt === generatedNameAttempts) throw error;
    }
  }
}

/** The container that holds the namespaces of a pod which is being made: its options name no pod, for there is none yet. */
export async function createInfraContainer(
  parts: RuntimeParts,
  options: CreateContainerOptions & { readonly name: string },
  joins: Joins,
): Promise<ContainerConfig> {
  const resolved = await resolve(parts, options, true);
  return createNamed(parts, options, { ...resolved, joins: { ...resolved.joins, ...joins } }, checkName(options.name));
}

function isTaken(error: unknown): boolean {
  return EngineError.isInstance(error) && error.kind === 'already-exists';
}

/** What the options mean on this machine, before anything is made. */
interface Resolved {
  /** With what the pod hands on. */
  readonly options: CreateContainerOptions;
  readonly source: RootfsSource;
  readonly imageConfig: ImageRunConfig;
  readonly storage: RootfsStorage;
  readonly runtime: OciRuntime;
  readonly mounts: ResolvedMounts;
  readonly secrets: ResolvedSecrets | undefined;
  readonly initPath: string | undefined;
  readonly joins: Joins;
  readonly network: NetworkMode;
  readonly networking: ContainerNetworking | undefined;
}

async function resolve(parts: RuntimeParts, given: CreateContainerOptions, isInfra = false): Promise<Resolved> {
  const asked = { ...given, cgroups: given.cgroups ?? parts.defaults.cgroups };
  checkRestartPolicy(asked.restartPolicy, asked.autoRemove ?? false);
  await chooseUsable('monitor', [parts.monitor]);
  const { source, imageConfig } = await resolveRootfs(parts, asked.rootfs);
  const runtime = await chooseRuntime(parts, asked.runtime);
  checkCgroups(asked, runtime);
  checkLog(parts, asked);
  const joins = joinsOthers(parts, asked) ? await (await import('../joins.ts')).resolveJoins(parts, asked) : {};
  const inherited = joins.infraId === undefined ? asked : await withPodDefaults(parts, asked, joins.infraId);
  const options = await withConfigured(isInfra ? { noHosts: parts.defaults.noHosts } : parts.defaults, inherited);
  const network = networkModeOf(parts, joins.network ?? options.network);
  const mounts = await mountsFor(parts, options, imageConfig, joins.infraId);
  checkMappedMounts(mounts, runtime);
  return {
    options,
    source,
    imageConfig,
    storage: await chooseStorage(parts, source, options.storage),
    runtime,
    mounts,
    secrets: await secretsFor(parts, options, mounts),
    joins,
    network,
    networking: await networkingOf(parts, network, options, imageConfig),
    initPath: (options.init ?? parts.defaults.init) ? findInit(parts, options.isolation?.initPath) : undefined,
  };
}

/** Nothing is loaded where the configuration gives nothing of it. */
async function withConfigured(defaults: ConfiguredDefaults, options: CreateContainerOptions): Promise<CreateContainerOptions> {
  const { devices = [], volumes = [], noHosts } = defaults;
  if (devices.length === 0 && volumes.length === 0 && !noHosts) return options;
  return (await import('../configured-options.ts')).withConfiguredOptions(defaults, options);
}

async function withPodDefaults(parts: RuntimeParts, options: CreateContainerOptions, infraId: string) {
  return (await import('../../pod/inherit.ts')).inheritFromPod(parts, options, infraId);
}

/** `private` is `bridge`: a network of its own. */
function networkModeOf(parts: RuntimeParts, asked: NetworkMode | undefined): NetworkMode {
  const mode = asked ?? parts.defaults.network ?? (parts.networks === undefined ? 'none' : 'bridge');
  if (mode.startsWith('ns:') && !existsSync(mode.slice('ns:'.length))) {
    const path = mode.slice('ns:'.length);
    throw new NotFoundError(`cannot find specified network namespace path: stat ${path}: no such file or directory`, {
      code: 'no-such-file',
    });
  }
  return mode === 'private' ? 'bridge' : mode;
}

/** Nothing is loaded for a container that has nothing of a network but its mode. */
async function networkingOf(
  parts: RuntimeParts,
  mode: NetworkMode,
  { networking, pod, network: asked }: CreateContainerOptions,
  { ExposedPorts }: ImageRunConfig,
): Promise<ContainerNetworking | undefined> {
  if (mode !== 'bridge' && networking === undefined && ExposedPorts === undefined) return undefined;
  const { refuseInPod, resolveNetworking } = await import('../../network/resolve.ts');
  if (pod !== undefined && asked === undefined && mode.startsWith('container:')) refuseInPod(networking ?? {});
  return resolveNetworking(parts, mode, networking ?? {}, Object.keys(ExposedPorts ?? {}));
}

/** Mostly nothing is mounted, and nothing is loaded. */
async function mountsFor(
  parts: RuntimeParts,
  { mounts, volumesFrom, imageVolumes }: CreateContainerOptions,
  { Volumes }: ImageRunConfig,
  infraId: string | undefined,
): Promise<ResolvedMounts> {
  const imagePlaces = Object.keys(Volumes ?? {}).sort();
  const isWanted = imagePlaces.length > 0 || (mounts ?? []).length > 0 || (volumesFrom ?? []).length > 0 || infraId !== undefined;
  if (!isWanted) return { mounts: [], newVolumes: [] };
  const { resolveMounts } = await import('../../mounts/resolve.ts');
  return resolveMounts(parts, { mounts, volumesFrom, imageVolumes, imagePlaces, infraId });
}

/** What a runtime does not know of it would leave out without a word. @throws {NotSupportedError} `mapped-mounts` */
function checkMappedMounts({ mounts }: ResolvedMounts, { name, capabilities }: OciRuntime): void {
  const mapped = mounts.find(({ options }) => options.some((word) => /^idmap(=|$)/.test(word)));
  if (mapped === undefined || capabilities.mapsMounts) return;
  throw new NotSupportedError(`the OCI runtime ${name} can't map the ids of the mount at ${mapped.destination}`, {
    code: 'mapped-mounts',
    hint: 'use --runtime crun, or mount it without idmap',
  });
}

/** Mostly there are none. */
async function secretsFor(
  parts: RuntimeParts,
  { secrets = [] }: CreateContainerOptions,
  { mounts }: ResolvedMounts,
): Promise<ResolvedSecrets | undefined> {
  if (secrets.length === 0) return undefined;
  const { resolveSecrets } = await import('../../secrets/resolve.ts');
  return resolveSecrets(
    parts,
    secrets,
    mounts.map(({ destination }) => destination),
  );
}

async function makeVolumes(parts: RuntimeParts, { newVolumes }: ResolvedMounts, id: string): Promise<readonly string[]> {
  return newVolumes.length === 0 ? [] : (await import('../../mounts/make-volumes.ts')).makeVolumes(parts, newVolumes, id);
}

async function unmakeVolumes(parts: RuntimeParts, names: readonly string[]): Promise<void> {
  if (names.length > 0) await (await import('../../mounts/make-volumes.ts')).unmakeVolumes(parts, names);
}

function volumesOf({ mounts }: ResolvedMounts): readonly string[] | undefined {
  const names = mounts.flatMap(({ type, source }) => (type === 'volume' ? [source] : []));
  return names.length === 0 ? undefined : [...new Set(names)];
}

/** Whether it has to do with a pod or with other containers; most have not. */
function joinsOthers({ defaults }: RuntimeParts, { pod, requires, network, namespaces }: CreateContainerOptions): boolean {
  if (Object.values(defaults.namespaces ?? {}).some((mode) => mode !== undefined)) return true;
  return pod !== undefined || requires !== undefined || namespaces !== undefined || (network?.includes(':') ?? false);
}

async function createNamed(
  parts: RuntimeParts,
  asked: CreateContainerOptions,
  resolved: Resolved,
  name: string,
  id = generateId(),
): Promise<ContainerConfig> {
  const { storage, source } = resolved;
  const lock = await parts.locker.acquire(id, { transient: true });
  let made = false;
  let volumes: readonly string[] = [];
  try {
    await parts.state.reserve({ id, name, storage: storage.name });
    try {
      await refuseForeignName(parts, storage, name);
      const createdAt = new Date().toISOString();
      const labels = await labelsFor(parts, resolved);
      const users = await userNamespaceFor(parts, resolved);
      let staticDir: string;
      try {
        ({ staticDir } = await storage.create({
          ...{ id, name, source, createdAt, ...labels },
          idMaps: users?.idMaps,
        }));
      } finally {
        await users?.release();
      }
      volumes = await makeVolumes(parts, resolved.mounts, id);
      const config = await configure(parts, asked, resolved, { id, name, createdAt, staticDir, ...labels }, users?.idMaps);
      if (resolved.secrets !== undefined)
        (await import('../../secrets/resolve.ts')).copySecrets(staticDir, resolved.secrets, users?.idMaps);
      await parts.state.commit(config);
      made = true;
      await recordContainerEvent(parts, config, 'create');
      return config;
    } catch (failure) {
      return await undo(async () => {
        await storage.delete(id);
        await unmakeVolumes(parts, volumes);
        await parts.state.abandon(id);
      }, failure);
    }
  } finally {
    await lock.release({ forget: !made });
  }
}

/** None where the machine has no SELinux. */
async function labelsFor(parts: RuntimeParts, resolved: Resolved): Promise<SelinuxLabels> {
  const { selinux } = await parts.host.facts();
  if (!selinux || !parts.defaults.selinuxLabels) return { processLabel: '', mountLabel: '' };
  const { newLabels } = await import('../../isolation/new-labels.ts');
  const { options, joins, imageConfig } = resolved;
  return newLabels(parts, options, joins.namespaces, argvOf(options, imageConfig));
}

/** Undefined, as mostly: it has the host's. */
async function userNamespaceFor(parts: RuntimeParts, { options: { isolation }, joins, storage, source }: Resolved) {
  const { namespaces } = joins;
  if (isolation?.idMaps === undefined && namespaces?.user === undefined) return undefined;
  const { resolveUserNamespace } = await import('../../isolation/user-namespace.ts');
  return resolveUserNamespace(parts, isolation?.idMaps, { namespaces, storage, source });
}

async function configure(
  parts: RuntimeParts,
  asked: CreateContainerOptions,
  { options, source, imageConfig, storage, runtime, mounts, secrets, initPath, joins, network, networking }: Resolved,
  made: Pick<ContainerConfig, 'id' | 'name' | 'createdAt' | 'staticDir' | 'mountLabel' | 'processLabel'>,
  idMaps: IdMaps | undefined,
): Promise<ContainerConfig> {
  const { defaults } = parts;
  const facts = await parts.host.facts();
  const command = commandOf(options, imageConfig);
  const entrypoint = entrypointOf(options, imageConfig);
  const isolation = await resolveIsolation(parts, options, {
    network,
    namespaces: joins.namespaces,
    facts,
    command: argvOf(options, imageConfig),
  });
  const healthCheck = resolveHealthCheck(options.healthCheck, imageConfig.Healthcheck);
  const config: Omit<ContainerConfig, 'spec'> = {
    ...made,
    rootfs: source,
    storage: storage.name,
    runtime: runtime.name,
    user: options.user ?? imageConfig.User ?? '',
    groups: isolation.groups,
    command,
    entrypoint,
    terminal: options.terminal ?? false,
    stdin: options.stdin ?? false,
    labels: { ...imageConfig.Labels, ...options.labels },
    stopSignal: parseSignal(
      options.stopSignal ?? imageConfig.StopSignal ?? (isolation.config?.systemd ? String(haltSignal) : 'SIGTERM'),
    ),
    stopTimeout: options.stopTimeout ?? defaults.stopTimeout,
    network,
    networking,
    namespaces: joins.namespaces,
    pod: joins.pod,
    isInfra: joins.isInfra,
    initContainer: options.initContainer,
    dependencies: joins.dependencies,
    hostname: options.hostname ?? joins.hostname ?? (network === 'host' ? facts.hostname : made.id.slice(0, 12)),
    logDriver: options.logDriver ?? defaults.logDriver,
    logPath: options.logOptions?.path ?? join(made.staticDir, 'ctr.log'),
    logSizeMax: logSizeMax(options, defaults.logSizeMax),
    logsKept: logsKept(options),
    logTag: options.logOptions?.tag ?? defaults.logTag,
    autoRemove: options.autoRemove ?? false,
    restartPolicy: checkRestartPolicy(options.restartPolicy, options.autoRemove ?? false),
    timeLimit: checkTimeLimit(options.timeLimit),
    notify: options.notify === undefined ? undefined : checkNotify(options.notify),
    healthCheck,
    healthFailureAction: resolveFailureAction(options.healthFailureAction, healthCheck),
    privileged: options.privileged ?? false,
    capAdd: normaliseCapabilities(options.capAdd ?? []),
    capDrop: normaliseCapabilities(options.capDrop ?? []),
    init: initPath !== undefined,
    isolation: idMaps === undefined ? isolation.config : { ...isolation.config, idMaps },
    pidFile: options.pidFile,
    cidFile: options.cidFile,
    cgroupParent: joins.cgroupParent ?? cgroupParentOf(options.cgroupParent) ?? defaults.cgroupParent,
    cgroups: options.cgroups === 'enabled' ? undefined : options.cgroups,
    shmSize: options.shmSize ?? defaults.shmSize,
    volumes: volumesOf(mounts),
    userMounts: mounts.mounts,
    secrets: secrets?.secrets,
    volumesFrom: options.volumesFrom,
    request: { ...asked, createCommand: undefined },
    createCommand: options.createCommand ?? [],
  };
  return { ...config, spec: await specFor(parts, config, { options, imageConfig, initPath, facts, isolation }) };
}

/**
 * What the monitor would only find out when it starts, or not tell.
 * @throws {UnavailableError} `no-journal`; {NotFoundError} `no-such-file` for a log in no directory; {InvalidArgumentError} `invalid-option`.
 */
function checkLog(
  { monitor, defaults }: RuntimeParts,
  { logDriver: driver = defaults.logDriver, logOptions }: CreateContainerOptions,
): void {
  const usability = driver === 'journald' ? monitor.journalUsability?.() : undefined;
  if (usability?.usable === false) {
    throw new UnavailableError(usability.reason, {
      code: 'no-journal',
      hint: 'use another --log-driver, such as k8s-file, or run systemd-journald',
    });
  }
  if (logOptions?.tag && driver !== 'journald') {
    throw new InvalidArgumentError(`the log driver ${driver} doesn't support the log option tag`, {
      code: 'invalid-option',
      hint: 'use it with --log-driver journald',
    });
  }
  const path = logOptions?.path;
  if (path !== undefined && !existsSync(dirname(path))) {
    throw new NotFoundError(`the log file ${path} can't be made: ${dirname(path)}: no such file or directory`, {
      code: 'no-such-file',
    });
  }
}

/** @throws {InvalidArgumentError} `invalid-option` */
function checkTimeLimit(seconds: number | undefined): number | undefined {
  if (seconds === undefined || (Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= longestTimeLimit))
    return seconds || undefined;
  throw new InvalidArgumentError(`the time limit ${seconds} is not a number of seconds`, {
    code: 'invalid-option',
    hint: `give whole seconds, at most ${longestTimeLimit}`,
  });
}

/** No size and a size of 0 mean no limit. @throws {InvalidArgumentError} `invalid-size` */
function logSizeMax({ logOptions }: CreateContainerOptions, configured: number | undefined): number | undefined {
  const asked = logOptions?.['max-size'];
  return asked === undefined ? configured : parseLogSize(asked) || undefined;
}

/** Docker's `max-file` counts the log itself, too. @throws {InvalidArgumentError} `invalid-option` */
function logsKept({ logOptions }: CreateContainerOptions): number | undefined {
  const files = logOptions?.['max-file'];
  if (files === undefined) return undefined;
  if (/^[1-9]\d{0,3}$/.test(files)) return Number(files) - 1 || undefined;
  throw new InvalidArgumentError(`invalid log option max-file: '${files}'`, {
    code: 'invalid-option',
    hint: 'give how many files a log may consist of, from 1 to 9999',
  });
}

/** The arguments after the entrypoint: the caller's, else the image's, which an entrypoint of the caller's makes void. */
function commandOf(options: CreateContainerOptions, imageConfig: ImageRunConfig): readonly string[] {
  if (options.command !== undefined && options.command.length > 0) return options.command;
  return options.entrypoint === undefined ? (imageConfig.Cmd ?? []) : [];
}

function entrypointOf({ entrypoint }: CreateContainerOptions, { Entrypoint }: ImageRunConfig): readonly string[] | undefined {
  return entrypoint ?? Entrypoint ?? undefined;
}

function argvOf(options: CreateContainerOptions, imageConfig: ImageRunConfig): readonly string[] {
  return [...(entrypointOf(options, imageConfig) ?? []), ...commandOf(options, imageConfig)];
}

async function resolveRootfs(
  parts: RuntimeParts,
  rootfs: CreateContainerOptions['rootfs'],
): Promise<{ source: RootfsSource; imageConfig: ImageRunConfig }> {
  if ('image' in rootfs) {
    const found = await findImage(parts, rootfs.image);
    if (found === undefined) throw noSuchImage(rootfs.image);
    const { image, name } = found;
    const config = await parts.images.config(image.id);
    return {
      source: { kind: 'image', imageId: image.id, imageName: name ?? image.names[0] ?? image.id },
      imageConfig: config.config ?? {},
    };
  }
  const path = existingDirectory(rootfs.directory);
  return { source: { kind: 'directory', path, overlay: rootfs.overlay ?? false }, imageConfig: {} };
}

function existingDirectory(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new NotFoundError(`the root filesystem ${path} is not a directory that exists`, { code: 'no-such-file' });
  }
  return realpathSync(path);
}

/** The named storage; else the configured one if it takes this kind of root filesystem; else the first usable one that does. */
async function chooseStorage(parts: RuntimeParts, source: RootfsSource, name: string | undefined): Promise<RootfsStorage> {
  const kind = source.kind === 'image' ? 'an image' : 'a directory';
  const fits = ({ capabilities }: RootfsStorage) =>
    source.kind === 'image' ? capabilities.imageRoots : capabilities.directoryRoots;
  const isNamed = (wanted: string | undefined) => (storage: RootfsStorage) => storage.name === wanted;
  if (name !== undefined) {
    return chooseUsable(
      `storage named "${name}" for a root filesystem from ${kind}`,
      parts.storages.filter(fits).filter(isNamed(name)),
    );
  }
  const fitting = parts.storages.filter(fits);
  const configured = fitting.filter(isNamed(parts.defaultStorage));
  return chooseUsable(`storage for a root filesystem from ${kind}`, configured.length > 0 ? configured : fitting);
}

async function chooseRuntime(parts: RuntimeParts, name = parts.defaultRuntime): Promise<OciRuntime> {
  if (name === undefined) return chooseUsable('OCI runtime', parts.runtimes);
  const runtime = parts.runtimeNamed(name);
  if (runtime === undefined) {
    throw new UnavailableError(`there is no OCI runtime named "${name}"`, {
      code: 'no-usable-backend',
      hint: `known runtimes: ${parts.runtimes.map((known) => known.name).join(', ')}; or give an absolute path`,
    });
  }
  return chooseUsable('OCI runtime', [runtime]);
}

/** @throws {UnavailableError} `missing-helper` */
function findInit(parts: RuntimeParts, named: string | undefined): string {
  if (named !== undefined && !existsSync(named)) {
    throw new UnavailableError(`container-init binary not found on the host: stat ${named}: no such file or directory`, {
      code: 'missing-helper',
    });
  }
  const path = named ?? parts.defaults.initPaths.find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw new UnavailableError(`no init program for --init: looked for ${parts.defaults.initPaths.join(', ')}`, {
      code: 'missing-helper',
      hint: 'install one with `apt-get install catatonit`, or set init_path in containers.conf',
    });
  }
  return path;
}
