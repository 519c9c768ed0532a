import { InvalidArgumentError } from '../errors.ts';
import type { Rlimit } from '../oci/spec.ts';

/** RLIM_INFINITY as nearly as a number can hold it; `serialiseSpec` writes it exactly. */
export const unlimited = 2 ** 64;

export type HostLimits = ReadonlyMap<string, { readonly soft: number; readonly hard: number }>;

/** What a container gets unless asked otherwise: podman's limits for rootful containers. */
const defaultLimit = 1_048_576;

const limitNames: ReadonlySet<string> = new Set(
  'as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' '),
);

/**
 * Parses `nofile=1024:2048` or `core=0`; -1 is no limit.
 * @throws {InvalidArgumentError} `invalid-ulimit` naming the text.
 */
export function parseUlimit(text: string): Rlimit {
  const refuse = (reason: string): never => {
    throw new InvalidArgumentError(`ulimit option "${text}" requires name=SOFT:HARD, failed to be parsed: ${reason}`, {
      code: 'invalid-ulimit',
      hint: `names are ${[...limitNames].join(', ')}`,
    });
  };
  const [, name = '', values] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  if (values === undefined) return refuse(`invalid ulimit argument: ${text}`);
  if (!limitNames.has(name.toLowerCase())) return refuse(`invalid ulimit type: ${name}`);
  const [softText = '', hardText = softText, ...more] = values.split(':');
  if (more.length > 0) {
    return refuse(`too many limit value arguments - ${values}, can only have up to two, \`soft[:hard]\``);
  }
  for (const number of [hardText, softText]) {
    if (!/^[+-]?\d+$/.test(number)) return refuse(`strconv.ParseInt: parsing "${number}": invalid syntax`);
  }
  const [soft, hard] = [limitOf(softText), limitOf(hardText)];
  if (soft > hard) return refuse(`ulimit soft limit must be less than or equal to hard limit: ${softText} > ${hardText}`);
  return { type: `RLIMIT_${name.toUpperCase()}`, soft, hard };
}

/** In place of limits: the container's processes have those of the engine's. */
const hostLimits = 'host';

/**
 * The limits of a container as asked for: one per name, the last one wins, open files and processes always among them. None with `host`.
 * @throws {InvalidArgumentError} `invalid-ulimit`.
 */
export function requestedRlimits(ulimits: readonly string[]): Rlimit[] {
  if (ulimits.includes(hostLimits)) return [];
  const limits = new Map(ulimits.map(parseUlimit).map((limit) => [limit.type, limit]));
  for (const type of ['RLIMIT_NOFILE', 'RLIMIT_NPROC']) {
    if (!limits.has(type)) limits.set(type, { type, soft: defaultLimit, hard: defaultLimit });
  }
  return [...limits.values()];
}

/**
 * Lowers what is above this machine's hard limits, which only a process with CAP_SYS_RESOURCE may exceed: the runtime would refuse
 * to make the container otherwise (podman does not lower, and fails).
 */
export function clampRlimits(limits: readonly Rlimit[], host: HostLimits): Rlimit[] {
  return limits.map(({ type, soft, hard }) => {
    const ceiling = host.get(type)?.hard ?? unlimited;
    return { type, soft: Math.min(soft, ceiling), hard: Math.min(hard, ceiling) };
  });
}

function limitOf(text: string): number {
  return text.startsWith('-') ? unlimited : Number(text);
}
