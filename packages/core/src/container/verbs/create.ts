import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { normaliseCapabilities } from '../../capabilities.ts';
import type { OciRuntime } from '../../contracts/oci-runtime.ts';
import type { RootfsStorage } from '../../contracts/rootfs-storage.ts';
import { EngineError, NotFoundError, UnavailableError } from '../../errors.ts';
import { checkName, generateId } from '../../id.ts';
import { parseLogSize } from '../../log-size.ts';
import { generateName } from '../../name-generator.ts';
import type { ImageRunConfig } from '../../oci/image-config.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import { findImage, noSuchImage } from '../../runtime/find-image.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { chooseUsable } from '../../runtime/selection.ts';
import { parseSignal } from '../../signals.ts';
import type { ContainerConfig, RootfsSource, UserMount } from '../config.ts';
import type { CreateContainerOptions, MountRequest } from '../create-options.ts';
import { specFor } from '../creation-spec.ts';
import { refuseForeignName } from '../foreign-name.ts';
import type { Joins } from '../joins.ts';
import { checkRestartPolicy } from '../restart-policy.ts';
import { undo } from './init.ts';

/** How often a generated name may be taken before the error is shown: with 15,000 names and more that is no accident. */
const generatedNameAttempts = 20;

/** Makes a container: reserves its id and name, makes its root filesystem, writes its config. Undone when a step fails. */
export async function createContainer(parts: RuntimeParts, options: CreateContainerOptions): Promise<ContainerConfig> {
  const resolved = await resolve(parts, options);
  if (options.name !== undefined) return createNamed(parts, options, resolved, checkName(options.name));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await createNamed(parts, options, resolved, generateName());
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
  return createNamed(parts, options, { ...(await resolve(parts, options)), joins }, checkName(options.name));
}

function isTaken(error: unknown): boolean {
  return EngineError.isInstance(error) && error.kind === 'already-exists';
}

/** What the options mean on this machine, before anything is made. */
interface Resolved {
  readonly source: RootfsSource;
  readonly imageConfig: ImageRunConfig;
  readonly storage: RootfsStorage;
  readonly runtime: OciRuntime;
  readonly mounts: readonly UserMount[];
  readonly initPath: string | undefined;
  readonly joins: Joins;
}

async function resolve(parts: RuntimeParts, options: CreateContainerOptions): Promise<Resolved> {
  checkRestartPolicy(options.restartPolicy, options.autoRemove ?? false);
  await chooseUsable('monitor', [parts.monitor]);
  const { source, imageConfig } = await resolveRootfs(parts, options.rootfs);
  return {
    source,
    imageConfig,
    storage: await chooseStorage(parts, source, options.storage),
    runtime: await chooseRuntime(parts, options.runtime),
    mounts: (options.mounts ?? []).map(resolveMount),
    joins: joinsOthers(options) ? await (await import('../joins.ts')).resolveJoins(parts, options) : {},
    initPath: (options.init ?? parts.defaults.init) ? findInit(parts) : undefined,
  };
}

/** Whether it has to do with a pod or with other containers; most have not. */
function joinsOthers({ pod, requires, network, namespaces }: CreateContainerOptions): boolean {
  return pod !== undefined || requires !== undefined || namespaces !== undefined || (network?.includes(':') ?? false);
}

async function createNamed(
  parts: RuntimeParts,
  options: CreateContainerOptions,
  resolved: Resolved,
  name: string,
): Promise<ContainerConfig> {
  const id = generateId();
  const { storage, source } = resolved;
  const lock = await parts.locker.acquire(id, { transient: true });
  let made = false;
  try {
    await parts.state.reserve({ id, name, storage: storage.name });
    try {
      await refuseForeignName(parts, storage, name);
      const createdAt = new Date().toISOString();
      const { staticDir } = await storage.create({ id, name, source, createdAt, mountLabel: '', processLabel: '' });
      const config = await configure(parts, options, resolved, { id, name, createdAt, staticDir });
      await parts.state.commit(config);
      made = true;
      await recordContainerEvent(parts, config, 'create');
      return config;
    } catch (failure) {
      return await undo(async () => {
        await storage.delete(id);
        await parts.state.abandon(id);
      }, failure);
    }
  } finally {
    await lock.release({ forget: !made });
  }
}

