export { createLocalVolumeDriver } from './create-local-volume-driver.ts';
export type { VolumeLocalSettings } from './volume-local-settings.ts';
