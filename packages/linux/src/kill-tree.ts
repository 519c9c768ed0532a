import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { ProcessIdentity } from '@tspod/core';
import { processIdentity, signalProcess } from './process.ts';
import { hasCode } from './system-error.ts';

const { SIGKILL, SIGSTOP } = constants.signals;

/** Kills a process and all that descend from it. Each is stopped before its children are looked up: it can't make more meanwhile. */
export function killTree(root: ProcessIdentity): void {
  const found = [root];
  for (const process of found) {
    if (!signalProcess(process, SIGSTOP)) continue;
    for (const pid of childrenOf(process.pid)) {
      const child = processIdentity(pid);
      if (child !== undefined) found.push(child);
    }
  }
  for (const process of found) signalProcess(process, SIGKILL);
}

/** Pids of the children of all of its threads; empty when it is gone. */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return [];
    throw error;
  }
}
