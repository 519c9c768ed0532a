import { open, rm } from 'node:fs/promises';
import { type Owner, ownerInContainer } from '../../isolation/id-maps.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { withLocked } from '../guard.ts';
import { withMountedRoot } from './with-mounted-root.ts';

/**
 * Writes the root filesystem as an uncompressed tar archive, without what is mounted into it: into a file of the host, which a failure
 * removes again, or to whatever takes the pieces, one after the other.
 */
export async function exportTree(
  parts: RuntimeParts,
  id: string,
  target: string | ((piece: Uint8Array) => Promise<void> | void),
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  await withMountedRoot(parts, id, async (tree, { isolation }) => {
    const owner = (onHost: Owner) => ownerInContainer(isolation?.idMaps, onHost);
    const archive = tree.pack('/', { name: '', owner, signal });
    await writeArchive(archive, target, signal);
  });
  await withLocked(parts, id, ({ config }) => recordContainerEvent(parts, config, 'export'));
}

/** Into a file, or piece by piece to a function. */
export async function writeArchive(
  archive: AsyncIterable<Uint8Array>,
  target: string | ((piece: Uint8Array) => Promise<void> | void),
  signal: AbortSignal | undefined,
): Promise<void> {
  if (typeof target === 'string') await writeFile(archive, target, signal);
  else for await (const piece of archive) await target(piece);
}

async function writeFile(archive: AsyncIterable<Uint8Array>, path: string, signal: AbortSignal | undefined): Promise<void> {
  const file = await open(path, 'w', 0o644);
  try {
    for await (const piece of archive) {
      signal?.throwIfAborted();
      for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
    }
  } catch (failure) {
    // Half an archive is of no use; a device or a pipe that it was written to stays.
    if ((await file.stat()).isFile()) await rm(path, { force: true });
    throw failure;
  } finally {
    await file.close();
  }
}
