import { readFileSync } from 'node:fs';

export interface Limit {
  readonly soft: number;
  readonly hard: number;
}

/** RLIM_INFINITY as a number. */
const infinity = 2 ** 64;

const names: ReadonlyMap<string, string> = new Map([
  ['Max cpu time', 'RLIMIT_CPU'],
  ['Max file size', 'RLIMIT_FSIZE'],
  ['Max data size', 'RLIMIT_DATA'],
  ['Max stack size', 'RLIMIT_STACK'],
  ['Max core file size', 'RLIMIT_CORE'],
  ['Max resident set', 'RLIMIT_RSS'],
  ['Max processes', 'RLIMIT_NPROC'],
  ['Max open files', 'RLIMIT_NOFILE'],
  ['Max locked memory', 'RLIMIT_MEMLOCK'],
  ['Max address space', 'RLIMIT_AS'],
  ['Max file locks', 'RLIMIT_LOCKS'],
  ['Max pending signals', 'RLIMIT_SIGPENDING'],
  ['Max msgqueue size', 'RLIMIT_MSGQUEUE'],
  ['Max nice priority', 'RLIMIT_NICE'],
  ['Max realtime priority', 'RLIMIT_RTPRIO'],
  ['Max realtime timeout', 'RLIMIT_RTTIME'],
]);

/** The limits of this process by OCI name; no limit is 2^64-1, which as a number is 2^64. */
export function readLimits(): ReadonlyMap<string, Limit> {
  return parseLimits(readFileSync('/proc/self/limits', 'utf8'));
}

export function parseLimits(table: string): ReadonlyMap<string, Limit> {
  const limits = new Map<string, Limit>();
  for (const line of table.split('\n')) {
    const [, title = '', soft = '', hard = ''] = /^(Max .*?)\s{2,}(\S+)\s+(\S+)/.exec(line) ?? [];
    const name = names.get(title);
    if (name !== undefined) limits.set(name, { soft: limitValue(soft), hard: limitValue(hard) });
  }
  return limits;
}

function limitValue(text: string): number {
  return text === 'unlimited' ? infinity : Number(text);
}
