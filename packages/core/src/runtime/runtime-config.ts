import type { ContainerDefaults, Places, RuntimeParts } from './parts.ts';

/** What a `Runtime` was made with: options, flags and configuration files together. */
export interface RuntimeConfig {
  readonly places: Places;
  /** What a container gets when its creator says nothing. */
  readonly containers: Omit<ContainerDefaults, 'engineEnvironment'>;
  readonly storage: {
    /** Name of the one that new containers use; undefined: the first usable. */
    readonly chosen: string | undefined;
    /** In order of preference. */
    readonly candidates: readonly string[];
  };
  readonly runtime: {
    /** Name or path, likewise. */
    readonly chosen: string | undefined;
    readonly candidates: readonly { readonly name: string; readonly path: string }[];
  };
  readonly monitor: { readonly name: string; readonly path: string };
  /** Environment of the monitor and of the exit command. */
  readonly helperEnvironment: Readonly<Record<string, string>>;
  readonly engineVersion: string;
}

/** A copy that is not connected to what it was made of. Without the variables of the caller's own process. */
export function runtimeConfigOf(parts: RuntimeParts): RuntimeConfig {
  const { engineEnvironment, ...containers } = parts.defaults;
  return structuredClone({
    places: { ...parts.places },
    containers,
    storage: { chosen: parts.defaultStorage, candidates: parts.storages.map(({ name }) => name) },
    runtime: { chosen: parts.defaultRuntime, candidates: parts.runtimes.map(({ name, path }) => ({ name, path })) },
    monitor: { name: parts.monitor.name, path: parts.monitor.path },
    helperEnvironment: parts.helperEnvironment,
    engineVersion: parts.engineVersion,
  });
}
