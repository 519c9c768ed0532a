export { createUserModeNetwork } from './create-user-mode-network.ts';
export type { UserModeSettings } from './user-mode-settings.ts';
