import { join } from 'node:path';
import type { MonitorPaths } from '@tspod/core';

/** Everything that conmon writes for one container or exec session, but the log. */
export interface ConmonFiles {
  /** Socket of the streams. */
  readonly attach: string;
  /** Fifo for commands, e.g. the terminal's new size. */
  readonly control: string;
  /** Fifo that conmon uses inside. */
  readonly windowSize: string;
  /** Pid of the container's (or session's) process. */
  readonly pid: string;
  /** Pid of conmon itself. */
  readonly monitorPid: string;
  /** Pid of the shell that keeps older logs. */
  readonly logKeeper: string;
  /** Named after the container for a session, too. */
  readonly exit: string;
  /** Directory for the marker of an out-of-memory kill, among others. */
  readonly persist: string;
  readonly oom: string;
  /** conmon before 2.1.13 leaves the same marker in its working directory. */
  readonly strayOom: string;
}

export function conmonFiles({ id, bundleDir, runDir, exitDir }: MonitorPaths): ConmonFiles {
  const persist = join(runDir, 'persist');
  return {
    attach: join(bundleDir, 'attach'),
    control: join(bundleDir, 'ctl'),
    windowSize: join(bundleDir, 'winsz'),
    pid: join(runDir, 'pidfile'),
    monitorPid: join(runDir, 'conmon.pid'),
    logKeeper: join(runDir, 'log-keeper.pid'),
    exit: join(exitDir, id),
    persist,
    oom: join(persist, 'oom'),
    strayOom: join(bundleDir, 'oom'),
  };
}
