import { basename } from 'node:path';
import type { EngineConfiguration } from '@tspod/config';
import { type Backend, firstExecutable, type Host, type OciRuntime, UnavailableError } from '@tspod/core';
import { createOciCli, type OciExecutableSettings } from '@tspod/oci-cli';
import { createCrun } from '@tspod/oci-crun';
import { createRunc } from '@tspod/oci-runc';

export interface RuntimeSettings {
  readonly systemdCgroup: boolean;
  readonly extraArguments: readonly string[];
}

/** The OCI runtimes of a machine. */
export interface Runtimes {
  /** In order of preference. */
  readonly candidates: readonly OciRuntime[];
  /** Name of the one that new containers use; undefined: the first usable candidate. */
  readonly wanted: string | undefined;
  /** By name or absolute path. */
  named(name: string): OciRuntime | undefined;
}

/** A runtime that we ship a package for, by the name of its executable. */
export const shippedRuntimes = new Map([
  ['crun', createCrun],
  ['runc', createRunc],
]);

/** What may be expected of any executable with runc's command line. */
const commonTraits = {
  capabilities: { killsPaused: false, noCgroups: false, checkpoint: false, systemdCgroups: true },
  unknownContainer: [/container .*(does not exist|not found)/i, /no such container/i],
};

/**
 * The runtimes that the configuration names; by default those that we ship a package for are tried, in the order of their names here,
 * and then those of other packages.
 *
 * @param wanted name or absolute path of the one that new containers use.
 * @param outside packages of others. What they are called is looked for among them before it is taken for an executable.
 * @throws {UnavailableError} `no-usable-backend` when `wanted` is neither known nor a path.
 */
export function composeRuntimes(
  configuration: EngineConfiguration,
  wanted: string | undefined,
  settings: RuntimeSettings,
  host: Host,
  outside: readonly Backend<'runtime'>[] = [],
): Runtimes {
  const known = new Map<string, OciRuntime>();
  const named = (name: string): OciRuntime | undefined => {
    const runtime = known.get(name) ?? make(name);
    if (runtime !== undefined) known.set(name, runtime);
    return runtime;
  };
  const make = (name: string): OciRuntime | undefined => {
    const paths = name.startsWith('/') ? [name] : configuration.runtimes[name];
    const backend = outside.find((candidate) => candidate.name === name);
    if (backend !== undefined) return backend.create({ ...settings, paths }, { host });
    return paths === undefined ? undefined : compose(name, paths, settings, host);
  };
  const preferred = [...shippedRuntimes.keys(), ...outside.map(({ name }) => name)];
  if (wanted !== undefined && named(wanted) === undefined) {
    throw new UnavailableError(`default OCI runtime "${wanted}" not found`, {
      code: 'no-usable-backend',
      hint: `name one of ${[...new Set([...Object.keys(configuration.runtimes), ...preferred])].join(', ')}, or give an absolute path`,
    });
  }
  const names = wanted === undefined || preferred.includes(wanted) ? preferred : [wanted, ...preferred];
  return {
    get candidates() {
      return names.flatMap((name) => named(name) ?? []);
    },
    wanted: wanted === undefined ? undefined : named(wanted)?.name,
    named,
  };
}

function compose(name: string, paths: readonly string[], settings: RuntimeSettings, host: Host): OciRuntime {
  const executable: OciExecutableSettings = { ...settings, name, paths };
  const create = shippedRuntimes.get(basename(name));
  if (create !== undefined) return create(executable, { host });
  const path = firstExecutable(paths) ?? paths[0] ?? name;
  return createOciCli({ ...settings, name, path }, commonTraits, { host });
}
