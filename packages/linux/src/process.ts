import { closeSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { InvalidArgumentError, type ProcessIdentity, pause } from '@tspod/core';
import { watchDescriptor } from './descriptor-watch.ts';
import { lastErrno, rawSystemCall } from './libc.ts';
import { hasCode, systemError } from './system-error.ts';

const pidfdOpen = rawSystemCall('pidfd_open', ['int', 'uint']);
const pidfdSendSignal = rawSystemCall('pidfd_send_signal', ['int', 'int', 'void *', 'uint']);
const { ENOSYS, EPERM, ESRCH } = constants.errno;

/** Milliseconds between looks at a process on kernels without pidfds. */
const pollInterval = 20;

/** The identity of a running process; undefined when there is none or it is a zombie. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) {
    throw new InvalidArgumentError(`${pid} is not the id of a process`, { code: 'invalid-process-id' });
  }
  const stat = readStat(pid);
  if (stat === undefined) return undefined;
  const { state, startTime } = parseProcessStat(stat);
  return state === 'Z' || state === 'X' || state === 'x' ? undefined : { pid, startTime };
}

export function isRunning(process: ProcessIdentity): boolean {
  return processIdentity(process.pid)?.startTime === process.startTime;
}

/**
 * Sends a signal to exactly this process.
 * @returns false when it is gone.
 * @throws {SystemError} e.g. `EPERM`, `EINVAL`.
 */
export function signalProcess(target: ProcessIdentity, signal: number): boolean {
  const handle = openPidfd(target);
  if (handle === 'gone') return false;
  if (handle === 'unknown') return signalByPid(target, signal);
  try {
    if (pidfdSendSignal(handle, signal, null, 0) === 0) return true;
    const errno = lastErrno();
    if (errno === ESRCH) return false;
    throw systemError(errno, { syscall: 'pidfd_send_signal', path: `process ${target.pid}` });
  } finally {
    closeSync(handle);
  }
}

/**
 * Resolves when the process has ended, reaped or not.
 * @throws the signal's reason.
 */
export async function waitGone(
  target: ProcessIdentity,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  options.signal?.throwIfAborted();
  const handle = openPidfd(target);
  if (handle === 'gone') return;
  if (handle === 'unknown') return pollUntilGone(target, options.signal);
  const ending = Promise.withResolvers<void>();
  const abort = () => ending.reject(options.signal?.reason);
  const watch = watchDescriptor(handle, ending.resolve);
  options.signal?.addEventListener('abort', abort);
  try {
    watch.want({ readable: true });
    await ending.promise;
  } finally {
    options.signal?.removeEventListener('abort', abort);
    watch.close();
    closeSync(handle);
  }
}

/** A descriptor of exactly this process, or that it is gone, or that the kernel (before 5.3) or a seccomp filter has no such thing. */
function openPidfd(target: ProcessIdentity): number | 'gone' | 'unknown' {
  const handle = pidfdOpen(target.pid, 0);
  if (handle >= 0) {
    // Compared after opening: from here on the pid can't come to mean another process.
    if (isRunning(target)) return handle;
    closeSync(handle);
    return 'gone';
  }
  const errno = lastErrno();
  if (errno === ESRCH) return 'gone';
  if (errno === ENOSYS || errno === EPERM) return 'unknown';
  throw systemError(errno, { syscall: 'pidfd_open', path: `process ${target.pid}` });
}

/** A pid that was freed in the instant between the two calls would have to be given out again in that instant: pids go round first. */
function signalByPid(target: ProcessIdentity, signal: number): boolean {
  if (!isRunning(target)) return false;
  try {
    return process.kill(target.pid, signal);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    throw error;
  }
}

async function pollUntilGone(target: ProcessIdentity, signal: AbortSignal | undefined): Promise<void> {
  while (isRunning(target)) {
    signal?.throwIfAborted();
    await pause(pollInterval, signal);
  }
}

function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

/** The name of the command, in parentheses, may itself hold spaces and parentheses: fields count from the last one. */
export function parseProcessStat(text: string): { readonly state: string; readonly startTime: number } {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTime: Number(fields[19]) };
}

/** Kills whatever has this pid now, if something has. */
export function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}
