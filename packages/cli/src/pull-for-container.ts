import { EngineError } from '@tspod/core';
import type { Runtime } from 'tspod';
import type { containerFlags } from './container-flags.ts';
import type { FlagValues } from './grammar/flags.ts';
import type { Wanted } from './pull-wanted.ts';

/** Makes a container of an image as `--pull` says: usually without a look at registries, and only when the image is not there with one. */
export async function withImage<Made>(
  runtime: Runtime,
  flags: FlagValues<typeof containerFlags>,
  wanted: Wanted,
  make: () => Promise<Made>,
): Promise<Made> {
  const mustPull = Boolean(flags.pull) && flags.pull !== 'missing';
  const isForeign = [flags.arch, flags.os, flags.platform, flags.variant].some(Boolean);
  const pull = async () => (await import('./pull-wanted.ts')).pullWanted(runtime, flags, wanted); // most images are there
  if (mustPull || isForeign) await pull();
  try {
    return await make();
  } catch (error) {
    if (mustPull || !EngineError.isInstance(error) || error.code !== 'no-such-image') throw error;
  }
  await pull();
  return make();
}
