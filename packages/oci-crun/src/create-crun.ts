import { firstExecutable, type OciRuntime } from '@tspod/core';
import { createOciCli, type OciCliDependencies, type OciCliTraits } from '@tspod/oci-cli';
import { type CrunSettings, defaultPaths } from './crun-settings.ts';

const traits: OciCliTraits = {
  capabilities: {
    killsPaused: false,
    noCgroups: true,
    checkpoint: false, // distributions build it without CRIU
    systemdCgroups: true,
  },
  unknownContainer: [
    /^error opening file `[^`]*\/status`: No such file or directory$/,
    /^cannot open directory '[^']*': No such file/,
  ],
  refusesHybridControllers: true,
  compiledSeccomp: { annotation: 'run.oci.seccomp_bpf_data', stateRoot: '/run/crun', file: 'seccomp.bpf' }, // crun(1)
};

/** crun. Without an executable the first of the paths is taken, and `probe` says that it is missing. */
export function createCrun(settings: CrunSettings, deps: OciCliDependencies): OciRuntime {
  const paths = settings.paths ?? defaultPaths;
  const path = firstExecutable(paths) ?? paths[0] ?? defaultPaths[0];
  return createOciCli({ ...settings, name: settings.name ?? 'crun', path }, traits, deps);
}
