import type { SecretStore } from '@tspod/core';
import type { SecretFileSettings } from '@tspod/secret-file';

/** What keeps secrets is loaded when it is first used: most commands don't. */
export function lazySecrets(settings: SecretFileSettings): () => Promise<SecretStore> {
  let loading: Promise<SecretStore> | undefined;
  return () => {
    loading ??= import('@tspod/secret-file').then(({ createSecretFileStore }) => createSecretFileStore(settings));
    return loading;
  };
}
