import { type ContainerMonitor, executableVersion, firstExecutable, type Usability, unusable, usable } from '@tspod/core';
import { abandon } from './abandon.ts';
import { attach } from './attach.ts';
import { type ConmonSettings, defaultPaths } from './conmon-settings.ts';
import { createContainer } from './create-container.ts';
import { execSession } from './exec-session.ts';
import { readExitStatus, waitExitStatus } from './exit-status.ts';
import { forgetFiles } from './forget-files.ts';
import { journalUsability } from './journal-usability.ts';
import { endKeeper } from './log-keeper.ts';
import { createResizer } from './terminal-size.ts';

/** A `ContainerMonitor` that is conmon, 2.1.6 or later. */
export function createConmonMonitor(settings: ConmonSettings = {}): ContainerMonitor {
  const paths = settings.paths ?? defaultPaths;
  const path = firstExecutable(paths) ?? paths[0] ?? defaultPaths[0];
  const program = { path, logLevel: settings.logLevel ?? 'warning' };
  return {
    specVersion: 'v1',
    name: 'conmon',
    path,
    probe: async () => (firstExecutable(paths) === undefined ? notInstalled(paths) : usable),
    version: () => executableVersion(path),
    create: (request) => createContainer(program, request),
    exec: (request) => execSession(program, request),
    attach,
    resize: createResizer(),
    exitStatus: async (ofPaths) => readExitStatus(ofPaths),
    waitExit: (ofPaths, { signal } = {}) => waitExitStatus(ofPaths, signal),
    journalUsability,
    async *journal(containerId, options) {
      const { readJournal } = await import('./journal.ts');
      yield* readJournal(containerId, options);
    },
    abandon,
    async forget(ofPaths) {
      await endKeeper(ofPaths);
      forgetFiles(ofPaths);
    },
  };
}

function notInstalled(paths: readonly string[]): Usability {
  return unusable(`none of ${paths.join(', ')} can be run: install it with \`apt-get install conmon\`, or name it with --conmon`);
}
