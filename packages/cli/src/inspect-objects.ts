import { EngineError, inspectNetwork } from '@tspod/core';
import type { Runtime } from 'tspod';
import type { Context } from './context.ts';
import { raise } from './for-each.ts';
import { containerShape, type DocumentShape, imageShape, networkShape, podShape, volumeShape } from './format/document-shape.ts';
import { templateNetwork } from './format/network-document.ts';
import { type Format, readDocumentsFormat } from './format/report.ts';
import type { ShapedDocument } from './format/template-report.ts';

export type ObjectKind = 'container' | 'image' | 'network' | 'pod' | 'volume';

interface Inspectable {
  inspect(runtime: Runtime, name: string, options: { readonly size?: boolean }): Promise<object>;
  /** What templates see, where it is not the document. */
  forTemplates?(runtime: Runtime, name: string): Promise<object>;
  readonly shape: DocumentShape;
  /** podman's complaint. */
  missing(name: string): string;
}

const inspectable: Readonly<Record<ObjectKind, Inspectable>> = {
  container: {
    inspect: async (runtime, name, options) => (await runtime.container(name)).inspect(options),
    shape: containerShape,
    missing: (name) => `no such container ${name}`,
  },
  image: {
    inspect: (runtime, name) => runtime.images.inspect(name),
    shape: imageShape,
    missing: (name) => `${name}: image not known`,
  },
  network: {
    inspect: async (runtime, name) => inspectNetwork(await runtime.networks.get(name)),
    forTemplates: async (runtime, name) => templateNetwork(await runtime.networks.get(name)),
    shape: networkShape,
    missing: (name) => `network ${name}: unable to find network with name or ID ${name}: network not found`,
  },
  pod: {
    inspect: async (runtime, name) => (await runtime.pod(name)).inspect(),
    shape: podShape,
    missing: (name) => `no such pod ${name}`,
  },
  volume: {
    inspect: (runtime, name) => runtime.volumes.inspect(name),
    shape: volumeShape,
    missing: (name) => `no such volume ${name}`,
  },
};

/** Indentation of podman's inspect. */
const indent = 5;

export interface InspectOptions {
  readonly format?: string | undefined;
  /** In place of a name: the container or pod that was made last. */
  readonly latest?: boolean;
  readonly size?: boolean;
  /** Documents one after the other instead of a list of them. */
  readonly separately?: boolean;
}

/** Prints the documents of what is found, and then complains about what is not. The first of `kinds` that has the name wins. */
export async function inspectObjects(
  names: readonly string[],
  kinds: readonly ObjectKind[],
  context: Context,
  options: InspectOptions = {},
): Promise<number> {
  const format = await readDocumentsFormat(options.format || undefined, 'inspect');
  const asTemplateData = typeof format === 'function';
  const runtime = await context.runtime();
  const found: ShapedDocument[] = [];
  const failures: unknown[] = [];
  for (const name of options.latest ? await latest(runtime, kinds, failures) : names) {
    const one = await find(runtime, name, kinds, { ...options, asTemplateData });
    if (one === undefined) failures.push(new Error(`inspecting object: ${complaint(name, kinds)}`));
    else found.push(one);
  }
  if (typeof format === 'function') context.output.text(formatted(format, found));
  else {
    const documents = found.map(({ document, shape }) => withSortedMaps(document, shape.maps ?? []));
    const printed = options.separately && documents.length > 0 ? documents : [documents];
    for (const document of printed) context.output.json(document, indent);
  }
  raise(failures, context.output);
  return 0;
}

/** Go has the keys of maps in their order in JSON, and the members of structs as they are declared. */
function withSortedMaps(value: unknown, maps: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((entry) => withSortedMaps(entry, maps));
  if (typeof value !== 'object' || value === null) return value;
  const sorted = Object.entries(value).map(([key, member]) => {
    const isMap = maps.includes(key) && typeof member === 'object' && member !== null;
    const ordered = isMap ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1))) : member;
    return [key, withSortedMaps(ordered, maps)];
  });
  return Object.fromEntries(sorted);
}

/** @throws {TemplateError} with podman's words before Go's. */
function formatted(format: Exclude<Format<ShapedDocument>, 'json'>, documents: readonly ShapedDocument[]): string {
  try {
    return format(documents);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(`inspecting object: printing inspect output: ${error.message}`, { cause: error });
  }
}

/** None, and podman's complaint among the failures, when there is no container. */
async function latest(runtime: Runtime, [kind]: readonly ObjectKind[], failures: unknown[]): Promise<readonly string[]> {
  if (kind === 'pod') return [(await runtime.latestPod()).id];
  try {
    return [(await runtime.latestContainer()).id];
  } catch (error) {
    if (!isUnknown(error)) throw error;
    failures.push(new Error('inspecting object: no containers to inspect: no such container'));
    return [];
  }
}

async function find(
  runtime: Runtime,
  name: string,
  kinds: readonly ObjectKind[],
  options: InspectOptions & { readonly asTemplateData: boolean },
): Promise<ShapedDocument | undefined> {
  for (const kind of kinds) {
    const { inspect, forTemplates, shape } = inspectable[kind];
    const look = options.asTemplateData ? (forTemplates ?? inspect) : inspect;
    try {
      return { document: await look(runtime, name, options), shape };
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
