export { createOverlayStorage, type OverlayStorage } from './create-overlay-storage.ts';
export type { OverlaySettings } from './overlay-settings.ts';
