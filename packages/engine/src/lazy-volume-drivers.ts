import type { VolumeDriver } from '@tspod/core';
import type { VolumeLocalSettings } from '@tspod/volume-local';

/** What keeps volumes is loaded when it is first used: most commands don't. */
export function lazyVolumeDrivers(settings: VolumeLocalSettings): () => Promise<readonly VolumeDriver[]> {
  let loading: Promise<readonly VolumeDriver[]> | undefined;
  return () => {
    loading ??= import('@tspod/volume-local').then(({ createLocalVolumeDriver }) => [createLocalVolumeDriver(settings)]);
    return loading;
  };
}
