export interface VolumeLocalSettings {
  /** Directory of the volumes' data, each in `<name>/_data`. Survives a reboot. */
  readonly directory: string;
  /** Who holds which volume; on tmpfs. */
  readonly runDirectory: string;
}
