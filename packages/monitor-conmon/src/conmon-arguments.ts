import type { MonitorCreateRequest, MonitorExecRequest } from '@tspod/core';
import { conmonFiles } from './conmon-files.ts';

/** conmon's arguments for a container. */
export function createArguments(
  request: MonitorCreateRequest,
  logLevel: string,
  options: { readonly keepsLogs?: boolean } = {},
): string[] {
  const { log, terminal, stdin } = request;
  return [
    ...commonArguments(request, logLevel),
    '--persist-dir',
    conmonFiles(request.paths).persist,
    '-l',
    log.driver === 'k8s-file' ? `k8s-file:${log.path}` : log.driver,
    ...(log.sizeMax === undefined ? [] : ['--log-size-max', String(log.sizeMax)]),
    ...(options.keepsLogs && log.kept !== undefined ? ['--log-rotate', '--log-max-files', String(log.kept)] : []),
    // conmon refuses a tag for every other driver.
    ...(log.tag === undefined || log.driver !== 'journald' ? [] : ['--log-tag', log.tag]),
    // Of the two only one is allowed here; a terminal has an input anyway.
    ...(terminal ? ['-t'] : stdin ? ['-i'] : []),
    ...(request.timeLimit === undefined ? [] : ['-T', String(request.timeLimit)]),
    ...(request.notifySocket === undefined ? [] : [`--sdnotify-socket=${request.notifySocket}`]),
    ...(request.noPivot ? ['--no-pivot'] : []),
    ...restoreArguments(request),
    ...exitArguments(request),
  ];
}

/** conmon's arguments for an exec session. */
export function execArguments(request: MonitorExecRequest, logLevel: string): string[] {
  return [
    ...commonArguments(request, logLevel),
    '-l',
    'none',
    ...(request.terminal ? ['-t'] : []),
    ...(request.stdin ? ['-i'] : []),
    '-e',
    '--exec-attach',
    '--exec-process-spec',
    request.processPath,
    ...exitArguments(request),
  ];
}

/** conmon hands the directory on to the runtime's restore, with the bundle as its work path. */
function restoreArguments({ restore }: MonitorCreateRequest): string[] {
  if (restore === undefined) return [];
  const options = [...(restore.tcpEstablished ? ['--tcp-established'] : []), ...(restore.fileLocks ? ['--file-locks'] : [])];
  return ['--restore', restore.imagePath, ...options.flatMap((option) => ['--runtime-opt', option])];
}

type CommonRequest = Omit<MonitorCreateRequest, 'log' | 'noPivot' | 'timeLimit' | 'keptFds' | 'notifySocket' | 'restore'>;

function commonArguments({ paths, name, runtime, systemdCgroup, inheritedFds = [] }: CommonRequest, logLevel: string): string[] {
  const files = conmonFiles(paths);
  return [
    '--api-version',
    '1',
    '-c',
    paths.id,
    '-u',
    paths.sessionId ?? paths.id,
    '-r',
    runtime.executable,
    '-b',
    paths.bundleDir,
    '-p',
    files.pid,
    '-n',
    name,
    '--exit-dir',
    paths.exitDir,
    '--full-attach',
    ...(systemdCgroup ? ['-s'] : []),
    '--log-level',
    logLevel,
    ...runtime.globalArguments.flatMap((argument) => ['--runtime-arg', argument]),
    ...(inheritedFds.length === 0 ? [] : ['--runtime-opt', '--preserve-fds', '--runtime-opt', String(inheritedFds.length)]),
    '--conmon-pidfile',
    files.monitorPid,
  ];
}

function exitArguments({ exitCommand }: CommonRequest): string[] {
  return [
    '--exit-command',
    exitCommand.executable,
    ...exitCommand.arguments.flatMap((argument) => ['--exit-command-arg', argument]),
  ];
}
