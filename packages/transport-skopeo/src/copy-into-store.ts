import { RuntimeFailedError, type TransferOptions } from '@tspod/core';
import { parseBlobLine } from './progress.ts';
import type { Skopeo } from './skopeo.ts';
import { readRecords } from './store-records.ts';
import type { Transfer } from './transfers.ts';

export interface StoreCopy {
  readonly skopeo: Skopeo;
  readonly transfer: Transfer;
  readonly graphRoot: string;
  readonly options: TransferOptions;
}

/** Runs a `skopeo copy` whose destination is the store: under `name`, or under no name when only the id is known. */
export async function copyIntoStore(
  { skopeo, transfer, graphRoot, options }: StoreCopy,
  { argv, name, id }: { readonly argv: readonly string[]; readonly name: string | undefined; readonly id?: string },
): Promise<void> {
  const { signal, onProgress, onBlob } = options;
  const before = name === undefined ? undefined : ownerOf(graphRoot, name);
  const stopping = untilImageIsWritten(signal);
  const noted = new Set<string>();
  const note = (digest: string) => {
    if (noted.has(digest)) return;
    noted.add(digest);
    transfer.note(digest);
  };
  if (id !== undefined) note(id);
  const copy = () =>
    skopeo({
      argv: [...argv, `containers-storage:${name ?? `@${id}`}`],
      signal: stopping.signal,
      heldFd: transfer.lockFd,
      unpacks: argv.find((argument) => argument.includes(':')) ?? 'the image',
      onLine(line) {
        stopping.look(line);
        const blob = parseBlobLine(line);
        if (blob !== undefined) note(blob.digest);
        onProgress?.(line);
      },
      ...(onBlob && {
        onBlob: (progress) => {
          note(progress.digest);
          onBlob(progress);
        },
      }),
    });
  try {
    await unlessRobbed(copy, signal);
  } catch (failure) {
    // the name is the last thing that an image gets: who was told too late to stop has finished
    if (signal?.aborted && name !== undefined && ownerOf(graphRoot, name) !== before) return;
    throw failure;
  } finally {
    stopping.dispose();
  }
}

/** How often a copy is begun again. */
const mostAttempts = 5;

/**
 * A copy counts on layers that are there when it begins, and makes its image in several steps; who removes images meanwhile takes them
 * away from it. It then begins again.
 */
async function unlessRobbed(copy: () => Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await copy();
      return;
    } catch (failure) {
      const isRobbed =
        failure instanceof RuntimeFailedError &&
        /layer not known|identifier is not a layer|locating image with ID/.test(failure.stderr);
      if (!isRobbed || attempt === mostAttempts || signal?.aborted) throw failure;
    }
  }
}

function ownerOf(graphRoot: string, name: string): string | undefined {
  return readRecords(graphRoot).images.find(({ names }) => names?.includes(name))?.id;
}

/**
 * A signal that is aborted with the caller's, but not any more once skopeo writes the image itself: that takes it a few milliseconds.
 */
function untilImageIsWritten(signal: AbortSignal | undefined) {
  const controller = new AbortController();
  const stop = () => controller.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const dispose = () => signal?.removeEventListener('abort', stop);
  return {
    signal: controller.signal,
    look(line: string): void {
      if (line.startsWith('Writing manifest')) dispose();
    },
    dispose,
  };
}
