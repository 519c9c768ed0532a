import type { SecretStore } from '@tspod/core';
import type { SecretFileSettings } from './secret-file-settings.ts';
import { SecretFileStore } from './secret-file-store.ts';

/** Keeps secrets in files that only root can read, one for each. Touches nothing before it is used. */
export function createSecretFileStore(settings: SecretFileSettings): SecretStore {
  return new SecretFileStore(settings);
}
