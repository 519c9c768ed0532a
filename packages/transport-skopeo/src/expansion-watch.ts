import { readdirSync, readFileSync } from 'node:fs';
import { type ExpansionLimit, exceedsExpansion } from '@tspod/core';

/** How often a look is taken, in milliseconds: what a bomb can write meanwhile does not fill a disk. */
const interval = 100;

/**
 * Watches by the kernel's counters whether a process, or one of its children (a program that unpacks for it), writes so much more than
 * it reads as only the unpacking of a bomb makes it.
 *
 * @param stop called once
 */
export function watchExpansion(pid: number, limit: ExpansionLimit, stop: () => void) {
  let expanded = false;
  const timer = setInterval(() => {
    expanded = [pid, ...childrenOf(pid)].some((process) => {
      const counters = countersOf(process);
      return counters !== undefined && exceedsExpansion(limit, counters.read, counters.written);
    });
    if (!expanded) return;
    clearInterval(timer);
    stop();
  }, interval);
  timer.unref();
  return { hasExpanded: () => expanded, end: () => clearInterval(timer) };
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch (error) {
    if (hasEnded(error)) return [];
    throw error;
  }
}

/** Bytes of all reads and writes, those of pipes and sockets, too. Undefined: it has ended. */
function countersOf(pid: number): { readonly read: number; readonly written: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/io`, 'utf8');
    const counter = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
    return { read: counter('rchar'), written: counter('wchar') };
  } catch (error) {
    if (hasEnded(error)) return undefined;
    throw error;
  }
}

function hasEnded(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}
