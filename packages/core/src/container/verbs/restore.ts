import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidStateError, NotFoundError } from '../../errors.ts';
import { hasHealthCheck } from '../../health/config.ts';
import { beginChecks } from '../../health/schedule.ts';
import { beginRun } from '../../health/state.ts';
import { monotonicNow } from '../../monotonic-clock.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import { runtimeOf } from '../backends.ts';
import { checkpointFiles, completeMarkOf, temporaryFiles } from '../checkpoint/files.ts';
import { withFormerAddresses } from '../checkpoint/network-status.ts';
import type { CheckpointReport } from '../checkpoint/report.ts';
import { readStatistics } from '../checkpoint/statistics.ts';
import { checkpointing, withReason } from '../checkpoint/support.ts';
import type { LockedContainer } from '../guard.ts';
import { initialise } from './init.ts';

export interface RestoreOptions {
  /** Keep the checkpoint, so that it can be restored from it again, and what restoring it left. Default: false. */
  readonly keep?: boolean | undefined;
  /** As for its checkpoint. Default: false. */
  readonly tcpEstablished?: boolean | undefined;
  readonly fileLocks?: boolean | undefined;
  /** Take free addresses of its networks in place of those that it had. Default: false. */
  readonly ignoreStaticIp?: boolean | undefined;
  readonly ignoreStaticMac?: boolean | undefined;
}

/** How a container is restored that has just been made for it. */
export interface Imported {
  readonly prepareRoot?: ((rootPath: string) => Promise<void>) | undefined;
}

/**
 * Brings a container's processes back from its checkpoint: they run on where they were. After a failure it is as it was before.
 *
 * @throws {InvalidStateError} unless configured, stopped or exited; {NotFoundError} `no-checkpoint-files`; {NotSupportedError} `no-checkpoint`;
 * {UnavailableError} `checkpoint-unavailable`; {RuntimeFailedError}.
 */
export async function restore(
  container: LockedContainer,
  options: RestoreOptions = {},
  imported: Imported = {},
): Promise<CheckpointReport> {
  const { parts, config } = container;
  await checkpointing(runtimeOf(parts, config));
  requireRestorable(container);
  const begun = monotonicNow();
  await restoreInPlace(container, options, imported);
  const runtimeDuration = Math.round((monotonicNow() - begun) * 1000);
  const statistics = readStatistics(join(config.staticDir, checkpointFiles.restoreStatistics), 'restore');
  await recordContainerEvent(parts, config, 'restore');
  if (!options.keep) forgetCheckpoint(config.staticDir);
  return { id: config.id, runtimeDuration, statistics };
}

/** The restoring itself; tells nobody, and leaves the checkpoint where it is. */
export async function restoreInPlace(
  container: LockedContainer,
  options: RestoreOptions,
  { prepareRoot }: Imported = {},
): Promise<void> {
  const { config } = container;
  const startedAt = 'startedAt' in container.state ? container.state.startedAt : undefined;
  const { tcpEstablished, fileLocks } = options;
  try {
    const { placed } = await initialise(container, {
      restore: {
        ...{ imagePath: join(config.staticDir, checkpointFiles.images), tcpEstablished, fileLocks, prepareRoot },
        networks: withFormerAddresses(container.networks ?? config.networking?.attachments ?? [], config.staticDir, {
          addresses: options.ignoreStaticIp !== true,
          hardware: options.ignoreStaticMac !== true,
        }),
      },
    });
    await placed;
  } catch (failure) {
    throw withReason(failure, join(config.staticDir, checkpointFiles.restoreLog));
  }
  const { health } = container.live;
  const runningSince = monotonicNow();
  const begun = hasHealthCheck(config.healthCheck) ? { health: beginRun(health, runningSince) } : {};
  await container.save({ event: { type: 'started', at: startedAt ?? new Date().toISOString() }, runningSince, ...begun });
  await beginChecks(container);
}

function requireRestorable({ config, state }: LockedContainer): void {
  const allowed = ['configured', 'stopped', 'exited'];
  if (!allowed.includes(state.status)) {
    throw new InvalidStateError(`container ${config.id} is running or paused, cannot restore: container state improper`, {
      code: 'container-state-improper',
      actual: state.status,
      allowed,
    });
  }
  const mark = completeMarkOf(config.staticDir);
  if (existsSync(mark)) return;
  throw new NotFoundError(
    `a complete checkpoint for this container cannot be found, cannot restore: stat ${mark}: no such file or directory`,
    { code: 'no-checkpoint-files', hint: 'write one with `container checkpoint` while it runs' },
  );
}

/** What was used up. */
function forgetCheckpoint(staticDir: string): void {
  const { images, preImages, network, dumpLog, dumpStatistics, restoreLog, restoreStatistics } = checkpointFiles;
  for (const name of [...temporaryFiles, images, preImages, network, dumpLog, dumpStatistics, restoreLog, restoreStatistics]) {
    rmSync(join(staticDir, name), { recursive: true, force: true });
  }
}
