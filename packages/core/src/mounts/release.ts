import { rm } from 'node:fs/promises';
import type { ContainerConfig } from '../container/config.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { driverNamed } from '../volume/drivers.ts';
import { withVolumeLocked } from '../volume/lock.ts';
import { imagePath, overlaysOf } from './prepare.ts';

/** Takes back what `prepareMounts` made. Idempotent. The container's lock is held, and it does not run. */
export async function releaseMounts(parts: RuntimeParts, config: ContainerConfig, runDir: string): Promise<void> {
  for (const [index, { type }] of config.userMounts.entries()) {
    if (type === 'image') await parts.host.unmount(imagePath(runDir, index));
  }
  await rm(overlaysOf(config), { recursive: true, force: true });
  for (const name of config.volumes ?? []) {
    if ((await parts.state.volume(name)) === undefined) continue;
    await withVolumeLocked(parts, name, async () => {
      const volume = await parts.state.volume(name);
      if (volume !== undefined) await (await driverNamed(parts, volume.config.driver)).unmount(name, config.id);
    });
  }
}
