import { readdirSync } from 'node:fs';
import { type MonitorPaths, RuntimeFailedError } from '@tspod/core';
import { killIfThere } from '@tspod/linux';
import { commandLine, supervises } from './monitor-process.ts';

/** Milliseconds between two looks, and for which the kernel may take to end a killed process. */
const interval = 5;
const patience = 10_000;

/** Kills conmon and the runtime's create of one container until there is none. Looks through all processes, because a conmon that has just started has not written its pid down. */
export async function abandon(paths: MonitorPaths): Promise<void> {
  const deadline = performance.now() + patience;
  for (let left = workersOf(paths); left.length > 0; left = workersOf(paths)) {
    if (performance.now() > deadline) throw immortal(paths, left);
    for (const pid of left) killIfThere(pid);
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}

function workersOf(paths: MonitorPaths): number[] {
  const pids = readdirSync('/proc')
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number);
  return pids.filter((pid) => {
    const line = commandLine(pid);
    return supervises(line, paths) || creates(line, paths.id);
  });
}

/** `…/crun … create --bundle … ID`, and the container's first process before it has become the command. */
function creates(line: string, id: string): boolean {
  return line.endsWith(`\0${id}\0`) && line.includes('\0create\0');
}

function immortal({ id }: MonitorPaths, pids: readonly number[]): RuntimeFailedError {
  return new RuntimeFailedError(`the processes ${pids.join(', ')} that make container ${id} do not end`, {
    code: 'monitor-immortal',
    argv: [],
    hint: 'look at what they wait for, e.g. with `cat /proc/PID/stack`',
  });
}
