import { EngineError } from '@tspod/core';
import type { Runtime } from 'tspod';
import type { Context } from './context.ts';
import { raise } from './for-each.ts';

export type ObjectKind = 'container' | 'image';

/** Indentation of podman's inspect. */
const indent = 5;

/** Prints the documents of what is found, and then complains about what is not. The first of `kinds` that has the name wins. */
export async function inspectObjects(
  names: readonly string[],
  kinds: readonly ObjectKind[],
  context: Context,
  options: { readonly size?: boolean } = {},
): Promise<number> {
  const runtime = await context.runtime();
  const documents: unknown[] = [];
  const failures: unknown[] = [];
  for (const name of names) {
    const document = await find(runtime, name, kinds, options);
    if (document === undefined) failures.push(new Error(`inspecting object: ${complaint(name, kinds)}`));
    else documents.push(document);
  }
  context.output.json(documents, indent);
  raise(failures, context.output);
  return 0;
}

async function find(
  runtime: Runtime,
  name: string,
  kinds: readonly ObjectKind[],
  options: { readonly size?: boolean },
): Promise<unknown> {
  for (const kind of kinds) {
    try {
      return kind === 'container' ? await (await runtime.container(name)).inspect(options) : await runtime.images.inspect(name);
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }
  return undefined;
}

/** There is nothing of that name, or the name can't be one of that kind. */
function isUnknown(error: unknown): boolean {
  return EngineError.isInstance(error) && ['no-such-container', 'no-such-image', 'invalid-reference'].includes(error.code);
}

function complaint(name: string, kinds: readonly ObjectKind[]): string {
  if (kinds.length > 1) return `no such object: "${name}"`;
  return kinds[0] === 'container' ? `no such container ${name}` : `${name}: image not known`;
}
