import { basename, dirname, join } from 'node:path';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { ContainerConfig } from './config.ts';

/**
 * Moves a monitor into the cgroup for monitors, so that the end of its caller's cgroup does not end it; with systemd, into a scope of its
 * own. The kernel takes 10 ms and more for it, mostly waiting: do something else meanwhile. A monitor that is over already is success.
 *
 * @param session id of the exec session that it serves; default: it serves the container
 */
export async function placeMonitor(
  parts: RuntimeParts,
  config: ContainerConfig,
  pid: number,
  session = config.id,
): Promise<void> {
  if (config.cgroups !== undefined) return;
  try {
    const parent = monitorParent(config);
    if (parent.endsWith('.slice')) await parts.host.placeInScope({ name: `libpod-conmon-${session}.scope`, slice: parent }, pid);
    else await parts.host.placeInCgroup(join(parent, 'conmon'), pid);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    if (code !== 'ESRCH' && code !== 'ENOENT' && code !== 'no-such-process') throw error;
  }
}

/** Not in a pod's own cgroup, which goes with its containers: a monitor may outlive them by a moment. */
function monitorParent({ cgroupParent, pod }: ContainerConfig): string {
  return pod !== undefined && basename(cgroupParent) === pod ? dirname(cgroupParent) : cgroupParent;
}
