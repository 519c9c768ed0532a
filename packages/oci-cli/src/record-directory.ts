import { join } from 'node:path';
import type { RuntimeRecord } from './traits.ts';

/** Directory that a runtime has for one container. */
export function recordDirectory({ stateRoot }: RuntimeRecord, id: string, configuredRoot: string | undefined): string {
  return join(configuredRoot ?? stateRoot, id);
}
