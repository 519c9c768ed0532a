import { type Container, EngineError } from '@tspod/core';
import type { Runtime } from 'tspod';

/** A container as the user named it. */
export interface NamedContainer {
  readonly name: string;
  readonly container: Container;
}

/**
 * The containers with these names. All of them are looked up before anything is done to one.
 * @throws {NotFoundError} unless `ignoreMissing`.
 */
export async function namedContainers(
  runtime: Runtime,
  names: readonly string[],
  { ignoreMissing = false }: { readonly ignoreMissing?: boolean } = {},
): Promise<NamedContainer[]> {
  const found: NamedContainer[] = [];
  for (const name of names) {
    try {
      found.push({ name, container: await runtime.container(name) });
    } catch (error) {
      if (!ignoreMissing || !isMissing(error)) throw error;
    }
  }
  return found;
}

/** Every container, or every running one, by its id. */
export async function everyContainer(runtime: Runtime, options: { readonly all: boolean }): Promise<NamedContainer[]> {
  const summaries = await runtime.listContainers(options);
  return namedContainers(
    runtime,
    summaries.map(({ id }) => id),
    { ignoreMissing: true },
  );
}

/** The container that was made last, by its id. @throws {NotFoundError} `no-such-container` when there is none. */
export async function newestContainer(runtime: Runtime): Promise<NamedContainer[]> {
  const container = await runtime.latestContainer();
  return [{ name: container.id, container }];
}

/** There is no such container, or no longer. */
export function isMissing(error: unknown): boolean {
  return EngineError.isInstance(error) && error.code === 'no-such-container';
}
