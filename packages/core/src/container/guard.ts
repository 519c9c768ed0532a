import { existsSync } from 'node:fs';
import type { Lock, LockOptions } from '../contracts/locker.ts';
import type { NetworkAttachment } from '../contracts/network.ts';
import type { LiveState, StoredContainer } from '../contracts/state-store.ts';
import { InvalidStateError } from '../errors.ts';
import type { Resources } from '../oci/spec.ts';
import { recordContainerEvent } from '../runtime/events.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { storageOf } from './backends.ts';
import type { ContainerConfig } from './config.ts';
import { removeMarker } from './marker.ts';
import { isNoSuchContainer, noSuchContainer } from './no-such-container.ts';
import { cleanupMarker, monitorPaths } from './paths.ts';
import { refresh } from './refresh.ts';
import { releaseRun } from './release-run.ts';
import { deleteRun, resumeRun } from './run-on-runtime.ts';
import { type ContainerEvent, type ContainerState, type ContainerStatus, displayStatus, isAlive, transition } from './state.ts';

/** A container whose lock is held, with its state as it is now. */
export class LockedContainer {
  readonly parts: RuntimeParts;
  readonly config: ContainerConfig;
  /** As an update changed them; undefined: as the config says. */
  readonly resources: Resources | undefined;
  /** Networks that it joins, where they are not those of its config any more. */
  readonly networks: readonly NetworkAttachment[] | undefined;
  #live: LiveState;

  constructor(parts: RuntimeParts, stored: StoredContainer, live: LiveState) {
    this.parts = parts;
    this.config = stored.config;
    this.resources = stored.resources;
    this.networks = stored.networks;
    this.#live = live;
  }

  get live(): LiveState {
    return this.#live;
  }

  get state(): ContainerState {
    return this.#live.state;
  }

