import { readFileSync } from 'node:fs';
import type { NetworkUsage, ProcessIdentity } from '@tspod/core';
import { isRunning } from './process.ts';
import { hasCode } from './system-error.ts';

/** What the interfaces of a process's network namespace have received and sent, but for loopback. */
export function readNetworkUsage(process: ProcessIdentity): NetworkUsage | undefined {
  try {
    const usage = parseNetworkUsage(readFileSync(`/proc/${process.pid}/net/dev`, 'utf8'));
    return isRunning(process) ? usage : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EINVAL')) return undefined;
    throw error;
  }
}

/** A table of `/proc/<pid>/net/dev`: bytes are the first and the ninth number of an interface. */
export function parseNetworkUsage(table: string): NetworkUsage {
  const usage = { received: 0, sent: 0 };
  for (const line of table.split('\n')) {
    const [, name, numbers = ''] = /^\s*([^:\s|]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || name === 'lo') continue;
    const counters = numbers.trim().split(/\s+/).map(Number);
    usage.received += counters[0] ?? 0;
    usage.sent += counters[8] ?? 0;
  }
  return usage;
}
