import type { RuntimeOptions } from './options.ts';

/** Flags of the programs that run beside the command line, for parseArgs: what `flagsOf` writes. */
export const runtimeFlags = {
  root: { type: 'string' },
  runroot: { type: 'string' },
  tmpdir: { type: 'string' },
  'storage-driver': { type: 'string' },
  volumepath: { type: 'string' },
  'network-config-dir': { type: 'string' },
  'network-cmd-path': { type: 'string' },
  'storage-opt': { type: 'string', multiple: true },
  runtime: { type: 'string' },
  'runtime-flag': { type: 'string', multiple: true },
  'hooks-dir': { type: 'string', multiple: true },
  'cgroup-manager': { type: 'string' },
  conmon: { type: 'string' },
  backend: { type: 'string', multiple: true },
} as const;

type Values = {
  readonly [Name in keyof typeof runtimeFlags]?:
    | ((typeof runtimeFlags)[Name] extends { multiple: true } ? string[] : string)
    | undefined;
};

export function optionsOf(values: Values): RuntimeOptions {
  return {
    root: values.root,
    runRoot: values.runroot,
    temporaryDirectory: values.tmpdir,
    storageDriver: values['storage-driver'],
    volumePath: values.volumepath,
    networkConfigDirectory: values['network-config-dir'],
    networkCommand: values['network-cmd-path'],
    storageOptions: values['storage-opt'],
    runtime: values.runtime,
    runtimeFlags: values['runtime-flag'],
    hooksDirectories: values['hooks-dir'],
    cgroupManager: values['cgroup-manager'] as RuntimeOptions['cgroupManager'],
    conmon: values.conmon,
    backends: values.backend,
  };
}