  /** Saves what changed, with or without an event. */
  async save(change: { readonly event?: ContainerEvent } & Partial<Omit<LiveState, 'state'>>): Promise<void> {
    const { event, ...rest } = change;
    this.#live = { ...this.#live, ...rest, state: event === undefined ? this.state : transition(this.state, event) };
    await this.parts.state.saveLive(this.config.id, this.#live);
  }

  /** @throws {InvalidStateError} `container-state-improper` */
  require(verb: string, allowed: readonly ContainerStatus[]): void {
    if (!allowed.includes(this.state.status)) throw improperState(this.config.id, verb, this.state, allowed);
  }
}

function improperState(id: string, verb: string, state: ContainerState, allowed: readonly ContainerStatus[]): InvalidStateError {
  const words = allowed.map((status) => displayStatus({ status } as ContainerState)).join(' or ');
  return new InvalidStateError(
    `can only ${verb} ${words} containers, container ${id} is in state ${displayStatus(state)}: container state improper`,
    { code: 'container-state-improper', actual: state.status, allowed },
  );
}

/**
 * The guard with which every verb starts: take the container's lock, read it, refresh its state from the machine, and let
 * `act` check and do its work. The lock is released however it ends.
 *
 * @throws {NotFoundError} `no-such-container` when it is gone.
 */
export async function withLocked<Result>(
  parts: RuntimeParts,
  id: string,
  act: (container: LockedContainer) => Promise<Result>,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Result> {
  const { lock, container } = await lockContainer(parts, id, options);
  try {
    return await act(container);
  } finally {
    await lock.release();
  }
}

/**
 * Takes a container's lock and reads it; the caller releases the lock.
 * @throws {NotFoundError} `no-such-container` when it is gone; the lock's file, which the look made anew, is then taken away again.
 */
export async function lockContainer(
  parts: RuntimeParts,
  id: string,
  options: LockOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<{ readonly lock: Lock; readonly container: LockedContainer }> {
  const lock = await parts.locker.acquire(id, options);
  try {
    return { lock, container: await readLocked(parts, id) };
  } catch (failure) {
    await lock.release({ forget: isNoSuchContainer(failure) });
    throw failure;
  }
}

/** The container as it is now; its lock must be held by the caller. */
export async function readLocked(parts: RuntimeParts, id: string): Promise<LockedContainer> {
  const stored = await parts.state.container(id);
  if (stored === undefined) throw noSuchContainer(id);
  const live = await endFreezing(parts, stored.config, await refresh(parts, stored));
  if (stored.live === undefined && live.state.status === 'exited') await endEarlierBoot(parts, stored.config, live);
  if (live !== stored.live) {
    await parts.state.saveLive(id, live);
    await recordDeath(parts, stored, live);
  }
  if (wasInterrupted(live)) await undoInterrupted(parts, stored.config, live);
  if (live.borrowed === undefined) return new LockedContainer(parts, stored, live);
  const { takeBackAbandoned } = await import('./abandoned-roots.ts');
  return new LockedContainer(parts, stored, await takeBackAbandoned(parts, stored.config, live));
}

/**
 * Whoever froze it for a while died, for the lock is ours. The mark stays: the runtime, which he started, may still be about to freeze
 * it, and so it is asked each time until a verb has come to its end.
 */
async function endFreezing(parts: RuntimeParts, config: ContainerConfig, live: LiveState): Promise<LiveState> {
  if (live.freezing !== 'meanwhile' || live.state.status !== 'paused') return live;
  await resumeRun({ parts, config, live });
  return { ...live, state: transition(live.state, { type: 'unpaused' }) };
}

/**
 * Takes down what is left of a run whose live state is void, because the machine has been rebooted or the run root was emptied: the OCI
 * runtime and the storage may keep what they know elsewhere, and even a process may have outlived it.
 */
async function endEarlierBoot(parts: RuntimeParts, config: ContainerConfig, live: LiveState): Promise<void> {
  await deleteRun({ parts, config, live });
  await releaseRun(parts, config, live.runDir);
  await storageOf(parts, config).unmount(config.id, { force: true });
  await parts.monitor.forget(monitorPaths(parts.places, config, live.runDir));
}

/** The end of a process is told by the first who writes it down. */
async function recordDeath(parts: RuntimeParts, { config, live: before }: StoredContainer, { state }: LiveState): Promise<void> {
  if (before === undefined || !isAlive(before.state) || state.status !== 'stopped') return;
  await recordContainerEvent(parts, config, 'died', { exitCode: state.exitCode });
}

/**
 * Whether a process died while it initialised the container: it wrote the marker and did not come to save what it made. Only
 * true for who holds the lock; others see a marker also while somebody is at it.
 */
function wasInterrupted({ state, runDir }: LiveState): boolean {
  return (state.status === 'configured' || state.status === 'exited') && existsSync(cleanupMarker(runDir));
}

/** Ends and takes down what such a process had begun. The container is then as if it had not been tried. */
async function undoInterrupted(parts: RuntimeParts, config: ContainerConfig, live: LiveState): Promise<void> {
  parts.log('info', `undoing an interrupted start of container ${config.id}`);
  const paths = monitorPaths(parts.places, config, live.runDir);
  await parts.monitor.abandon(paths);
  await deleteRun({ parts, config, live });
  await endCgroupOf(parts, config);
  await releaseRun(parts, config, live.runDir);
  await storageOf(parts, config).unmount(config.id);
  await parts.monitor.forget(paths);
  removeMarker(live.runDir);
}

/**
 * A runtime that was ended while it made the container has made its cgroup first, and does not know of it any more. The process that is to
 * become the container's may be in it, and not yet have noticed that it is alone.
 */
async function endCgroupOf(parts: RuntimeParts, { spec }: ContainerConfig): Promise<void> {
  const path = spec.linux?.cgroupsPath;
  if (path?.startsWith('/')) await parts.host.endCgroup(path); // otherwise systemd made it, and removes it
}
