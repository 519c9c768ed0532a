import { readFileSync } from 'node:fs';
import type { MonitorPaths } from '@tspod/core';
import { conmonFiles } from './conmon-files.ts';
import { readIfPresent } from './read-if-present.ts';

/** The pid that conmon wrote down; undefined before, or when it was forgotten. */
export function readMonitorPid(paths: MonitorPaths): number | undefined {
  const text = readIfPresent(conmonFiles(paths).monitorPid);
  return text === undefined || text === '' ? undefined : Number(text);
}

/**
 * Whether the conmon of this container or session still runs. Its command line has the id, so a recycled pid is not mistaken
 * for it; a zombie has none.
 */
export function isMonitorRunning(paths: MonitorPaths): boolean {
  const pid = readMonitorPid(paths);
  if (pid === undefined) return false;
  return supervises(commandLine(pid), paths);
}

/** Whether a process with this command line is the conmon of this container or session. */
export function supervises(line: string, paths: MonitorPaths): boolean {
  return line.includes(`\0-u\0${paths.sessionId ?? paths.id}\0`);
}

/** Arguments of a process, each with a zero byte behind; empty when there is no such process. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}
