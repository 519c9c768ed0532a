import { join } from 'node:path';
import type { MonitorPaths } from '../contracts/container-monitor.ts';
import type { ExecSession } from '../contracts/state-store.ts';
import type { Places } from '../runtime/parts.ts';
import type { ContainerConfig } from './config.ts';

/** Directory in which the monitor leaves exit files. */
export function exitDirectory(places: Places): string {
  return join(places.temporaryDirectory, 'exits');
}

/** Exit files of removed containers rest here for a while, for those who still wait for them. */
export function removedExitDirectory(places: Places): string {
  return join(exitDirectory(places), 'removed');
}

export function monitorPaths(places: Places, config: ContainerConfig, runDir: string): MonitorPaths {
  return { id: config.id, bundleDir: config.staticDir, runDir, exitDir: exitDirectory(places) };
}

export function sessionPaths(config: ContainerConfig, runDir: string, sessionId: string): MonitorPaths {
  const directory = sessionDirectory(runDir, sessionId);
  return { id: config.id, sessionId, bundleDir: directory, runDir: directory, exitDir: join(directory, 'exit') };
}

/** As `sessionPaths`, from what is stored of it. */
export function sessionPathsOf({ id, containerId, directory }: ExecSession): MonitorPaths {
  return { id: containerId, sessionId: id, bundleDir: directory, runDir: directory, exitDir: join(directory, 'exit') };
}

export function sessionDirectory(runDir: string, sessionId: string): string {
  return join(runDir, 'exec', sessionId);
}

/** Exists from before the monitor starts until its process is cleaned up after. */
export function cleanupMarker(directory: string): string {
  return join(directory, 'cleanup-pending');
}
