import { parsePullPolicy } from '@tspod/core';
import type { Runtime } from 'tspod';
import type { containerFlags } from './container-flags.ts';
import type { Context } from './context.ts';
import type { FlagValues } from './grammar/flags.ts';
import { platformOf, registryAccess } from './registry-flags.ts';
import type { SignalTrap } from './session/signals.ts';
import { transferProgress } from './transfer-progress.ts';

export interface Wanted {
  readonly image: string;
  readonly context: Context;
  readonly trap: SignalTrap;
}

/** Pulls the image that a container is to be made of, as `--pull` and the flags of platforms and registries say. */
export async function pullWanted(
  runtime: Runtime,
  flags: FlagValues<typeof containerFlags>,
  { image, context, trap }: Wanted,
): Promise<void> {
  const given = new Set(flags['tls-verify'] ? [] : ['tls-verify']);
  await runtime.images.pull(image, {
    ...(await registryAccess(flags, given, context)),
    ...transferProgress(context.output, flags.quiet),
    policy: parsePullPolicy(flags.pull || 'missing'),
    platform: platformOf(flags),
    signal: trap.abortSignal,
  });
}
