import { EngineError, type Pod } from '@tspod/core';
import type { Runtime } from 'tspod';

/**
 * The pods with these names, or every pod. All are looked up before anything is done to one.
 * @throws {NotFoundError} unless `ignoreMissing`.
 */
export async function namedPods(
  runtime: Runtime,
  names: readonly string[],
  { all = false, ignoreMissing = false }: { readonly all?: boolean; readonly ignoreMissing?: boolean } = {},
): Promise<Pod[]> {
  if (all) return runtime.listPods();
  const found: Pod[] = [];
  for (const name of names) {
    try {
      found.push(await runtime.pod(name));
    } catch (error) {
      if (!ignoreMissing || !isMissingPod(error)) throw error;
    }
  }
  return found;
}

/** There is no such pod, or no longer. */
export function isMissingPod(error: unknown): boolean {
  return EngineError.isInstance(error) && error.code === 'no-such-pod';
}
