import type { RuntimeOptions } from 'tspod';
import type { FlagTable, FlagValues } from './grammar/flags.ts';
import type { Output } from './output.ts';
import { refusedFlags } from './refused-flags.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'fatal', 'panic'] as const;

/** Flags that every command takes, before its name or after it. */
export const globalFlags = {
  backend: { kind: 'stringArray', help: 'Package with one more OCI runtime or storage, by absolute path or name' },
  'cgroup-manager': { kind: 'string', choices: ['cgroupfs', 'systemd'], help: 'Who makes cgroups: cgroupfs or systemd' },
  conmon: { kind: 'string', help: 'Path of conmon' },
  'events-backend': {
    kind: 'string',
    choices: ['file', 'sqlite', 'journald', 'none'],
    hidden: true,
    help: 'Where events are kept: tspod has one place',
  },
  'hooks-dir': { kind: 'strings', help: 'Directory of OCI hooks; in place of those of containers.conf' },
  'log-level': {
    kind: 'string',
    choices: levels,
    default: 'warn',
    help: `Least severe of the engine's own messages that are shown: ${levels.join(', ')}`,
  },
  noout: { kind: 'bool', help: 'Write nothing to stdout' },
  'network-cmd-path': { kind: 'string', help: 'Path of slirp4netns' },
  'network-config-dir': { kind: 'string', help: 'Directory of the networks' },
  root: { kind: 'string', help: 'Directory of images and containers' },
  runroot: { kind: 'string', help: 'Directory of what must vanish at reboot' },
  runtime: { kind: 'string', help: 'OCI runtime for new containers, by name or path' },
  'runtime-flag': { kind: 'stringArray', help: 'Argument for every call of the OCI runtime' },
  'signature-policy': { kind: 'string', help: 'Policy that images from elsewhere have to meet' },
  'storage-driver': { kind: 'string', help: 'Storage for the root filesystems of new containers' },
  'storage-opt': { kind: 'stringArray', help: 'Option of the storage driver' },
  volumepath: { kind: 'string', help: "Directory of volumes' data" },
  tmpdir: { kind: 'string', help: "Directory of the engine's own volatile files" },
} as const satisfies FlagTable;

/** Flags that stand before the command only, and the global ones. */
export const leadingFlags = {
  ...globalFlags,
  ...refusedFlags,
  connection: { ...refusedFlags.connection, shorthand: 'c' },
  remote: { ...refusedFlags.remote, shorthand: 'r' },
  version: { kind: 'bool', shorthand: 'v', help: 'Show the version' },
} as const satisfies FlagTable;

export type GlobalValues = FlagValues<typeof globalFlags>;

/** What the flags mean to `createRuntime`. */
export function runtimeOptions(globals: GlobalValues, output: Output): RuntimeOptions {
  const threshold = rank(globals['log-level']);
  return {
    root: globals.root,
    runRoot: globals.runroot,
    temporaryDirectory: globals.tmpdir,
    signaturePolicy: globals['signature-policy'],
    storageDriver: globals['storage-driver'],
    storageOptions: globals['storage-opt'],
    runtime: globals.runtime,
    runtimeFlags: globals['runtime-flag'],
    hooksDirectories: globals['hooks-dir'].length > 0 ? globals['hooks-dir'] : undefined,
    cgroupManager: globals['cgroup-manager'] as RuntimeOptions['cgroupManager'],
    conmon: globals.conmon,
    volumePath: globals.volumepath,
    networkConfigDirectory: globals['network-config-dir'],
    networkCommand: globals['network-cmd-path'],
    backends: globals.backend,
    log: (level, message) => {
      if (rank(level) >= threshold) output.log(level, message);
    },
  };
}

function rank(level: string): number {
  return levels.indexOf((level === 'warning' ? 'warn' : level) as (typeof levels)[number]);
}
