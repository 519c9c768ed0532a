import { readdirSync } from 'node:fs';
import { libraryFunction, rawSystemCall } from './libc.ts';

const closeRange = rawSystemCall('close_range', ['uint', 'uint', 'uint']);
const fcntl = libraryFunction('fcntl', 'int', ['int', 'int', 'int']);

const firstBesideStreams = 3;
const CLOSE_RANGE_CLOEXEC = 4;
const F_SETFD = 2;
const FD_CLOEXEC = 1;

/**
 * Programs that are started from now on do not inherit descriptors that this process got from its caller, but for those that are handed
 * to them by name. Before a program is started that outlives its caller's terminal and pipes.
 */
export function keepDescriptorsFromPrograms(): void {
  if (closeRange(firstBesideStreams, 0xffffffff, CLOSE_RANGE_CLOEXEC) === 0) return;
  // kernels before 5.11
  for (const name of readdirSync('/proc/self/fd')) {
    const descriptor = Number(name);
    if (descriptor >= firstBesideStreams) fcntl(descriptor, F_SETFD, FD_CLOEXEC); // the one that read the directory is closed
  }
}
