import { statSync } from 'node:fs';
import { type Usability, unusable, usable } from '@tspod/core';

/** Where conmon sends what it logs to. */
const journalSocket = '/run/systemd/journal/socket';

/** conmon itself drops what it can't send, without a word. */
export function journalUsability(): Usability {
  if (statSync(journalSocket, { throwIfNoEntry: false })?.isSocket()) return usable;
  return unusable(`failed to initialize journal: journald does not run here: ${journalSocket}: no such file or directory`);
}
