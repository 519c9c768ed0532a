import { fileURLToPath } from 'node:url';
import type { ExitCommand, ExitTarget } from '@tspod/core';
import type { RuntimeOptions } from './options.ts';

/**
 * What runs when a container's or exec session's process has ended. Starting Node costs tens of milliseconds of CPU, which a
 * container with a process in attendance need not pay: a shell looks first. Without the marker there is nothing to clean up. While
 * the attended lock is held, somebody promised to do it: wait for him, then look again.
 */
const guard = `[ -e "$1" ] || exit 0
{ flock 9; } 2>/dev/null 9<"$2"
[ -e "$1" ] || exit 0
shift 2
exec "$@"`;

/** The flags with which the exit command composes the same runtime as this one. */
export function exitCommandFor(options: RuntimeOptions): (target: ExitTarget) => ExitCommand {
  const script = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './exit.ts' : './exit.js', import.meta.url));
  const flags = Object.entries({
    root: options.root,
    runroot: options.runRoot,
    tmpdir: options.temporaryDirectory,
    'storage-driver': options.storageDriver,
    runtime: options.runtime,
    'cgroup-manager': options.cgroupManager,
    conmon: options.conmon,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
  const lists = [
    ...(options.backends ?? []).map((value) => `--backend=${value}`),
    ...(options.storageOptions ?? []).map((value) => `--storage-opt=${value}`),
    ...(options.runtimeFlags ?? []).map((value) => `--runtime-flag=${value}`),
  ];
  return ({ containerId, sessionId, marker, attendedLock }) => ({
    executable: '/bin/sh',
    arguments: [
      '-c',
      guard,
      'tspod-exit',
      marker,
      attendedLock,
      process.execPath,
      ...process.execArgv,
      script,
      ...flags,
      ...lists,
      ...(sessionId === undefined ? [] : [`--exec=${sessionId}`]),
      containerId,
    ],
  });
}
