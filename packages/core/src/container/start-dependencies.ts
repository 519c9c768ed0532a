import type { RuntimeParts } from '../runtime/parts.ts';
import type { ContainerConfig } from './config.ts';
import { refresh } from './refresh.ts';

/** Has those started that a container depends on and that do not run; `start` does the same for theirs. */
export async function startDependencies(
  parts: RuntimeParts,
  { dependencies = [] }: ContainerConfig,
  start: (config: ContainerConfig) => Promise<unknown>,
): Promise<void> {
  for (const id of dependencies) {
    const stored = await parts.state.container(id);
    const status = stored && (await refresh(parts, stored)).state.status;
    if (stored !== undefined && status !== 'running' && status !== 'paused') await start(stored.config);
  }
}
