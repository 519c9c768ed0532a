import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, InvalidStateError } from '../../errors.ts';
import { monotonicNow } from '../../monotonic-clock.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import { VolumeOperations } from '../../volume/operations.ts';
import { runtimeOf } from '../backends.ts';
import { type CheckpointCompression, packCheckpoint, writeCompressed } from '../checkpoint/archive.ts';
import { volumesOf, writeDocuments } from '../checkpoint/documents.ts';
import { checkpointFiles, temporaryFiles } from '../checkpoint/files.ts';
import { makeImage } from '../checkpoint/image.ts';
import { writeNetworkStatus } from '../checkpoint/network-status.ts';
import type { CheckpointReport } from '../checkpoint/report.ts';
import { writeRootChanges } from '../checkpoint/root-changes.ts';
import { readStatistics } from '../checkpoint/statistics.ts';
import { type CheckpointingRuntime, checkpointing, withReason } from '../checkpoint/support.ts';
import type { LockedContainer } from '../guard.ts';
import { monitorPaths } from '../paths.ts';
import { displayStatus } from '../state.ts';
import { finishRun } from './cleanup.ts';
import { undo } from './init.ts';
import { restoreInPlace } from './restore.ts';

export interface CheckpointOptions {
  /** File for an archive with everything that the container is restored from elsewhere. */
  readonly export?: string | undefined;
  /** How it is compressed. Default: `zstd`. */
  readonly compression?: CheckpointCompression | undefined;
  /** Name of an image that is made of the same. */
  readonly createImage?: string | undefined;
  /** Leave what it changed about its root filesystem out of them. Default: false. */
  readonly ignoreRootfs?: boolean | undefined;
  /** Leave the contents of its volumes out of them. Default: false. */
  readonly ignoreVolumes?: boolean | undefined;
  /** Keep logs and other files that are not needed for restoring it. Default: false. */
  readonly keep?: boolean | undefined;
  /** Let it run on. Default: false. */
  readonly leaveRunning?: boolean | undefined;
  /** Also with TCP connections that stand. Default: false. */
  readonly tcpEstablished?: boolean | undefined;
  /** Also with locks on files. Default: false. */
  readonly fileLocks?: boolean | undefined;
  /** Write only its memory, and let it run on: a later checkpoint with `withPrevious` then has less to write. Default: false. */
  readonly preCheckpoint?: boolean | undefined;
  readonly withPrevious?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How long the monitor may take to notice that the processes are gone. Milliseconds. */
const exitStatusPatience = 10_000;

/**
 * Writes everything about a container's processes to files and ends them: it has exited then, until it is restored. When an archive or an
 * image can't be made it is restored at once.
 *
 * @throws {InvalidStateError} unless running; {NotSupportedError} `no-checkpoint`, `no-diff`; {UnavailableError} `checkpoint-unavailable`;
 * {InvalidArgumentError} `checkpoint-of-transient`, `no-pre-checkpoint`; {RuntimeFailedError} and it runs on.
 */
export async function checkpoint(container: LockedContainer, options: CheckpointOptions = {}): Promise<CheckpointReport> {
  const { parts, config } = container;
  const { preCheckpoint = false, withPrevious = false } = options;
  const runtime = await checkpointing(runtimeOf(parts, config), { memoryTracking: preCheckpoint || withPrevious });
  requireRunning(container);
  requireKept(container, options);
  const leaveRunning = options.leaveRunning === true || preCheckpoint;
  const checkpointedAt = new Date().toISOString();

  const runtimeDuration = await dump(container, runtime, { ...options, leaveRunning });
  if (!leaveRunning) await noteEnd(container, checkpointedAt);
  try {
    await writeNetworkStatus(container);
    if (options.export !== undefined || options.createImage !== undefined) await writeOut(container, options, checkpointedAt);
  } catch (failure) {
    if (leaveRunning) throw failure;
    await undo(() => runAgain(container, options), failure);
  }
  const statistics = readStatistics(join(config.staticDir, checkpointFiles.dumpStatistics), 'dump');
  await recordContainerEvent(parts, config, 'checkpoint');
  if (!leaveRunning) {
    await finishRun(container);
    await recordContainerEvent(parts, config, 'cleanup');
  }
  if (!options.keep) {
    const done = preCheckpoint ? [] : [checkpointFiles.dumpLog, checkpointFiles.dumpStatistics];
    for (const name of [...temporaryFiles, ...done]) rmSync(join(config.staticDir, name), { recursive: true, force: true });
  }
  return { id: config.id, runtimeDuration, statistics };
}

function requireRunning({ state }: LockedContainer): void {
  if (state.status === 'running') return;
  throw new InvalidStateError(`"${displayStatus(state)}" is not running, cannot checkpoint: container state improper`, {
    ...{ code: 'container-state-improper', actual: state.status, allowed: ['running'] },
  });
}

/** What it is restored from must not go away with it. */
function requireKept({ config }: LockedContainer, options: CheckpointOptions): void {
  if (config.autoRemove && options.export === undefined && options.createImage === undefined) {
    throw new InvalidArgumentError("cannot checkpoint containers that have been started with '--rm' unless '--export' is used", {
      code: 'checkpoint-of-transient',
    });
  }
  if (options.withPrevious && !existsSync(join(config.staticDir, checkpointFiles.preImages))) {
    throw new InvalidArgumentError(`there is no earlier checkpoint of the memory of container ${config.id} to go on from`, {
      code: 'no-pre-checkpoint',
      hint: 'write one with `container checkpoint --pre-checkpoint`',
    });
  }
}

/** Has the runtime write the processes down, and answers how long that took. A failure leaves nothing but the log. */
async function dump(container: LockedContainer, runtime: CheckpointingRuntime, options: CheckpointOptions): Promise<number> {
  const { config, live } = container;
  const { preCheckpoint: preDump, withPrevious, leaveRunning, tcpEstablished, fileLocks } = options;
  const at = (name: string) => join(config.staticDir, name);
  const imagePath = at(preDump ? checkpointFiles.preImages : checkpointFiles.images);
  rmSync(imagePath, { recursive: true, force: true });
  mkdirSync(imagePath, { mode: 0o700 });
  // whoever looks at it before this process comes to it again does not take it for a process that died by itself
  if (!leaveRunning) await container.save({ stoppedByUser: true });
  const begun = monotonicNow();
  try {
    await runtime.checkpoint(config.id, {
      ...{ imagePath, workPath: config.staticDir, preDump, leaveRunning, tcpEstablished, fileLocks },
      parentPath: withPrevious ? join('..', checkpointFiles.preImages) : undefined,
    });
  } catch (failure) {
    return undo(
      async () => {
        rmSync(imagePath, { recursive: true, force: true });
        await container.save({ stoppedByUser: live.stoppedByUser });
      },
      withReason(failure, at(checkpointFiles.dumpLog)),
    );
  }
  return Math.round((monotonicNow() - begun) * 1000);
}

/** Its processes were ended by the dump, which is not what the monitor takes it for. */
async function noteEnd(container: LockedContainer, checkpointedAt: string): Promise<void> {
  const { parts, config, live } = container;
  const signal = AbortSignal.timeout(exitStatusPatience);
  const exit = await parts.monitor.waitExit(monitorPaths(parts.places, config, live.runDir), { signal });
  const finishedAt = exit?.finishedAt ?? new Date().toISOString();
  await container.save({
    event: { type: 'died', exitCode: 0, finishedAt, oomKilled: false },
    checkpointedAt,
    restoredAt: undefined,
  });
}

/** Makes the archive, the image, or both. The root filesystem is still mounted, the network still there. */
async function writeOut(container: LockedContainer, options: CheckpointOptions, checkpointedAt: string): Promise<void> {
  const { parts, config, live } = container;
  const { preCheckpoint: memoryOnly = false, withPrevious = false, signal } = options;
  const volumes = options.ignoreVolumes || memoryOnly ? [] : volumesOf(config);
  writeDocuments(container, { checkpointedAt, volumes });
  if (!options.ignoreRootfs && !memoryOnly && live.mountPoint !== undefined) {
    await writeRootChanges(container, live.mountPoint, signal);
  }
  const directory = join(config.staticDir, checkpointFiles.volumes);
  if (volumes.length > 0) mkdirSync(directory, { mode: 0o700, recursive: true });
  for (const { name } of volumes) await new VolumeOperations(parts).export(name, join(directory, `${name}.tar`), { signal });
  const pack = () => packCheckpoint(parts, config.staticDir, { memoryOnly, withPrevious, signal });
  if (options.export !== undefined) await writeCompressed(pack(), options.export, options.compression ?? 'zstd', signal);
  if (options.createImage !== undefined) await makeImage(container, options.createImage, pack(), signal);
}

/** The files that it is restored from are there: it goes on as if nothing had been asked for. */
async function runAgain(container: LockedContainer, { tcpEstablished, fileLocks }: CheckpointOptions): Promise<void> {
  await finishRun(container);
  await restoreInPlace(container, { tcpEstablished, fileLocks });
}
