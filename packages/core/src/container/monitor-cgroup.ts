import { join } from 'node:path';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { ContainerConfig } from './config.ts';

/**
 * Moves a monitor into the cgroup for monitors, so that the end of its caller's cgroup does not end it. The kernel takes 10 ms and
 * more for it, mostly waiting: do something else meanwhile. A monitor that is over already is success.
 */
export async function placeMonitor(parts: RuntimeParts, config: ContainerConfig, pid: number): Promise<void> {
  try {
    await parts.host.placeInCgroup(join(config.cgroupParent, 'conmon'), pid);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    if (code !== 'ESRCH' && code !== 'ENOENT') throw error;
  }
}
