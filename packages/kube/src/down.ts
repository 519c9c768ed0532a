import { EngineError, type Pod, type Runtime } from '@tspod/core';
import type { KubePod } from './objects.ts';
import { readDocuments } from './read-documents.ts';

export interface DownReport {
  /** Ids of pods. */
  readonly stopped: readonly string[];
  readonly removed: readonly string[];
  /** By the name of the pod. */
  readonly failures: readonly { readonly pod: string; readonly failure: unknown }[];
}

/**
 * Stops and removes the pods that a text of Kubernetes YAML describes, each for itself; one that is not there is passed over. Volumes of
 * claims stay; with `volumes` they go, too.
 */
export async function takeDownKube(
  runtime: Runtime,
  text: string,
  options: { readonly volumes?: boolean | undefined } = {},
): Promise<DownReport> {
  const { pods, claims } = readDocuments(text);
  const report = await takeDownPods(runtime, pods);
  if (!options.volumes) return report;
  for (const { metadata } of claims) if (await runtime.volumes.exists(metadata.name)) await runtime.volumes.remove(metadata.name);
  return report;
}

export async function takeDownPods(runtime: Runtime, pods: readonly KubePod[]): Promise<DownReport> {
  const stopped: string[] = [];
  const removed: string[] = [];
  const failures: { pod: string; failure: unknown }[] = [];
  for (const { metadata } of pods) {
    const name = metadata?.name ?? '';
    try {
      const pod = await podNamed(runtime, name);
      if (pod === undefined) continue;
      await pod.stop();
      stopped.push(pod.id);
      await pod.remove({ force: true });
      removed.push(pod.id);
    } catch (failure) {
      failures.push({ pod: name, failure });
    }
  }
  return { stopped, removed, failures };
}

async function podNamed(runtime: Runtime, name: string): Promise<Pod | undefined> {
  try {
    const pod = await runtime.pod(name);
    return pod.name === name ? pod : undefined;
  } catch (error) {
    if (EngineError.isInstance(error) && error.code === 'no-such-pod') return undefined;
    throw error;
  }
}