async function configure(
  parts: RuntimeParts,
  options: CreateContainerOptions,
  { source, imageConfig, storage, runtime, mounts, initPath, joins }: Resolved,
  made: { readonly id: string; readonly name: string; readonly createdAt: string; readonly staticDir: string },
): Promise<ContainerConfig> {
  const { defaults } = parts;
  const facts = await parts.host.facts();
  const network = joins.network ?? options.network ?? 'private';
  const config: Omit<ContainerConfig, 'spec'> = {
    ...made,
    rootfs: source,
    storage: storage.name,
    runtime: runtime.name,
    user: options.user ?? imageConfig.User ?? '',
    groups: [],
    command: commandOf(options, imageConfig),
    entrypoint: options.entrypoint ?? imageConfig.Entrypoint ?? undefined,
    terminal: options.terminal ?? false,
    stdin: options.stdin ?? false,
    labels: { ...imageConfig.Labels, ...options.labels },
    stopSignal: parseSignal(options.stopSignal ?? imageConfig.StopSignal ?? 'SIGTERM'),
    stopTimeout: options.stopTimeout ?? defaults.stopTimeout,
    network,
    namespaces: joins.namespaces,
    pod: joins.pod,
    isInfra: joins.isInfra,
    initContainer: options.initContainer,
    dependencies: joins.dependencies,
    hostname: options.hostname ?? joins.hostname ?? (network === 'host' ? facts.hostname : made.id.slice(0, 12)),
    logDriver: options.logDriver ?? defaults.logDriver,
    logPath: options.logOptions?.path ?? join(made.staticDir, 'ctr.log'),
    logSizeMax: logSizeMax(options, defaults.logSizeMax),
    logTag: options.logOptions?.tag,
    autoRemove: options.autoRemove ?? false,
    restartPolicy: checkRestartPolicy(options.restartPolicy, options.autoRemove ?? false),
    privileged: options.privileged ?? false,
    capAdd: normaliseCapabilities(options.capAdd ?? []),
    capDrop: normaliseCapabilities(options.capDrop ?? []),
    init: initPath !== undefined,
    pidFile: options.pidFile,
    cidFile: options.cidFile,
    cgroupParent: joins.cgroupParent ?? options.cgroupParent ?? defaults.cgroupParent,
    mountLabel: '',
    processLabel: '',
    userMounts: mounts,
    createCommand: options.createCommand ?? [],
  };
  return { ...config, spec: await specFor(parts, config, { options, imageConfig, initPath, facts }) };
}

/** No size and a size of 0 mean no limit. @throws {InvalidArgumentError} `invalid-size` */
function logSizeMax({ logOptions }: CreateContainerOptions, configured: number | undefined): number | undefined {
  const asked = logOptions?.['max-size'];
  return asked === undefined ? configured : parseLogSize(asked) || undefined;
}

/** The arguments after the entrypoint: the caller's, else the image's, which an entrypoint of the caller's makes void. */
function commandOf(options: CreateContainerOptions, imageConfig: ImageRunConfig): readonly string[] {
  if (options.command !== undefined && options.command.length > 0) return options.command;
  return options.entrypoint === undefined ? (imageConfig.Cmd ?? []) : [];
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

function resolveMount(mount: MountRequest): UserMount {
  const options = mount.options ?? [];
  if (mount.type === 'tmpfs') return { type: 'tmpfs', source: 'tmpfs', destination: mount.destination, options };
  if (!existsSync(mount.source)) {
    throw new NotFoundError(`statfs ${mount.source}: no such file or directory`, {
      code: 'no-such-file',
      hint: 'make the source of the bind mount first: it is not created for you',
    });
  }
  return { type: 'bind', source: mount.source, destination: mount.destination, options };
}

function findInit(parts: RuntimeParts): string {
  const path = parts.defaults.initPaths.find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw new UnavailableError(`no init program for --init: looked for ${parts.defaults.initPaths.join(', ')}`, {
      code: 'missing-helper',
      hint: 'install one with `apt-get install catatonit`, or set init_path in containers.conf',
    });
  }
  return path;
}
