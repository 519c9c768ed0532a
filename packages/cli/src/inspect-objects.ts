import { EngineError } from '@tspod/core';
import type { Runtime } from 'tspod';
import type { Context } from './context.ts';
import { raise } from './for-each.ts';
import { readDocumentFormat } from './format/report.ts';

export type ObjectKind = 'container' | 'image' | 'pod';

interface Inspectable {
  inspect(runtime: Runtime, name: string, options: { readonly size?: boolean }): Promise<object>;
  /** podman's complaint. */
  missing(name: string): string;
}

const inspectable: Readonly<Record<ObjectKind, Inspectable>> = {
  container: {
    inspect: async (runtime, name, options) => (await runtime.container(name)).inspect(options),
    missing: (name) => `no such container ${name}`,
  },
  image: { inspect: (runtime, name) => runtime.images.inspect(name), missing: (name) => `${name}: image not known` },
  pod: { inspect: async (runtime, name) => (await runtime.pod(name)).inspect(), missing: (name) => `no such pod ${name}` },
};

/** Members of podman's documents whose keys are the user's. */
const maps = [
  ...[
    'Annotations',
    'Data',
    'ExposedPorts',
    'Labels',
    'Networks',
    'Options',
    'PortBindings',
    'Ports',
    'Sysctls',
    'Tmpfs',
    'Volumes',
  ],
];

/** Indentation of podman's inspect. */
const indent = 5;

/** Prints the documents of what is found, and then complains about what is not. The first of `kinds` that has the name wins. */
export async function inspectObjects(
  names: readonly string[],
  kinds: readonly ObjectKind[],
  context: Context,
  options: { readonly format?: string; readonly latest?: boolean; readonly size?: boolean } = {},
): Promise<number> {
  const format = await readDocumentFormat(options.format, { name: 'inspect', type: 'interface {}', maps });
  const runtime = await context.runtime();
  const documents: object[] = [];
  const failures: unknown[] = [];
  for (const name of options.latest ? [await latestContainer(runtime)] : names) {
    const document = await find(runtime, name, kinds, options);
    if (document === undefined) failures.push(new Error(`inspecting object: ${complaint(name, kinds)}`));
    else documents.push(document);
  }
  if (typeof format === 'function') context.output.text(format(documents));
  else context.output.json(documents, indent);
  raise(failures, context.output);
  return 0;
}

async function latestContainer(runtime: Runtime): Promise<string> {
  return (await runtime.latestContainer()).id;
}

async function find(
  runtime: Runtime,
  name: string,
  kinds: readonly ObjectKind[],
  options: { readonly size?: boolean },
): Promise<object | undefined> {
  for (const kind of kinds) {
    try {
      return await inspectable[kind].inspect(runtime, name, options);
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }
  return undefined;
}

/** There is nothing of that name, or the name can't be one of that kind. */
function isUnknown(error: unknown): boolean {
  return EngineError.isInstance(error) && (error.kind === 'not-found' || error.code === 'invalid-reference');
}

function complaint(name: string, kinds: readonly ObjectKind[]): string {
  const [kind, ...others] = kinds;
  return kind === undefined || others.length > 0 ? `no such object: "${name}"` : inspectable[kind].missing(name);
}
