import { EngineError, type Image } from '@tspod/core';
import type { Runtime } from 'tspod';
import { UsageError } from './grammar/usage-error.ts';

/** What `--filter KEY=VALUE` of images, given any number of times, chooses. @throws {UsageError} in podman's words. */
export async function imageFilter(words: readonly string[], runtime: Runtime): Promise<(image: Image) => Promise<boolean>> {
  const filters: Record<string, string[]> = Object.create(null); // keys are the user's
  for (const word of words) {
    const [, key, value] = /^([^=]*?)=(.*)$/s.exec(word) ?? [];
    if (key === undefined || value === undefined)
      throw new UsageError(`invalid image filter "${word}": must be in the format "filter=value or filter!=value"`);
    filters[key] = [...(filters[key] ?? []), value];
  }
  try {
    return await runtime.images.filter(filters);
  } catch (error) {
    if (EngineError.isInstance(error) && error.code === 'invalid-filter') throw new UsageError(error.message);
    throw error;
  }
}
