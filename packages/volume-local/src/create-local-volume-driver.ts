import type { VolumeDriver } from '@tspod/core';
import { LocalVolumeDriver } from './local-volume-driver.ts';
import type { VolumeLocalSettings } from './volume-local-settings.ts';

/** Volumes in directories and mounts of this machine. Touches nothing before it is used. Mounting needs root. */
export function createLocalVolumeDriver(settings: VolumeLocalSettings): VolumeDriver {
  return new LocalVolumeDriver(settings);
}
