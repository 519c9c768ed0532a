import { EngineError } from '@tspod/core';
import type { Runtime } from 'tspod';
import type { containerFlags } from './container-flags.ts';
import type { Context } from './context.ts';
import type { FlagValues } from './grammar/flags.ts';
import type { SignalTrap } from './session/signals.ts';

interface Wanted {
  readonly image: string;
  readonly context: Context;
  readonly trap: SignalTrap;
}

/** Makes a container of an image as `--pull` says: usually without a look at registries, and only when the image is not there with one. */
export async function withImage<Made>(
  runtime: Runtime,
  flags: FlagValues<typeof containerFlags>,
  wanted: Wanted,
  make: () => Promise<Made>,
): Promise<Made> {
  const mustPull = flags.pull !== undefined && flags.pull !== 'missing';
  const isForeign = [flags.arch, flags.os, flags.platform, flags.variant].some((part) => part !== undefined);
  if (mustPull || isForeign) await pull(runtime, flags, wanted);
  try {
    return await make();
  } catch (error) {
    if (mustPull || !EngineError.isInstance(error) || error.code !== 'no-such-image') throw error;
  }
  await pull(runtime, flags, wanted);
  return make();
}

/** Loaded when it is needed: most containers are made of images that are there. */
async function pull(runtime: Runtime, flags: FlagValues<typeof containerFlags>, { image, context, trap }: Wanted): Promise<void> {
  const [{ parsePullPolicy }, { platformOf, registryAccess }, { transferProgress }] = await Promise.all([
    import('@tspod/core'),
    import('./registry-flags.ts'),
    import('./transfer-progress.ts'),
  ]);
  const given = new Set(flags['tls-verify'] ? [] : ['tls-verify']);
  await runtime.images.pull(image, {
    ...(await registryAccess(flags, given, context)),
    ...transferProgress(context.output, flags.quiet),
    policy: parsePullPolicy(flags.pull ?? 'missing'),
    platform: platformOf(flags),
    signal: trap.abortSignal,
  });
}
