import { basename, dirname, join } from 'node:path';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { ContainerConfig } from './config.ts';

/**
 * Moves a monitor into the cgroup for monitors, so that the end of its caller's cgroup does not end it. The kernel takes 10 ms and
 * more for it, mostly waiting: do something else meanwhile. A monitor that is over already is success.
 */
export async function placeMonitor(parts: RuntimeParts, config: ContainerConfig, pid: number): Promise<void> {
  try {
    await parts.host.placeInCgroup(join(monitorParent(config), 'conmon'), pid);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    if (code !== 'ESRCH' && code !== 'ENOENT') throw error;
  }
}

/** Not in a pod's own cgroup, which goes with its containers: a monitor may outlive them by a moment. */
function monitorParent({ cgroupParent, pod }: ContainerConfig): string {
  return pod !== undefined && basename(cgroupParent) === pod ? dirname(cgroupParent) : cgroupParent;
}
