import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { abandonedRoots } from '../container/abandoned-roots.ts';
import { runtimeOf, storageOf } from '../container/backends.ts';
import { lockContainer, withLocked } from '../container/guard.ts';
import { exitDirectory } from '../container/paths.ts';
import { refresh } from '../container/refresh.ts';
import { isDamage } from '../container/run.ts';
import { isAlive } from '../container/state.ts';
import { removeLocked } from '../container/verbs/remove.ts';
import type { OciRuntime } from '../contracts/oci-runtime.ts';
import type { LiveState, StoredContainer } from '../contracts/state-store.ts';
import type { StoreProblem } from '../contracts/store-check.ts';
import { CorruptError, EngineError, unlessMissing } from '../errors.ts';
import { isId } from '../id.ts';
import { orphanedSandboxes } from '../network/sweep.ts';
import { volumeLock } from '../volume/lock.ts';
import type { RuntimeParts } from './parts.ts';
import { nounOf, repair } from './repair.ts';

export interface CheckOptions {
  /** Mend what can be mended without a loss. Default: false, nothing is changed. */
  readonly repair?: boolean | undefined;
  /** Also remove images and containers that are damaged. Implies `repair`. Default: false. */
  readonly force?: boolean | undefined;
  /** Leave out what reads the content of files. Default: false. */
  readonly quick?: boolean | undefined;
  /** Milliseconds for which a layer may be there that nothing uses. Default: a day. */
  readonly unusedLayerAge?: number | undefined;
}

const day = 86_400_000;

interface Found extends Omit<StoreProblem, 'mended'> {
  /** Undefined: a person has to. */
  readonly mend?: (() => Promise<void>) | undefined;
}

interface Known {
  readonly stored: StoredContainer;
  readonly live: LiveState;
}

/**
 * What is not as it should be in the store and on the machine: what crashes can leave between records, storage, OCI runtimes, cgroups, mounts,
 * and files of the run directory. Each verb mends what is in its own way; this looks everywhere.
 *
 * @throws {CorruptError} when the state database can't be read: nothing else can be judged then.
 */
export async function checkEverything(parts: RuntimeParts, options: CheckOptions = {}): Promise<readonly StoreProblem[]> {
  const { force = false, quick = false, unusedLayerAge = day } = options;
  const mends = options.repair === true || force;
  const unfinished = await unfinishedIntents(parts);
  if (mends) await repair(parts);
  const stillOpen = mends ? new Set((await unfinishedIntents(parts)).map(({ subject }) => subject)) : undefined;
  const problems: StoreProblem[] = unfinished.map((problem) => ({
    ...problem,
    mended: stillOpen !== undefined && !stillOpen.has(problem.subject),
  }));

  const known = await Promise.all(
    (await parts.state.containers()).map(async (stored): Promise<Known> => ({ stored, live: await refresh(parts, stored) })),
  );
  const containers = new Map(known.map(({ stored, live }) => [stored.config.id, { alive: isAlive(live.state) }]));
  // a creation that is under way has made directories and no record yet
  for (const intent of await parts.state.intents()) if ('id' in intent) containers.set(intent.id, { alive: true });
  const request = { repair: mends, force, quick, unusedLayerAge, containers };
  for (const storage of parts.storages) {
    if (storage.check !== undefined && (await storage.probe()).usable) problems.push(...(await storage.check(request)));
  }
  for (const found of [
    ...(await rootlessContainers(parts, known)),
    ...(await leftOfRuns(parts, known)),
    ...(await leftNetworks(parts)),
    ...abandonedMounts(parts, known),
    ...(await leftFiles(parts, containers)),
    ...(await damagedFiles(parts)),
  ]) {
    const { mend, ...problem } = found;
    const mended = found.mending === 'safe' ? mends : found.mending === 'lossy' && force;
    if (mended) await mend?.();
    problems.push({ ...problem, mended });
  }
  return problems;
}

/** What a process began that died, rather than one that is at it: its lock is free. */
async function unfinishedIntents(parts: RuntimeParts): Promise<readonly Omit<StoreProblem, 'mended'>[]> {
  const problems: Omit<StoreProblem, 'mended'>[] = [];
  for (const intent of await parts.state.intents()) {
    const subject = 'id' in intent ? intent.id : intent.name;
    const isHeld = await heldByOther(parts, intent.object === 'volume' ? volumeLock(subject) : subject);
    if (isHeld) continue;
    const message = `the ${nounOf(intent)} was cut short`;
    problems.push({ kind: 'unfinished-verb', subject, message, mending: 'safe' });
  }
  return problems;
}

async function heldByOther(parts: RuntimeParts, name: string): Promise<boolean> {
  const lock = await parts.locker.tryAcquire(name, { transient: true });
  await lock?.release();
  return lock === undefined;
}

/** Containers whose root filesystem is gone, by another program or with a damaged record. */
async function rootlessContainers(parts: RuntimeParts, known: readonly Known[]): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const { stored, live } of known) {
    const { id, name } = stored.config;
    if (isAlive(live.state) || stored.removing) continue;
    if (await hasRoot(parts, stored)) continue;
    found.push({
      kind: 'container-without-root',
      subject: id,
      message: `container ${name} (${id}) has no root filesystem any more`,
      mending: 'lossy',
      mend: () => removeRecord(parts, id),
    });
  }
  return found;
}

