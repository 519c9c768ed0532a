import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { type MonitorPaths, type TerminalSize, UnavailableError } from '@tspod/core';
import { notAttachable } from './attach.ts';
import { conmonFiles } from './conmon-files.ts';

/**
 * Milliseconds between two sizes for the same terminal. conmon before 2.2.0 takes only the first of several that it finds in the
 * fifo at once, so they must come apart, and the last one is said again when no more follow.
 */
const pace = 50;

/** Tells conmon the terminal's size, now. @throws {NotFoundError} `not-attachable` */
export function sendSize(paths: MonitorPaths, { rows, columns }: TerminalSize): void {
  const path = conmonFiles(paths).control;
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    writeSync(fd, `1 ${rows} ${columns}\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENXIO' || code === 'EPIPE') throw notAttachable(paths, error);
    if (code !== 'EAGAIN') throw error;
    throw new UnavailableError(`the monitor of container ${paths.id} reads no commands`, {
      code: 'monitor-busy',
      hint: 'look for an attached client that does not read its output, and end it',
      cause: error,
    });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** One terminal's sizes while they come fast. */
interface Burst {
  last: TerminalSize;
  waiting: PromiseWithResolvers<void> | undefined;
  needsRepetition: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** Resizes terminals at a pace that conmon can follow: the first size at once, of those that come fast only the last. */
export function createResizer(): (paths: MonitorPaths, size: TerminalSize) => Promise<void> {
  const bursts = new Map<string, Burst>();

  function schedule(key: string, paths: MonitorPaths, burst: Burst): void {
    burst.timer = setTimeout(() => continueBurst(key, paths, burst), pace).unref();
  }

  function continueBurst(key: string, paths: MonitorPaths, burst: Burst): void {
    const { waiting } = burst;
    if (waiting === undefined && !burst.needsRepetition) {
      bursts.delete(key);
      return;
    }
    burst.waiting = undefined;
    burst.needsRepetition = waiting !== undefined;
    try {
      sendSize(paths, burst.last);
      waiting?.resolve();
      schedule(key, paths, burst);
    } catch (error) {
      bursts.delete(key);
      waiting?.reject(error); // a repetition that nobody waits for may find the monitor gone
    }
  }

  return async (paths, size) => {
    const key = conmonFiles(paths).control;
    const running = bursts.get(key);
    if (running === undefined) {
      sendSize(paths, size);
      const burst: Burst = { last: size, waiting: undefined, needsRepetition: false, timer: undefined };
      bursts.set(key, burst);
      schedule(key, paths, burst);
      return;
    }
    running.last = size;
    running.waiting ??= Promise.withResolvers<void>();
    running.timer?.ref(); // somebody waits for it
    return running.waiting.promise;
  };
}
