import { type Comparable, EngineError, type FileChange, InvalidArgumentError } from '@tspod/core';
import type { Runtime } from 'tspod';
import { isMissing } from './containers.ts';
import type { FlagTable } from './grammar/flags.ts';
import type { PositionalRule } from './grammar/positional.ts';

/** What a command compares. A name that both have is an image's, as podman has it. */
export type Kinds = 'containers and images' | 'containers' | 'images';

export const diffFlags = {
  format: { kind: 'string', help: 'json, in place of lines' },
  latest: { kind: 'bool', shorthand: 'l', help: 'The newest container' },
} as const satisfies FlagTable;

/** One or two names, or `--latest`. */
export const nameOrLatest = (command: string): PositionalRule => ({
  minimum: 1,
  maximum: 2,
  tooFew: `"tspod ${command}" requires a name, id, or the "--latest" flag`,
  replacedBy: 'latest',
  notWithReplacement: '--latest and containers cannot be used together',
});

/** Since another one, or since what it was made of; without names, of the newest container. */
export async function changes(runtime: Runtime, [name, base]: readonly string[], kinds: Kinds): Promise<readonly FileChange[]> {
  if (name === undefined) return latestChanges(runtime);
  const after = await find(runtime, name, kinds);
  if (base !== undefined) return runtime.compare(after, await find(runtime, base, kinds));
  if (after.image !== undefined) return runtime.images.diff(after.image);
  return (await runtime.container(after.container)).diff();
}

async function latestChanges(runtime: Runtime): Promise<readonly FileChange[]> {
  try {
    return await (await runtime.latestContainer()).diff();
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new InvalidArgumentError('unable to get latest container: no such container', {
      code: 'no-such-container',
      cause: error,
    });
  }
}

async function find(runtime: Runtime, name: string, kinds: Kinds): Promise<Comparable> {
  const refusal = (reason: string, code: string, cause: unknown) =>
    new InvalidArgumentError(`${name} not found: ${reason}`, { code, cause });
  if (kinds !== 'containers') {
    try {
      return { image: (await runtime.images.get(name)).id };
    } catch (error) {
      if (!EngineError.isInstance(error) || error.code !== 'no-such-image') throw error;
      if (kinds === 'images') throw refusal(error.message, error.code, error);
    }
  }
  try {
    return { container: (await runtime.container(name)).id };
  } catch (error) {
    if (!isMissing(error)) throw error;
    const reason = kinds === 'containers' ? 'container not known' : 'layer not known';
    throw refusal(reason, 'no-such-container', error);
  }
}
