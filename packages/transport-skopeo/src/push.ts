import { existsSync, readFileSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AlreadyExistsError, type PushRequest } from '@tspod/core';
import { removeTree } from '@tspod/linux';
import { gatherList } from './gather-list.ts';
import type { Environment } from './helper.ts';
import { registryFlags } from './registry-flags.ts';
import { retrying } from './retry.ts';
import type { SkopeoSettings } from './settings.ts';
import { prepareSkopeo } from './skopeo.ts';
import { temporaryParent, withTemporaryDirectory } from './temporary.ts';
import { transferError } from './transfer-error.ts';

export async function push(
  settings: SkopeoSettings,
  env: Environment,
  request: PushRequest,
): Promise<{ readonly digest: string }> {
  const { destination, signal } = request;
  signal?.throwIfAborted();
  const written = writtenPath(destination);
  if (written?.isArchive && isFile(written.path) && destination.startsWith('docker-archive:')) throw archiveExists();
  const isNew = written !== undefined && !existsSync(written.path);
  try {
    return await withTemporaryDirectory(temporaryParent(settings, env), async (directory) => {
      const skopeo = await prepareSkopeo(settings, env, directory);
      const digestFile = join(directory, 'digest');
      // an archive appears when it is complete
      const draft =
        written?.isArchive && isNew ? join(dirname(written.path), `.${basename(written.path)}.${process.pid}`) : undefined;
      const target = draft === undefined ? destination : destination.replace(written?.path ?? '', () => draft);
      try {
        const source =
          request.list === undefined
            ? `containers-storage:@${request.imageId}`
            : await gatherList(skopeo, request.list, join(directory, 'list'), request);
        const flags = [
          '--digestfile',
          digestFile,
          ...registryFlags(request, 'dest-', destination, directory),
          ...copyFlags(request),
        ];
        await retrying(destination, request, () =>
          skopeo({
            argv: ['copy', ...flags, source, target],
            signal,
            onLine: request.onProgress,
            ...(request.onBlob && { onBlob: request.onBlob }),
          }),
        );
        if (draft !== undefined && written !== undefined) await rename(draft, written.path);
      } catch (error) {
        if (draft !== undefined) await removeTree(draft);
        else if (isNew && written !== undefined) await removeTree(written.path);
        throw error;
      }
      return { digest: readFileSync(digestFile, 'utf8').trim() };
    });
  } catch (error) {
    throw transferError(error, destination);
  }
}

export function archiveExists(): AlreadyExistsError {
  return new AlreadyExistsError("docker-archive doesn't support modifying existing images", { code: 'archive-exists' });
}

function copyFlags(request: PushRequest): string[] {
  const { format, compressionFormat, compressionLevel, signBy, signBySigstoreKey, signPassphraseFile, list } = request;
  return [
    ...(request.additionalNames ?? []).map((name) => `--additional-tag=${name}`),
    ...(format === undefined ? [] : [`--format=${format}`]),
    ...(request.compress ? ['--dest-compress'] : []),
    ...(request.acceptUncompressed ? ['--dest-oci-accept-uncompressed-layers'] : []),
    ...(compressionFormat === undefined ? [] : [`--dest-compress-format=${compressionFormat}`]),
    ...(compressionLevel === undefined ? [] : [`--dest-compress-level=${compressionLevel}`]),
    ...(request.removeSignatures ? ['--remove-signatures'] : []),
    ...(signBy === undefined ? [] : [`--sign-by=${signBy}`]),
    ...(signBySigstoreKey === undefined ? [] : [`--sign-by-sigstore-private-key=${signBySigstoreKey}`]),
    ...(signPassphraseFile === undefined ? [] : [`--sign-passphrase-file=${signPassphraseFile}`]),
    ...(list === undefined ? [] : [list.all ? '--all' : '--multi-arch=index-only']),
  ];
}

/** The file or directory that a destination is, if it is one. */
function writtenPath(destination: string): { readonly path: string; readonly isArchive: boolean } | undefined {
  const [, transport, details = ''] = /^(docker-archive|oci-archive|oci|dir):(.*)$/s.exec(destination) ?? [];
  if (transport === undefined) return undefined;
  const [path = ''] = transport === 'dir' ? [details] : details.split(':');
  return { path, isArchive: transport.endsWith('-archive') };
}

function isFile(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size > 0;
}
