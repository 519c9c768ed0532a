import { resolve } from 'node:path';
import type { Container, Pod } from '@tspod/core';
import { CidFile } from './cid-file.ts';
import type { containerFlags } from './container-flags.ts';
import type { Context } from './context.ts';
import { createOptions } from './create-options.ts';
import type { FlagValues } from './grammar/flags.ts';
import { withImage } from './pull-for-container.ts';
import type { SignalTrap } from './session/signals.ts';

export interface Created {
  /** Undefined: interrupted, and nothing is left of it. */
  readonly container: Container | undefined;
  readonly cidFile: CidFile | undefined;
}

/** Makes the container of `run` or `create`. An interruption before it is complete undoes it. */
export async function createContainer(
  flags: FlagValues<typeof containerFlags>,
  positional: readonly string[],
  context: Context,
  trap: SignalTrap,
): Promise<Created> {
  const options = createOptions(flags, positional, context);
  const runtime = await context.runtime();
  const cidFile = flags.cidfile === undefined ? undefined : new CidFile(resolve(context.workingDirectory, flags.cidfile));
  const newPod = options.pod?.startsWith('new:') ? options.pod.slice('new:'.length) : undefined;
  let pod: Pod | undefined;
  let container: Container | undefined;
  try {
    if (trap.interrupted === undefined) {
      const create = async () => {
        if (newPod !== undefined)
          pod ??= await runtime.createPod({ name: newPod, network: options.network, createCommand: context.commandLine });
        return runtime.createContainer(pod === undefined ? options : { ...options, pod: pod.id, network: undefined });
      };
      container = flags.rootfs
        ? await create()
        : await withImage(runtime, flags, { image: positional[0] ?? '', context, trap }, create);
    }
    if (container !== undefined && trap.interrupted !== undefined) {
      await container.remove();
      container = undefined;
      await pod?.remove({ force: true });
    }
    if (container === undefined) cidFile?.remove();
    else cidFile?.write(container.id);
  } catch (error) {
    cidFile?.remove();
    if (container === undefined) await pod?.remove({ force: true });
    throw error;
  }
  return { container, cidFile };
}
