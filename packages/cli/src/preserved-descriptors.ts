import { readlinkSync } from 'node:fs';
import { InvalidArgumentError } from '@tspod/core';

/** Descriptors 3 and up, which our caller must have left open for us. @throws {InvalidArgumentError} `no-such-descriptor` */
export function preservedDescriptors(count: number | undefined): readonly number[] | undefined {
  if (!count) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const descriptor = 3 + index;
    if (isInherited(descriptor)) return descriptor;
    throw new InvalidArgumentError(
      `file descriptor ${descriptor} is not available - the preserve-fds option requires that file descriptors must be passed`,
      { code: 'no-such-descriptor' },
    );
  });
}

/**
 * Whether it may be our caller's. Node's own can't be told from inherited ones by their flags (it closes both when a program is run), but
 * the first that it opens is its event loop's, and takes the lowest number that the caller left free.
 */
function isInherited(descriptor: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`) !== 'anon_inode:[eventpoll]';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
