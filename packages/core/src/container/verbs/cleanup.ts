import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { recordContainerEvent } from '../../runtime/events.ts';
import { runtimeOf, storageOf } from '../backends.ts';
import type { LockedContainer } from '../guard.ts';
import { removeMarker } from '../marker.ts';
import { monitorPaths } from '../paths.ts';

/**
 * What is left to do when a container's process has ended: removes it from the OCI runtime, unmounts its root filesystem, writes
 * down its exit durably. Nothing to do while a process runs. Idempotent.
 */
export async function cleanUp(container: LockedContainer): Promise<void> {
  const { status } = container.state;
  if (status === 'stopped') {
    await finishRun(container);
    await recordContainerEvent(container.parts, container.config, 'cleanup');
  }
  if (status === 'configured' || status === 'exited') removeMarker(container.live.runDir);
}

/** Ends the run of a created or stopped container. The process of a created one is killed. */
export async function finishRun(container: LockedContainer): Promise<void> {
  const { parts, config, live } = container;
  await Promise.all([runtimeOf(parts, config).delete(config.id), storageOf(parts, config).unmount(config.id)]);
  await parts.monitor.forget(monitorPaths(parts.places, config, live.runDir));
  await leaveNamespaces(container);
  await forgetSessions(container);
  if (container.state.status === 'stopped') {
    const { status, ...lastRun } = container.state;
    await parts.state.saveExit(config.id, { ...lastRun, stoppedByUser: container.live.stoppedByUser });
  }
  await container.save({ event: { type: 'cleaned-up' }, mountPoint: undefined, monitor: undefined, freezing: undefined });
  removeMarker(live.runDir);
}

/** What it took from the containers whose namespaces it shares. */
export async function leaveNamespaces({ parts, config, live }: LockedContainer): Promise<void> {
  if (config.dependencies === undefined) return;
  const { unmountSharedMemory } = await import('../joined-namespaces.ts');
  await unmountSharedMemory(parts, config, live.runDir);
}

/** Exec sessions can't outlive their container. */
async function forgetSessions(container: LockedContainer): Promise<void> {
  const { parts, config, live } = container;
  for (const session of await parts.state.execSessions(config.id)) await parts.state.removeExecSession(session.id);
  rmSync(join(live.runDir, 'exec'), { recursive: true, force: true });
}
