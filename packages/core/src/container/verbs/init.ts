import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MonitorRestore } from '../../contracts/container-monitor.ts';
import type { NetworkAttachment } from '../../contracts/network.ts';
import type { OciRuntime } from '../../contracts/oci-runtime.ts';
import { EngineError, InvalidStateError, NotFoundError, withUndoFailure } from '../../errors.ts';
import { withPlugins } from '../../isolation/plugins.ts';
import type { StartedSandbox } from '../../network/sandbox.ts';
import type { Spec } from '../../oci/spec.ts';
import { podBeingRemoved } from '../../pod/errors.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { hasSecretVariables } from '../../secrets/describe.ts';
import { hasSandbox } from '../../spec/namespaces.ts';
import { serialiseSpec } from '../../spec/serialise.ts';
import { attendanceLock } from '../attendance.ts';
import { runtimeOf, storageOf } from '../backends.ts';
import type { ContainerConfig } from '../config.ts';
import type { LockedContainer } from '../guard.ts';
import { removeMarker, writeMarker } from '../marker.ts';
import { placeMonitor } from '../monitor-cgroup.ts';
import { proxiedSocket } from '../notify.ts';
import { cleanupMarker, exitDirectory, monitorPaths } from '../paths.ts';
import { releaseRun } from '../release-run.ts';
import { prepareRunningSpec } from '../running-spec.ts';
import { keepFilter, keptFilter } from '../seccomp-filters.ts';
import { isAlive } from '../state.ts';
import { finishRun } from './cleanup.ts';

export interface InitialiseOptions {
  /** How often its restart policy has started it; a user who starts it begins to count anew. */
  readonly restarts?: number | undefined;
  /** Descriptors of this process that the container's gets, as 3 and up in this order. */
  readonly inheritedFds?: readonly number[] | undefined;
  /** Its processes are brought back in place of being started: they run then. */
  readonly restore?: InitialiseFromCheckpoint | undefined;
}

export interface InitialiseFromCheckpoint extends MonitorRestore {
  /** In place of those that it would join. */
  readonly networks?: readonly NetworkAttachment[] | undefined;
  /** Called with the mounted root filesystem before anything runs on it. */
  readonly prepareRoot?: ((rootPath: string) => Promise<void>) | undefined;
}

export interface Initialised {
  /** Resolves when the monitor is in its own cgroup. The process may be started meanwhile. */
  readonly placed: Promise<void>;
}

/**
 * Makes the container in the OCI runtime: mounts its root filesystem, writes the bundle, and has the monitor run the runtime's
 * create. Undoes everything when a step fails, and then leaves the state as it was.
 *
 * @throws {InvalidStateError} unless configured, stopped or exited.
 */
