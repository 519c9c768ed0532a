import { firstExecutable, type OciRuntime } from '@tspod/core';
import { createOciCli, type OciCliDependencies, type OciCliTraits } from '@tspod/oci-cli';
import { defaultPaths, type RuncSettings } from './runc-settings.ts';

const traits: OciCliTraits = {
  capabilities: {
    killsPaused: true,
    noCgroups: false,
    checkpoint: true,
    updatesBlockDevices: false,
    systemdCgroups: true,
  },
  unknownContainer: [/\bcontainer does not exist\b/],
  record: { stateRoot: '/run/runc', file: 'state.json', keys: ['id', 'init_process_pid', 'config'] },
};

/** runc. Without an executable the first of the paths is taken, and `probe` says that it is missing. */
export function createRunc(settings: RuncSettings, deps: OciCliDependencies): OciRuntime {
  const paths = settings.paths ?? defaultPaths;
  const path = firstExecutable(paths) ?? paths[0] ?? defaultPaths[0];
  return createOciCli({ ...settings, name: settings.name ?? 'runc', path }, traits, deps);
}
