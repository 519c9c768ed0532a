import { closeSync, existsSync, type FSWatcher, fstatSync, openSync, readFileSync, watch } from 'node:fs';
import { basename } from 'node:path';
import { CorruptError, type MonitoredExit, type MonitorPaths } from '@tspod/core';
import { type ConmonFiles, conmonFiles } from './conmon-files.ts';
import { isMonitorRunning } from './monitor-process.ts';

/** Milliseconds between two looks whether the monitor is still there, while the exit directory is watched. */
const watchedInterval = 500;
/** And where it can't be watched. */
const unwatchedInterval = 25;

/** The exit status that conmon wrote down. The file is complete when it is visible. */
export function readExitStatus(paths: MonitorPaths): MonitoredExit | undefined {
  const files = conmonFiles(paths);
  const fd = openIfPresent(files.exit);
  if (fd === undefined) return undefined;
  try {
    const text = readFileSync(fd, 'utf8');
    if (!/^-?\d+$/.test(text)) throw notANumber(files.exit, text);
    return { exitCode: Number(text), finishedAt: fstatSync(fd).ctime.toISOString(), oomKilled: wasOutOfMemory(files) };
  } finally {
    closeSync(fd);
  }
}

/** Waits for the exit status; undefined when the monitor is gone without one. */
export async function waitExitStatus(paths: MonitorPaths, signal: AbortSignal | undefined): Promise<MonitoredExit | undefined> {
  const alreadyThere = readExitStatus(paths);
  if (alreadyThere !== undefined) return alreadyThere;
  const changes = watchFile(conmonFiles(paths).exit, paths.exitDir);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const isRunning = isMonitorRunning(paths); // asked before the look: a monitor writes first and ends then
      const status = readExitStatus(paths);
      if (status !== undefined || !isRunning) return status;
      await changes.next(signal);
    }
  } finally {
    changes.close();
  }
}

interface Changes {
  /** Resolves when the file may have changed, or it is time to look again, or the signal was aborted. */
  next(signal: AbortSignal | undefined): Promise<void>;
  close(): void;
}

function watchFile(path: string, directory: string): Changes {
  let changed = false;
  let wake = () => {};
  const notice = () => {
    changed = true;
    wake();
  };
  let watcher = tryWatch(directory, (name) => {
    if (name === null || name === basename(path)) notice();
  });
  watcher?.once('error', () => {
    watcher = undefined; // e.g. the directory was removed: from now on by looking
    notice();
  });
  return {
    async next(signal) {
      if (!changed) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, watcher === undefined ? unwatchedInterval : watchedInterval);
        wake = resolve;
        signal?.addEventListener('abort', wake, { once: true });
        await promise;
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
      }
      changed = false;
    },
    close: () => watcher?.close(),
  };
}

function tryWatch(directory: string, onChange: (name: string | null) => void): FSWatcher | undefined {
  try {
    return watch(directory, (_event, name) => onChange(name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // No directory yet, or no more watches allowed on this machine.
    if (code === 'ENOENT' || code === 'ENOSPC' || code === 'EMFILE') return undefined;
    throw error;
  }
}

function openIfPresent(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function wasOutOfMemory({ oom, strayOom }: ConmonFiles): boolean {
  return existsSync(oom) || existsSync(strayOom);
}

function notANumber(path: string, text: string): CorruptError {
  return new CorruptError(`the exit file ${path} holds ${JSON.stringify(text.slice(0, 40))}, which is no exit code`, {
    code: 'bad-exit-file',
    path,
    hint: 'remove the file; the exit code of that process is lost then',
  });
}
