import { basename } from 'node:path';
import type { EngineConfiguration } from '@tspod/config';
import { firstExecutable, type Host, type OciRuntime, UnavailableError } from '@tspod/core';
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
  /** By name or absolute path. */
  named(name: string): OciRuntime | undefined;
}

/** A runtime that we ship a package for, by the name of its executable. */
const shipped = new Map([
  ['crun', createCrun],
  ['runc', createRunc],
]);

/** What may be expected of any executable with runc's command line. */
const commonTraits = {
  capabilities: { killsPaused: false, noCgroups: false, checkpoint: false, systemdCgroups: true },
  unknownContainer: [/container .*(does not exist|not found)/i, /no such container/i],
};

/**
 * The runtimes that the configuration names; by default those that we ship a package for are tried, in the order of their names here.
 *
 * @param wanted name or absolute path of the one that new containers use.
 * @throws {UnavailableError} `no-usable-backend` when `wanted` is neither configured nor a path.
 */
export function composeRuntimes(
  configuration: EngineConfiguration,
  wanted: string | undefined,
  settings: RuntimeSettings,
  host: Host,
): Runtimes {
  const known = new Map<string, OciRuntime>();
  const named = (name: string): OciRuntime | undefined => {
    const paths = name.startsWith('/') ? [name] : configuration.runtimes[name];
    if (paths === undefined) return undefined;
    const runtime = known.get(name) ?? compose(name, paths, settings, host);
    known.set(name, runtime);
    return runtime;
  };
  const candidates = (wanted === undefined ? [...shipped.keys()] : [wanted]).flatMap((name) => named(name) ?? []);
  if (candidates.length === 0) {
    throw new UnavailableError(`default OCI runtime "${wanted}" not found`, {
      code: 'no-usable-backend',
      hint: `name one of ${Object.keys(configuration.runtimes).join(', ')}, or give an absolute path`,
    });
  }
  return { candidates, named };
}

function compose(name: string, paths: readonly string[], settings: RuntimeSettings, host: Host): OciRuntime {
  const executable: OciExecutableSettings = { ...settings, name, paths };
  const create = shipped.get(basename(name));
  if (create !== undefined) return create(executable, { host });
  const path = firstExecutable(paths) ?? paths[0] ?? name;
  return createOciCli({ ...settings, name, path }, commonTraits, { host });
}
