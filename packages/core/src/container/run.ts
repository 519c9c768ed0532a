import type { LiveState } from '../contracts/state-store.ts';
import { EngineError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { ContainerConfig } from './config.ts';

/** A run of a container, as the OCI runtime should know it. */
export type Run = { readonly parts: RuntimeParts; readonly config: ContainerConfig; readonly live: LiveState };

/** That the runtime can't read its record of a container. */
export function isDamage(error: unknown): boolean {
  return EngineError.isInstance(error) && error.code === 'damaged-runtime-state';
}
