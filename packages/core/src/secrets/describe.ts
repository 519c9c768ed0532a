import type { ContainerConfig } from '../container/config.ts';

/** Whether it has variables from secrets; most containers have none. */
export function hasSecretVariables({ secrets = [] }: Pick<ContainerConfig, 'secrets'>): boolean {
  return secrets.some(({ type }) => type === 'env');
}

/** podman's `.Config.Secrets`: those that are files, left out where there is none. */
export function describeSecrets({ secrets = [] }: Pick<ContainerConfig, 'secrets'>) {
  const files = secrets.flatMap((secret) => (secret.type === 'mount' ? [secret] : []));
  if (files.length === 0) return {};
  return { Secrets: files.map(({ id, name, uid, gid, mode }) => ({ Name: name, ID: id, UID: uid, GID: gid, Mode: mode })) };
}