async function hasRoot(parts: RuntimeParts, { config }: StoredContainer): Promise<boolean> {
  try {
    return (await storageOf(parts, config).lookup(config.id)) !== undefined;
  } catch (error) {
    // told by the storage's own check, or a backend that is not configured: nothing that the container is to blame for
    if (EngineError.isInstance(error) && (error.kind === 'corrupt' || error.kind === 'unavailable')) return true;
    throw error;
  }
}

async function removeRecord(parts: RuntimeParts, id: string): Promise<void> {
  const { lock, container } = await lockContainer(parts, id, { transient: true });
  let gone = false;
  try {
    await removeLocked(container);
    gone = true;
  } finally {
    await lock.release({ forget: gone });
  }
}

/** Mounts that processes took to read or write files, and did not live to give back. */
function abandonedMounts(parts: RuntimeParts, known: readonly Known[]): readonly Found[] {
  return known
    .filter(({ live }) => abandonedRoots(parts, live).length > 0)
    .map(({ stored: { config }, live }) => ({
      kind: 'abandoned-mount',
      subject: config.id,
      message: `the root filesystem of container ${config.name} (${config.id}) is counted as mounted by process ${abandonedRoots(parts, live).map(({ holder }) => holder.pid)}, which is gone`,
      mending: 'safe',
      mend: () => withLocked(parts, config.id, async () => undefined), // whoever locks it takes them back
    }));
}

/** Also with a record that it can't read. */
async function isKnownTo(runtime: OciRuntime, id: string): Promise<boolean> {
  try {
    return (await unlessMissing(runtime.state(id))) !== undefined;
  } catch (error) {
    if (isDamage(error)) return true;
    throw error;
  }
}

/** What the OCI runtime or the kernel still has of containers that do not run. */
async function leftOfRuns(parts: RuntimeParts, known: readonly Known[]): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const { stored, live } of known) {
    const { status } = live.state;
    if (status !== 'configured' && status !== 'exited') continue;
    const { id, name, spec } = stored.config;
    const runtime = runtimeOf(parts, stored.config);
    const unlessStarted = (act: () => Promise<void>) =>
      withLocked(parts, id, async ({ state }) => {
        if (state.status === 'configured' || state.status === 'exited') await act();
      });
    if (await isKnownTo(runtime, id)) {
      found.push({
        kind: 'stale-runtime-state',
        subject: id,
        message: `${runtime.name} still knows container ${name} (${id}), which does not run`,
        mending: 'safe',
        mend: () => unlessStarted(() => runtime.delete(id, { discardDamaged: true })),
      });
    }
    const path = spec.linux?.cgroupsPath;
    if (path?.startsWith('/') && (await unlessMissing(parts.host.cgroupUsage(path))) !== undefined) {
      found.push({
        kind: 'left-over-cgroup',
        subject: path,
        message: `the cgroup ${path} of container ${name}, which does not run, is still there`,
        mending: 'safe',
        mend: () => unlessStarted(() => parts.host.removeCgroup(path)),
      });
    }
  }
  return found;
}

async function leftNetworks(parts: RuntimeParts): Promise<readonly Found[]> {
  return (await orphanedSandboxes(parts)).map(({ containerId, remove }) => ({
    kind: 'left-over-network',
    subject: containerId,
    message: `the network of container ${containerId}, which does not run, is still there`,
    mending: 'safe',
    mend: remove,
  }));
}

/** Locks and exit files whose container, pod, session or volume is gone. */
async function leftFiles(parts: RuntimeParts, containers: ReadonlyMap<string, unknown>): Promise<readonly Found[]> {
  const found: Found[] = [];
  const pods = (await parts.state.pods()).map(({ config }) => config.id);
  const sessions = (await Promise.all([...containers.keys()].map((id) => parts.state.execSessions(id)))).flat();
  const owners = new Set([...containers.keys(), ...pods, ...sessions.map(({ id }) => id)]);
  for (const name of await parts.locker.names()) {
    const owner = name.replace(/^attended-/, '');
    if (!isId(owner) || owners.has(owner) || (await heldByOther(parts, name))) continue;
    const path = parts.locker.pathOf(name);
    found.push({
      kind: 'left-over-lock',
      subject: path,
      message: `${path} is a lock of something that is gone`,
      mending: 'safe',
      mend: async () => (await parts.locker.tryAcquire(name, { transient: true }))?.release({ forget: true }),
    });
  }
  const exits = exitDirectory(parts.places);
  for (const id of existsSync(exits) ? readdirSync(exits).filter(isId) : []) {
    if (owners.has(id)) continue;
    const path = join(exits, id);
    found.push({
      kind: 'left-over-exit-file',
      subject: path,
      message: `${path} tells the end of a container that is gone`,
      mending: 'safe',
      mend: async () => rmSync(path, { force: true }),
    });
  }
  return found;
}

/** Files of whose damage other verbs learn when they come to need them. Of several in one place the first is told. */
async function damagedFiles(parts: RuntimeParts): Promise<readonly Found[]> {
  const looks = [
    async () => {
      for await (const _event of parts.events.read());
    },
    async () => (await parts.networks?.())?.networks(),
    async () => (await parts.secrets?.())?.list(),
  ];
  const found: Found[] = [];
  for (const look of looks) {
    try {
      await look();
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error;
      found.push({ kind: 'damaged-file', subject: error.path, message: error.message, mending: 'manual' });
    }
  }
  return found;
}
