import { fileURLToPath } from 'node:url';
import type { ExitCommand, ExitTarget } from '@tspod/core';
import type { RuntimeOptions } from './options.ts';

/**
 * What runs when a container's or exec session's process has ended. Starting Node costs tens of milliseconds of CPU, which a
 * container with a process in attendance need not pay: a shell looks first. Without the marker there is nothing to clean up. While
 * the attended lock is held, somebody promised to do it: wait for him, then look again.
 *
 * The paths are those of the installation that started the container. When the script is not there, or Node finds some of its modules
 * missing (it exits with 1 then, our own failures with 125), that installation is being replaced: for half a minute the shell tries
 * again. An installation that is gone for good leaves the container to the next command of another one.
 */
const guard = `marker=$1 lock=$2 script=$3
shift 3
[ -e "$marker" ] || exit 0
{ flock 9; } 2>/dev/null 9<"$lock"
code=1 tries=0
while [ $code = 1 ] && [ $tries -lt 60 ] && [ -e "$marker" ]; do
  [ $tries = 0 ] || sleep 0.5
  tries=$((tries + 1))
  [ -x "$1" ] && [ -e "$script" ] || continue
  "$@"
  code=$?
done
[ -e "$marker" ] || exit 0
exit $code`;

/** The command that cleans up with the same runtime as this one. */
export function exitCommandFor(options: RuntimeOptions): (target: ExitTarget) => ExitCommand {
  const script = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './exit.ts' : './exit.js', import.meta.url));
  const flags = flagsOf(options);
  return ({ containerId, sessionId, marker, attendedLock }) => ({
    executable: '/bin/sh',
    arguments: [
      '-c',
      guard,
      'tspod-exit',
      marker,
      attendedLock,
      script,
      process.execPath,
      ...process.execArgv,
      script,
      ...flags,
      ...(sessionId === undefined ? [] : [`--exec=${sessionId}`]),
      containerId,
    ],
  });
}

/** The flags with which another process composes the same runtime; `options-of-flags.ts` reads them. */
export function flagsOf(options: RuntimeOptions): readonly string[] {
  const single = Object.entries({
    root: options.root,
    runroot: options.runRoot,
    tmpdir: options.temporaryDirectory,
    'storage-driver': options.storageDriver,
    volumepath: options.volumePath,
    'network-config-dir': options.networkConfigDirectory,
    'network-cmd-path': options.networkCommand,
    runtime: options.runtime,
    'cgroup-manager': options.cgroupManager,
    conmon: options.conmon,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
  const lists = [
    ...(options.backends ?? []).map((value) => `--backend=${value}`),
    ...(options.storageOptions ?? []).map((value) => `--storage-opt=${value}`),
    ...(options.runtimeFlags ?? []).map((value) => `--runtime-flag=${value}`),
    ...(options.hooksDirectories ?? []).map((value) => `--hooks-dir=${value}`),
  ];
  return [...single, ...lists];
}
