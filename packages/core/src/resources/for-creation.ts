import type { Host } from '../contracts/host.ts';
import type { Resources } from '../oci/spec.ts';
import { withoutLifted } from './merge.ts';
import type { ResourceOptions } from './options.ts';
import { checkMemory, resolveResources } from './resolve.ts';

/** As `resolveResources`, for a container that has no limits yet: what would be lifted need not be said. @throws as it does. */
export async function newResources(
  options: ResourceOptions,
  host: Pick<Host, 'limitSupport' | 'deviceNumbers'>,
  warn: (message: string) => void,
): Promise<Resources> {
  const resources = await resolveResources(options, host, warn);
  if (resources.memory !== undefined) checkMemory(resources.memory);
  return withoutLifted(resources);
}
