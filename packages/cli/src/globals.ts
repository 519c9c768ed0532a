import type { RuntimeOptions } from 'tspod';
import type { FlagTable, FlagValues } from './grammar/flags.ts';
import type { Output } from './output.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'fatal', 'panic'] as const;

/** Flags that every command takes, before its name or after it. */
export const globalFlags = {
  'cgroup-manager': { kind: 'string', choices: ['cgroupfs', 'systemd'], help: 'Cgroup manager to use ("cgroupfs"|"systemd")' },
  conmon: { kind: 'string', help: 'Path of the conmon binary' },
  'log-level': {
    kind: 'string',
    choices: levels,
    default: 'warn',
    help: `Log messages above specified level (${levels.join(', ')})`,
  },
  root: { kind: 'string', help: 'Path to the root directory in which data, including images, is stored' },
  runroot: { kind: 'string', help: "Path to the 'run directory' where all state information is stored" },
  runtime: { kind: 'string', help: 'Name or path of the OCI runtime for new containers' },
  'runtime-flag': { kind: 'stringArray', help: 'Global flags for the OCI runtime' },
  'storage-driver': { kind: 'string', help: 'Storage for the root filesystems of new containers' },
  'storage-opt': { kind: 'stringArray', help: 'Option for the storage driver' },
  tmpdir: { kind: 'string', help: "Path to the directory for the engine's own volatile files" },
} as const satisfies FlagTable;

/** Flags that stand before the command only, and the global ones. */
export const leadingFlags = {
  ...globalFlags,
  version: { kind: 'bool', shorthand: 'v', help: 'Version of tspod' },
} as const satisfies FlagTable;

export type GlobalValues = FlagValues<typeof globalFlags>;

/** What the flags mean to `createRuntime`. */
export function runtimeOptions(globals: GlobalValues, output: Output): RuntimeOptions {
  const threshold = rank(globals['log-level']);
  return {
    root: globals.root,
    runRoot: globals.runroot,
    temporaryDirectory: globals.tmpdir,
    storageDriver: globals['storage-driver'],
    storageOptions: globals['storage-opt'],
    runtime: globals.runtime,
    runtimeFlags: globals['runtime-flag'],
    cgroupManager: globals['cgroup-manager'] as RuntimeOptions['cgroupManager'],
    conmon: globals.conmon,
    log: (level, message) => {
      if (rank(level) >= threshold) output.log(level, message);
    },
  };
}

export function isDebugging(globals: GlobalValues): boolean {
  return rank(globals['log-level']) <= rank('debug');
}

function rank(level: string): number {
  return levels.indexOf((level === 'warning' ? 'warn' : level) as (typeof levels)[number]);
}
