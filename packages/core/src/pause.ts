import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after some milliseconds. @throws the signal's own reason when aborted, where Node throws an AbortError. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
