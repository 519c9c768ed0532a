export { createSecretFileStore } from './create-secret-file-store.ts';
export type { SecretFileSettings } from './secret-file-settings.ts';
