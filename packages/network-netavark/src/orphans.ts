import { readdirSync } from 'node:fs';
import { readTextIfThere } from '@tspod/core';

/** How long a helper that was orphaned may take to end. Milliseconds. */
const orphanPatience = 20_000;

/** Waits for a netavark that works at this namespace and whose caller was killed: it would undo what we do. */
export async function waitForOrphans(path: string): Promise<void> {
  const deadline = performance.now() + orphanPatience;
  while (processesNaming(path) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function processesNaming(path: string): boolean {
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    // it may end between the listing and the look
    const words = (readTextIfThere(`/proc/${pid}/cmdline`, ['ENOENT', 'ESRCH']) ?? '').split('\0');
    return words.includes(path) && words[0]?.endsWith('netavark') === true;
  });
}
