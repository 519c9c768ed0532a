import { resolve } from 'node:path';
import {
  type Container,
  type CreateContainerOptions,
  type CreatePodOptions,
  EngineError,
  InvalidArgumentError,
  type Pod,
} from '@tspod/core';
import type { Runtime } from 'tspod';
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
  flags: FlagValues<typeof containerFlags> & { readonly passwd?: boolean },
  positional: readonly string[],
  context: Context,
  trap: SignalTrap,
): Promise<Created> {
  const options = createOptions(flags, positional, context);
  const runtime = await context.runtime();
  const cidFile = flags.cidfile ? new CidFile(resolve(context.workingDirectory, flags.cidfile)) : undefined;
  if (flags.userns && flags.pod && !flags.pod.startsWith('new:')) {
    throw new InvalidArgumentError('--userns and --pod cannot be set together', { code: 'invalid-option' });
  }
  const newPod = options.pod?.startsWith('new:') ? options.pod.slice('new:'.length) : undefined;
  if (newPod === '') throw new InvalidArgumentError('new pod name must be at least one character', { code: 'invalid-option' });
  if (flags.replace) await replace(runtime, options.name);
  let pod: Pod | undefined;
  let container: Container | undefined;
  try {
    if (trap.interrupted === undefined) {
      const create = async () => {
        if (newPod !== undefined) {
          pod ??= await runtime.createPod({ name: newPod, ...ofNewPod(options) });
        }
        return runtime.createContainer(pod === undefined ? options : { ...withoutOfPod(options), pod: pod.id });
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

/** What of a container's options its new pod has, for all of its containers. */
function ofNewPod({ network, networking, namespaces, isolation, createCommand }: CreateContainerOptions): CreatePodOptions {
  const { idMaps } = isolation ?? {};
  return {
    ...{ network, networking, createCommand },
    ...(namespaces?.user && { namespaces: { user: namespaces.user } }),
    ...(idMaps && { isolation: { idMaps } }),
  };
}

function withoutOfPod({ namespaces, isolation, ...options }: CreateContainerOptions): CreateContainerOptions {
  return {
    ...options,
    ...{ network: undefined, networking: undefined },
    namespaces: namespaces && { ...namespaces, user: undefined },
    isolation: isolation && { ...isolation, idMaps: undefined },
  };
}

/** Makes room for a container with a name. @throws {InvalidArgumentError} `invalid-option` */
async function replace(runtime: Runtime, name: string | undefined): Promise<void> {
  if (name === undefined || name === '') {
    throw new InvalidArgumentError('cannot replace container without --name being set', { code: 'invalid-option' });
  }
  const holder = await runtime.container(name).catch((error: unknown) => {
    if (EngineError.isInstance(error) && error.code === 'no-such-container') return undefined;
    throw error;
  });
  if (holder?.name === name) await holder.remove({ force: true });
}
