import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { executableVersion, type MonitorLog, type MonitorPaths, readTextIfThere } from '@tspod/core';
import { conmonFiles } from './conmon-files.ts';
import { commandLine } from './monitor-process.ts';

/** Milliseconds in which the processes of a keeper that was killed are gone. */
const patience = 1_000;

/** Whether conmon keeps older files itself (`--log-rotate`): 2.2.0 was the first that did. */
export async function keepsLogs(path: string): Promise<boolean> {
  const { version } = await executableVersion(path);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 2);
}

/**
 * An older conmon puts a new file in the place of a log that is full, and the old one is gone but for another name that it has. This shell gives
 * it one, `PATH.next`, and moves the files on when that is not the log any more. It looks whenever tail(1) says something, which the kernel
 * tells when another file gets the log's name, and which ends with the monitor. It can be killed at any moment: what is left is found by the
 * next one, and by readers.
 */
const script = `
log=$1 kept=$2
look() {
  [ ! -e "$log.next" ] || [ "$log" -ef "$log.next" ] && return
  number=$kept
  while [ "$number" -gt 1 ]; do
    younger=$((number - 1))
    [ ! -e "$log.$younger" ] || mv -f "$log.$younger" "$log.$number"
    number=$younger
  done
  mv -f "$log.next" "$log.1"
}
keep() {
  look
  ln -f "$log" "$log.next"
}
keep
echo ready
exec >/dev/null 2>&1
LC_ALL=C tail --pid="$3" -n 0 -F "$log" 2>&1 >/dev/null | while read -r line; do keep; done
look
rm -f "$log.next"
`;

/** Keeps older files of a log for as long as the monitor runs, which may be longer than this process does. Resolves when it is at work. */
export async function keepLogs(paths: MonitorPaths, { path, kept = 0 }: MonitorLog, monitorPid: number): Promise<void> {
  const argv = ['-c', script, 'log-keeper', path, String(kept), String(monitorPid)];
  const keeper = spawn('/bin/sh', argv, {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'exit')]);
  keeper.stdout.destroy();
  keeper.unref();
  writeFileSync(conmonFiles(paths).logKeeper, String(keeper.pid));
}

/** Ends the keeper of a container's log. Idempotent. */
export async function endKeeper(paths: MonitorPaths): Promise<void> {
  const group = Number(readTextIfThere(conmonFiles(paths).logKeeper) ?? 0);
  if (group === 0 || !isKeeper(group)) return;
  const deadline = performance.now() + patience;
  for (let isThere = signalGroup(group, 'SIGKILL'); isThere && performance.now() < deadline; isThere = signalGroup(group, 0)) {
    await sleep(5);
  }
}

/** Its number may be another process's by now. */
function isKeeper(pid: number): boolean {
  return commandLine(pid).includes('\0log-keeper\0');
}

/** False: nobody is in it any more. */
function signalGroup(group: number, signal: 'SIGKILL' | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
