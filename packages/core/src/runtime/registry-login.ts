import type { RegistryAccess } from '../contracts/image-transport.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { RuntimeParts } from './parts.ts';

export interface LoginOptions extends Omit<RegistryAccess, 'credentials'> {
  readonly signal?: AbortSignal | undefined;
}

/** The registry that is meant when none is named: the first of those that short names are looked for in. */
export function usualRegistry({ defaults }: RuntimeParts): string {
  const [registry] = defaults.searchRegistries;
  if (registry !== undefined) return registry;
  throw new InvalidArgumentError('no registries found in registries.conf, a registry must be provided', {
    code: 'no-registries',
  });
}

/** A registry as people write it: without `https://` and what follows the host. */
export function registryHost(text: string): string {
  const [host = ''] = text.replace(/^https?:\/\//, '').split('/');
  if (host === '') throw new InvalidArgumentError(`"${text}" names no registry`, { code: 'invalid-option' });
  return host;
}
