import { firstExecutable, type OciRuntime } from '@tspod/core';
import { createOciCli, type OciCliDependencies, type OciCliTraits } from '@tspod/oci-cli';
import { type CrunSettings, defaultPaths } from './crun-settings.ts';

const traits: OciCliTraits = {
  capabilities: {
    killsPaused: false,
    noCgroups: true,
    checkpoint: true, // where it was built with CRIU, which Debian's is not
    systemdCgroups: true,
    mapsMounts: true,
  },
  unknownContainer: [
    /^error opening file `[^`]*\/status`: No such file or directory$/,
    /^cannot open directory '[^']*': No such file/,
  ],
  largestQuota: 2 ** 44 - 1, // the kernel's; crun 1.8 writes -1 as an unsigned number, and ignores it with cgroup v2
  noCgroupArguments: ['--cgroup-manager=disabled'],
  refusesHybridControllers: true,
  compiledSeccomp: { annotation: 'run.oci.seccomp_bpf_data', file: 'seccomp.bpf' }, // crun(1)
  record: { stateRoot: '/run/crun', file: 'status', keys: ['pid', 'bundle'] },
};

/** crun. Without an executable the first of the paths is taken, and `probe` says that it is missing. */
export function createCrun(settings: CrunSettings, deps: OciCliDependencies): OciRuntime {
  const paths = settings.paths ?? defaultPaths;
  const path = firstExecutable(paths) ?? paths[0] ?? defaultPaths[0];
  return createOciCli({ ...settings, name: settings.name ?? 'crun', path }, traits, deps);
}
