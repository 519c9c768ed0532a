import type { StoredVolume } from '../contracts/state-store.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { VolumeConfig } from './config.ts';
import { driverNamed } from './drivers.ts';

/** What is known of a volume. */
export interface VolumeSummary extends VolumeConfig {
  /** Where its data is on the host, for who holds it. */
  readonly mountPoint: string;
  /** It gets the content, or the owner, of its place in the first container that uses it. */
  readonly needsCopyUp: boolean;
  readonly needsChown: boolean;
  readonly uid: number;
  readonly gid: number;
  /** How many hold it: containers, and who mounted it by hand. */
  readonly mountCount: number;
}

export async function summariseVolume(parts: RuntimeParts, { config, flags }: StoredVolume): Promise<VolumeSummary> {
  const driver = await driverNamed(parts, config.driver);
  const { needsCopyUp, needsChown, uid, gid } = flags;
  return {
    ...config,
    mountPoint: driver.mountPoint(config.name),
    needsCopyUp,
    needsChown,
    uid,
    gid,
    mountCount: (await driver.holders(config.name)).length,
  };
}

/** podman's `volume inspect` document: what is 0 or false is left out, but for the count. */
export type VolumeInspect = ReturnType<typeof inspectVolume>;

export function inspectVolume(volume: VolumeSummary) {
  return {
    Name: volume.name,
    Driver: volume.driver,
    Mountpoint: volume.mountPoint,
    CreatedAt: volume.createdAt,
    Labels: volume.labels,
    Scope: 'local',
    Options: volume.options,
    ...(volume.uid !== 0 && { UID: volume.uid }),
    ...(volume.gid !== 0 && { GID: volume.gid }),
    ...(volume.anonymous && { Anonymous: true }),
    MountCount: volume.mountCount,
    ...(volume.needsCopyUp && { NeedsCopyUp: true }),
    ...(volume.needsChown && { NeedsChown: true }),
  };
}
