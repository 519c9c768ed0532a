import type { MonitorPaths } from '@tspod/core';
import { readTextIfThere } from '@tspod/core';
import { conmonFiles } from './conmon-files.ts';

/** The pid that conmon wrote down; undefined before, or when it was forgotten. */
export function readMonitorPid(paths: MonitorPaths): number | undefined {
  const text = readTextIfThere(conmonFiles(paths).monitorPid);
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
  return readTextIfThere(`/proc/${pid}/cmdline`, ['ENOENT', 'ESRCH']) ?? '';
}
