import { setTimeout as pause } from 'node:timers/promises';
import { RuntimeFailedError, type TransferOptions } from '@tspod/core';
import { reasonOf } from './helper.ts';

/** As podman's, and as long. */
const retries = 3;
const seconds = 1;

/** What a registry may do better the next time. podman 4.3 gives up on the second line. */
const passing = [
  /connection refused|connection reset|broken pipe|: EOF$|i\/o timeout|TLS handshake timeout|network is unreachable|no route to host/i,
  /unexpected EOF|temporary failure in name resolution|\bstatus(?: code)?(?: from registry)?:? 50[0234]\b/i,
];

/**
 * Does `transfer` again when the registry `place` can't be reached, is too busy or breaks off. Layers that came whole are there then.
 * Anything else, and any other place, fails at once; the signal ends a pause.
 */
export async function retrying<Result>(
  place: string,
  { signal, onWarning }: Pick<TransferOptions, 'signal' | 'onWarning'>,
  transfer: () => Promise<Result>,
): Promise<Result> {
  for (let retry = 1; ; retry += 1) {
    try {
      return await transfer();
    } catch (error) {
      signal?.throwIfAborted();
      if (!place.startsWith('docker://') || !(error instanceof RuntimeFailedError) || retry > retries) throw error;
      const reason = reasonOf(error.stderr);
      if (!passing.some((words) => words.test(reason))) throw error;
      onWarning?.(`Failed, retrying in ${seconds}s ... (${retry}/${retries}): ${reason}`);
    }
    await pause(seconds * 1000, undefined, { signal }).catch((error) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
}
