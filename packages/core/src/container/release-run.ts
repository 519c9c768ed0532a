import { hasPreparedMounts } from '../mounts/prepared.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { hasSecretVariables } from '../secrets/describe.ts';
import { hasSandbox } from '../spec/namespaces.ts';
import type { ContainerConfig } from './config.ts';

/** Takes back what a container took for its run: for its mounts and variables, of networks, and from those whose namespaces it shares. Idempotent. */
export async function releaseRun(parts: RuntimeParts, config: ContainerConfig, runDir: string): Promise<void> {
  if (hasPreparedMounts(config)) {
    const { releaseMounts } = await import('../mounts/release.ts');
    await releaseMounts(parts, config, runDir);
  }
  if (hasSecretVariables(config)) (await import('../secrets/running.ts')).forgetVariables(config);
  if (hasSandbox(config.network)) await (await import('../network/sandbox.ts')).leaveSandbox(parts, config);
  if (config.dependencies === undefined) return;
  const { unmountSharedMemory } = await import('./joined-namespaces.ts');
  await unmountSharedMemory(parts, config, runDir);
}
