import type { FlagTable } from './grammar/flags.ts';
import { UsageError } from './grammar/usage-error.ts';

const remote = 'tspod has no remote client; run it where the containers are, for instance with "ssh HOST tspod …"';

/** podman's global flags that tspod does not have, and what to do in place of them. */
const reasons: Readonly<Record<string, string>> = {
  connection: remote,
  identity: remote,
  remote,
  ssh: remote,
  url: remote,
  namespace: 'tspod does not divide a store; give every group of containers a store of its own with --root and --runroot',
  syslog: 'tspod writes its messages to stderr only; pipe them, for instance "tspod … 2>&1 | logger"',
};

/** For the parser; not shown in help. Commands have their own flags with podman's letters for these. */
export const refusedFlags = {
  connection: { kind: 'string', hidden: true, help: 'Refused' },
  identity: { kind: 'string', hidden: true, help: 'Refused' },
  remote: { kind: 'bool', hidden: true, help: 'Refused' },
  ssh: { kind: 'string', hidden: true, help: 'Refused' },
  url: { kind: 'string', hidden: true, help: 'Refused' },
  namespace: { kind: 'string', hidden: true, help: 'Refused' },
  syslog: { kind: 'bool', hidden: true, help: 'Refused' },
} as const satisfies FlagTable;

/** Events are kept in a database; podman's names of what is not one are refused. */
const backends: Readonly<Record<string, string | undefined>> = {
  journald: 'tspod keeps events in a database of its own; "tspod events --format json" can be piped into "systemd-cat"',
  none: 'tspod always keeps the newest events, in a database of limited size',
};

/**
 * @param own flags of the command, which may have the names of global ones.
 * @throws {UsageError} for the first flag that is given and means something that there is not.
 */
export function refuseFlags(values: Readonly<Record<string, unknown>>, own: FlagTable = {}): void {
  for (const [name, reason] of Object.entries(reasons)) {
    if (Object.hasOwn(own, name)) continue;
    if (values[name] !== undefined && values[name] !== false && values[name] !== '') throw refusal(`--${name}`, reason);
  }
  const backend = String(values['events-backend'] ?? '');
  const reason = backends[backend];
  if (reason !== undefined) throw refusal(`--events-backend ${backend}`, reason);
}

function refusal(flag: string, reason: string): UsageError {
  return new UsageError(`${flag} is not supported: ${reason}`);
}