export async function initialise(container: LockedContainer, options: InitialiseOptions = {}): Promise<Initialised> {
  if (isAlive(container.state)) throw alreadyCreated(container);
  container.require('initialise', ['configured', 'stopped', 'exited']);
  await preparePod(container);
  const { restarts, restore } = options;
  if (container.state.status === 'stopped')
    await finishRun(container, restarts === undefined ? undefined : container.live.monitor);

  const { parts, config } = container;
  const { runDir } = container.live;
  const storage = storageOf(parts, config);
  const runtime = runtimeOf(parts, config);
  const paths = monitorPaths(parts.places, config, runDir);

  parts.host.expectCgroupMoves();
  mkdirSync(runDir, { recursive: true, mode: 0o700 });
  mkdirSync(exitDirectory(parts.places), { recursive: true, mode: 0o700 });
  writeMarker(runDir);
  const mountPoint = await storage.mount(config.id).catch((error: unknown) => {
    removeMarker(runDir);
    throw isGone(error) ? rootfsGone(config, error) : error;
  });
  let runtimeMayKnowIt = false;
  let network: StartedSandbox | undefined;
  try {
    await restore?.prepareRoot?.(mountPoint);
    if (hasSandbox(config.network)) {
      const { startSandbox } = await import('../../network/sandbox.ts');
      network = await startSandbox({ parts, config, networks: restore?.networks ?? container.networks });
    }
    const cgroup = config.cgroups === 'split' ? join(await parts.host.splitCgroup(), `libpod-payload-${config.id}`) : undefined;
    const { spec, isFilterKept } = await withKeptFilter(
      parts,
      runtime,
      await withPlugins(
        parts,
        config,
        await prepareRunningSpec(parts, config, {
          rootPath: mountPoint,
          runDir,
          resources: container.resources,
          sandbox: network?.sandbox,
          cgroup,
        }),
      ),
    );
    const specPath = join(config.staticDir, 'config.json');
    const specMode = hasSecretVariables(config) ? 0o600 : 0o644;
    writeFileSync(specPath, serialiseSpec(spec), { mode: specMode });
    chmodSync(specPath, specMode);
    await parts.monitor.forget(paths);
    await network?.readyFor(spec);
    runtimeMayKnowIt = true;
    const made = await parts.monitor.create({
      paths,
      name: config.name,
      runtime: runtime.commandLine({ logPath: join(runDir, 'oci-log'), noCgroup: config.cgroups === 'disabled' }),
      terminal: config.terminal,
      stdin: config.stdin,
      inheritedFds: options.inheritedFds,
      keptFds: network?.keptDescriptors,
      log: {
        driver: config.logDriver === 'json-file' ? 'k8s-file' : config.logDriver,
        path: config.logPath,
        sizeMax: config.logSizeMax,
        kept: config.logsKept,
        tag: config.logTag,
      },
      timeLimit: config.timeLimit,
      notifySocket: proxiedSocket(config),
      exitCommand: parts.exitCommand({
        containerId: config.id,
        sessionId: undefined,
        marker: cleanupMarker(runDir),
        attendedLock: parts.locker.pathOf(attendanceLock(config.id)),
      }),
      systemdCgroup: parts.defaults.cgroupManager === 'systemd' && cgroup === undefined,
      environment: parts.helperEnvironment,
      noPivot: parts.defaults.noPivotRoot,
      restore,
    });
    await network?.finished();
    const process = parts.host.processIdentity(made.pid) ?? { pid: made.pid, startTime: 0 };
    const monitor = parts.host.processIdentity(made.monitorPid);
    if (config.pidFile !== undefined) writeFileSync(config.pidFile, String(made.pid));
    if (config.isolation?.monitorPidFile !== undefined) writeFileSync(config.isolation.monitorPidFile, String(made.monitorPid));
    await container.save({
      event: { type: 'initialised', process },
      mountPoint,
      monitor,
      cgroup,
      restarts,
      restarter: undefined,
      stoppedByUser: undefined,
      runningSince: undefined,
      checkpointedAt: undefined,
      restoredAt: restore === undefined ? undefined : new Date().toISOString(),
    });
    if (restore === undefined) await recordContainerEvent(parts, config, 'init');
    if (!isFilterKept && spec.linux?.seccomp !== undefined) await keepFilter(parts, runtime, config.id, spec.linux.seccomp);
    const placed = placeMonitor(parts, config, made.monitorPid);
    placed.catch(() => undefined); // awaited by the caller; until then it is no unhandled rejection
    return { placed };
  } catch (failure) {
    return undo(async () => {
      await network?.abandon();
      if (runtimeMayKnowIt) await runtime.delete(config.id);
      removeMarker(runDir);
      await releaseRun(parts, config, runDir);
      await storage.unmount(config.id);
    }, failure);
  }
}

/** Sees to the limits of its pod. Its lock is held: a removal that begins now waits, or has it removed later. @throws {InvalidStateError} `pod-being-removed` */
async function preparePod({ parts, config: { pod } }: LockedContainer): Promise<void> {
  if (pod === undefined) return;
  const stored = await parts.state.pod(pod);
  if (stored?.removing) throw podBeingRemoved(pod);
  // its cgroup may have gone with its last container, or by a reboot
  const { cgroupPath, resources } = stored?.config ?? {};
  if (cgroupPath !== undefined && resources !== undefined) await parts.host.limitCgroup(cgroupPath, resources);
}

/** Spares the runtime compiling a seccomp profile that it compiled before, where it can be spared. */
async function withKeptFilter(
  parts: RuntimeParts,
  runtime: OciRuntime,
  spec: Spec,
): Promise<{ spec: Spec; isFilterKept: boolean }> {
  const seccomp = spec.linux?.seccomp;
  const annotation = runtime.compiledSeccomp?.annotation;
  if (seccomp === undefined || annotation === undefined) return { spec, isFilterKept: true };
  const filter = spec.annotations?.[annotation] ?? (await keptFilter(parts, runtime, seccomp));
  if (filter === undefined) return { spec, isFilterKept: false };
  return { spec: { ...spec, annotations: { ...spec.annotations, [annotation]: filter } }, isFilterKept: true };
}

function isGone(error: unknown): boolean {
  return EngineError.isInstance(error) && error.code === 'no-such-container';
}

function rootfsGone({ id, name }: ContainerConfig, cause: unknown): NotFoundError {
  return new NotFoundError(`the root filesystem of container ${id} is gone: another program removed it`, {
    code: 'root-filesystem-gone',
    hint: `remove the container with \`tspod rm ${name}\``,
    cause,
  });
}

function alreadyCreated({ config, state }: LockedContainer): InvalidStateError {
  return new InvalidStateError(`container ${config.id} has already been created in runtime: container state improper`, {
    code: 'container-state-improper',
    actual: state.status,
    allowed: ['configured', 'stopped', 'exited'],
  });
}

/** Undoes, and throws `failure`, with the undoing's own failure beside it if there was one. */
export async function undo(act: () => Promise<void>, failure: unknown): Promise<never> {
  try {
    await act();
  } catch (undoFailure) {
    throw withUndoFailure(failure, undoFailure);
  }
  throw failure;
}
