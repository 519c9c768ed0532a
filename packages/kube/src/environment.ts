import { InvalidArgumentError, NotFoundError } from '@tspod/core';
import type { KubeContainer, KubePod } from './objects.ts';
import { parseQuantity } from './quantity.ts';

/** Where values of a container's environment and files may come from. */
export interface Sources {
  readonly configMaps: ReadonlyMap<string, KeyedData>;
  /** Without their binary data, which is for files only. */
  readonly configMapTexts: ReadonlyMap<string, KeyedData>;
  readonly secrets: ReadonlyMap<string, KeyedData>;
}

/** The content of a config map or secret. */
export type KeyedData = ReadonlyMap<string, Uint8Array>;

/**
 * The environment that a container asks for: what `envFrom` names, then `env`, where a later variable wins and `$(NAME)` stands for one
 * that is known before.
 * @throws {NotFoundError} `no-such-key` for a config map, secret or key that is not there and not optional.
 * @throws {InvalidArgumentError} `unsupported-field`
 */
export function environmentOf(pod: KubePod, container: KubeContainer, sources: Sources): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    for (const [reference, known, what] of [
      [configMapRef, sources.configMapTexts, 'config map'],
      [secretRef, sources.secrets, 'secret'],
    ] as const) {
      if (reference === undefined) continue;
      const data = keyedData(reference, known, what);
      for (const [key, value] of data ?? []) environment[prefix + key] = asText(value);
    }
  }
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom ? valueFrom(pod, container, variable, sources) : expand(variable.value ?? '', environment);
    if (value !== undefined) environment[variable.name] = value;
  }
  return environment;
}

/** Puts values in the place of `$(NAME)`; an unknown name stays as it is, and `$$(NAME)` stands for `$(NAME)`. */
export function expand(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => {
    if (whole === '$$') return '$';
    return name !== undefined && Object.hasOwn(environment, name) ? (environment[name] ?? whole) : whole;
  });
}

/** @throws {NotFoundError} `no-such-key` */
export function keyedData(
  { name, optional }: { readonly name: string; readonly optional?: boolean | undefined },
  known: ReadonlyMap<string, KeyedData>,
  what: 'config map' | 'secret',
): KeyedData | undefined {
  const data = known.get(name);
  if (data !== undefined || optional) return data;
  throw new NotFoundError(`there is no ${what} named "${name}"`, {
    code: 'no-such-key',
    hint: `put the ${what} into the same file, or ${what === 'secret' ? 'play its file first' : 'name its file with --configmap'}`,
  });
}

function valueFrom(
  pod: KubePod,
  container: KubeContainer,
  { name, valueFrom: from }: NonNullable<KubeContainer['env']>[number],
  sources: Sources,
): string | undefined {
  if (from?.configMapKeyRef) return keyOf(from.configMapKeyRef, sources.configMapTexts, 'config map');
  if (from?.secretKeyRef) return keyOf(from.secretKeyRef, sources.secrets, 'secret');
  if (from?.fieldRef) return fieldOf(pod, from.fieldRef.fieldPath, name);
  if (from?.resourceFieldRef) return resourceOf(pod, container, from.resourceFieldRef, name);
  throw unsupported(`environment variable "${name}" has a source that is not known`);
}

function keyOf(
  reference: { readonly name: string; readonly key: string; readonly optional?: boolean | undefined },
  known: ReadonlyMap<string, KeyedData>,
  what: 'config map' | 'secret',
): string | undefined {
  const value = keyedData(reference, known, what)?.get(reference.key);
  if (value !== undefined) return asText(value);
  if (reference.optional) return undefined;
  throw new NotFoundError(`${what} "${reference.name}" has no key "${reference.key}"`, { code: 'no-such-key' });
}

function fieldOf({ metadata }: KubePod, path: string, variable: string): string {
  const keyed = /^metadata\.(labels|annotations)\['([^']*)'\]$/.exec(path);
  if (keyed !== null) return metadata?.[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  if (path === 'metadata.name') return metadata?.name ?? '';
  throw unsupported(`environment variable "${variable}": field ${path} is not known before the pod runs`);
}

function resourceOf(
  pod: KubePod,
  own: KubeContainer,
  reference: {
    readonly containerName?: string | undefined;
    readonly resource: string;
    readonly divisor?: string | number | undefined;
  },
  variable: string,
): string {
  const { containerName, resource } = reference;
  const container = containerName === undefined ? own : pod.spec.containers.find(({ name }) => name === containerName);
  const [kind, what] = resource.split('.', 2);
  if ((kind !== 'limits' && kind !== 'requests') || (what !== 'cpu' && what !== 'memory')) {
    throw unsupported(`environment variable "${variable}": resource ${resource} is not known`);
  }
  const divisor = parseQuantity(reference.divisor ?? 1) || 1;
  return String(Math.ceil(parseQuantity(container?.resources?.[kind]?.[what] ?? 0) / divisor));
}

function asText(value: Uint8Array): string {
  return Buffer.from(value).toString();
}

function unsupported(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'unsupported-field' });
}
