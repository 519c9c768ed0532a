import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InUseError, InvalidStateError } from '../../errors.ts';
import { monotonicNow } from '../../monotonic-clock.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { dropAttendance } from '../attendance.ts';
import { storageOf } from '../backends.ts';
import { deleteFromRuntime } from '../delete-run.ts';
import { type LockedContainer, lockContainer } from '../guard.ts';
import { readKeptExit, writeKeptExit } from '../kept-exit.ts';
import { removeMarker } from '../marker.ts';
import { monitorPaths, removedExitDirectory } from '../paths.ts';
import { releaseRun } from '../release-run.ts';
import { displayStatus, isAlive } from '../state.ts';
import { stop } from './stop.ts';

export interface RemoveOptions {
  /** Stop it first when it runs. Default: false. */
  readonly force?: boolean | undefined;
  /** Seconds of patience for that stop. Default: the container's own. */
  readonly timeout?: number | undefined;
  /** Ends the waiting for its lock and its end. Whatever is being removed by then is removed. */
  readonly signal?: AbortSignal | undefined;
  /** With the anonymous volumes that only it uses. Default: whether it removes itself when it ends. */
  readonly volumes?: boolean | undefined;
}

/** Only with its pod is an infra container removed. */
interface MemberRemoveOptions extends RemoveOptions {
  readonly withPod?: boolean | undefined;
}

/** Milliseconds for which the exit code of a removed container can still be asked for. */
const exitCodeRetention = 5 * 60_000;

/**
 * Removes a container: from the OCI runtime, its storage, its records. An interrupted removal is finished by the next command.
 *
 * @throws {InvalidStateError} `container-running` when a process of it runs and `force` is not given.
 * @throws {InUseError} `container-in-use` when others depend on it, or when it is the infra container of a pod.
 */
export async function remove(parts: RuntimeParts, id: string, options: MemberRemoveOptions = {}): Promise<void> {
  for (;;) {
    const { lock, container } = await lockContainer(parts, id, { transient: true, signal: options.signal });
    let gone = false;
    try {
      if (!options.withPod) refuseInfra(container);
      if (!isRunning(container)) {
        await removeLocked(container, options);
        gone = true;
        return;
      }
      if (!options.force) throw stillRunning(container);
      await refuseNeeded(container);
    } finally {
      await lock.release({ forget: gone });
    }
    await stop(parts, id, { timeout: options.timeout, signal: options.signal });
  }
}

function refuseInfra({ config: { id, pod, isInfra } }: LockedContainer): void {
  if (!isInfra || pod === undefined) return;
  throw new InUseError(`container ${id} is the infra container of pod ${pod} and cannot be removed without removing the pod`, {
    code: 'container-in-use',
    users: [pod],
  });
}

/** Before it is stopped for nothing. */
async function refuseNeeded({ parts, config: { id } }: LockedContainer): Promise<void> {
  const users = await parts.state.dependents(id);
  if (users.length === 0) return;
  throw new InUseError(
    `container ${id} has dependent containers which must be removed before it: ${users.join(', ')}: container already exists`,
    { code: 'container-in-use', users },
  );
}

function isRunning({ state }: LockedContainer): boolean {
  return isAlive(state) && state.status !== 'created';
}

function stillRunning({ config, state }: LockedContainer): InvalidStateError {
  return new InvalidStateError(
    `cannot remove container ${config.id} as it is ${displayStatus(state)} - running or paused containers cannot be removed without force: container state improper`,
    { code: 'container-running', actual: state.status, allowed: ['configured', 'created', 'stopped', 'exited', 'unknown'] },
  );
}

/** The removal itself; the container's lock is held and nothing of it runs. */
export async function removeLocked(container: LockedContainer, options: Pick<RemoveOptions, 'volumes'> = {}): Promise<void> {
  const { parts, config, live, state } = container;
  await parts.state.beginRemoval(config.id);
  await container.save({ event: { type: 'removal-began' } });
  if ('exitCode' in state) keepExitCode(parts, config.id, state.exitCode);
  await releaseRun(parts, config, live.runDir);
  const runtimeKnowsIt = state.status !== 'configured' && state.status !== 'exited';
  const deleteFiles = () => storageOf(parts, config).delete(config.id);
  await (runtimeKnowsIt ? deleteFromRuntime({ parts, config, live }, deleteFiles) : deleteFiles());
  await parts.monitor.forget(monitorPaths(parts.places, config, live.runDir));
  removeMarker(live.runDir);
  await dropAttendance(parts, config.id);
  await parts.state.finishRemoval(config.id);
  await recordContainerEvent(parts, config, 'remove');
  if (config.volumes !== undefined && (options.volumes ?? config.autoRemove)) {
    const { removeAnonymous } = await import('../../volume/remove.ts');
    await removeAnonymous(parts, config.volumes);
  }
}

/** For those who wait for it in another process. */
function keepExitCode(parts: RuntimeParts, id: string, exitCode: number): void {
  const directory = removedExitDirectory(parts.places);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const now = monotonicNow();
  for (const name of readdirSync(directory)) {
    const kept = readKeptExit(join(directory, name));
    if (kept !== undefined && now - kept.at > exitCodeRetention) rmSync(join(directory, name), { force: true });
  }
  writeKeptExit(join(directory, id), { exitCode, at: now });
}
