import type { FlagTable } from '../grammar/flags.ts';

/** Flags of `run` and `create` about how it is found out whether a container does its work. */
export const healthFlags = {
  'health-cmd': {
    kind: 'string',
    metavar: 'COMMAND',
    help: 'Command that tells by exit code 0 that all is well: text for a shell, a JSON list, or none',
  },
  'health-interval': { kind: 'string', help: 'Time between two checks, usually 30s; disable: only by hand' },
  'health-on-failure': {
    kind: 'string',
    metavar: 'ACTION',
    help: 'What to do when it is unhealthy: none, kill, restart or stop',
  },
  'health-retries': { kind: 'uint', help: 'So many failures in a row make it unhealthy; usually 3' },
  'health-start-period': { kind: 'string', help: 'Time after the start in which failures do not count' },
  'health-timeout': { kind: 'string', help: 'Time after which a check has failed, usually 30s' },
  'no-healthcheck': { kind: 'bool', help: 'Do no checks, whatever the image says' },
} as const satisfies FlagTable;
