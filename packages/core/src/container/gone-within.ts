import type { RuntimeParts } from '../runtime/parts.ts';
import type { ProcessIdentity } from './state.ts';

/** Waits for the end of a process, and answers whether it came in time. @throws the signal's reason when aborted */
export async function goneWithin(
  { host }: RuntimeParts,
  process: ProcessIdentity,
  seconds: number,
  signal?: AbortSignal | undefined,
): Promise<boolean> {
  if (seconds === 0) return false;
  const timeout = AbortSignal.timeout(seconds * 1000);
  try {
    await host.waitGone(process, { signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]) });
    return true;
  } catch (error) {
    if (error === timeout.reason) return false;
    throw error;
  }
}
