import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { endChecks } from '../../health/schedule.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import { storageOf } from '../backends.ts';
import { deleteFromRuntime } from '../delete-run.ts';
import type { LockedContainer } from '../guard.ts';
import { removeMarker } from '../marker.ts';
import { monitorPaths } from '../paths.ts';
import { releaseRun } from '../release-run.ts';
import type { ContainerStatus, ProcessIdentity } from '../state.ts';

/**
 * What is left to do when a container's process has ended: removes it from the OCI runtime, unmounts its root filesystem, writes
 * down its exit durably. Nothing to do while a process runs. Idempotent.
 */
export async function cleanUp(container: LockedContainer): Promise<void> {
  await takeDown(container, ['stopped']);
}

/** Likewise of one that is only initialised: it is as created again. */
export async function cleanUpInitialised(container: LockedContainer): Promise<void> {
  await takeDown(container, ['stopped', 'created']);
}

async function takeDown(container: LockedContainer, statuses: readonly ContainerStatus[]): Promise<void> {
  const { status } = container.state;
  if (statuses.includes(status)) {
    await finishRun(container);
    await recordContainerEvent(container.parts, container.config, 'cleanup');
  }
  if (status === 'configured' || status === 'exited') removeMarker(container.live.runDir);
}

/**
 * Ends the run of a created or stopped container. The process of a created one is killed.
 * @param restarter the monitor whose exit command starts it again at once, if that is so.
 */
export async function finishRun(container: LockedContainer, restarter?: ProcessIdentity): Promise<void> {
  const { parts, config, live } = container;
  await deleteFromRuntime(container, () => storageOf(parts, config).unmount(config.id));
  await parts.monitor.forget(monitorPaths(parts.places, config, live.runDir));
  await releaseRun(parts, config, live.runDir);
  await forgetSessions(container);
  if (container.state.status === 'stopped') {
    const { status, ...lastRun } = container.state;
    const { stoppedByUser, checkpointedAt } = container.live;
    await parts.state.saveExit(config.id, { ...lastRun, stoppedByUser, checkpointedAt });
  }
  await container.save({
    event: { type: 'cleaned-up' },
    mountPoint: undefined,
    monitor: undefined,
    restarter,
    freezing: undefined,
  });
  await endChecks(container);
  removeMarker(live.runDir);
}

/** Exec sessions can't outlive their container. */
async function forgetSessions(container: LockedContainer): Promise<void> {
  const { parts, config, live } = container;
  for (const session of await parts.state.execSessions(config.id)) await parts.state.removeExecSession(session.id);
  rmSync(join(live.runDir, 'exec'), { recursive: true, force: true });
}
