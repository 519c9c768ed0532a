import { createReadStream, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { InvalidArgumentError, NotFoundError } from '../../errors.ts';
import { openImageTree } from '../../images/with-image-tree.ts';
import { fileTrees } from '../../runtime/file-trees.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { writeArchive } from '../verbs/export.ts';
import { checkpointFiles } from './files.ts';

export type CheckpointCompression = 'gzip' | 'none' | 'zstd';

const documents: readonly string[] = [checkpointFiles.config, checkpointFiles.spec];

/** What an archive of a whole checkpoint has besides the documents. */
const content: readonly string[] = [
  ...[checkpointFiles.network, checkpointFiles.dumpStatistics, checkpointFiles.log, checkpointFiles.images],
  ...[checkpointFiles.rootChanges, checkpointFiles.removedFiles, checkpointFiles.volumes, checkpointFiles.preImages],
];

/** The checkpoint in a static directory as a tar archive. `memoryOnly`: that of an earlier dump. */
export async function* packCheckpoint(
  parts: RuntimeParts,
  staticDir: string,
  options: { readonly memoryOnly: boolean; readonly withPrevious: boolean; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array, void, undefined> {
  const wanted = options.memoryOnly
    ? [...documents, checkpointFiles.preImages]
    : [...documents, ...content.filter((name) => options.withPrevious || name !== checkpointFiles.preImages)];
  const without = readdirSync(staticDir).filter((name) => !wanted.includes(name));
  using tree = await fileTrees(parts).openDirectory(staticDir);
  yield* tree.pack('/', { name: '', without, exactTimes: true, signal: options.signal });
}

/** Writes an archive into a file, which a failure removes again. */
export async function writeCompressed(
  archive: AsyncIterable<Uint8Array>,
  path: string,
  compression: CheckpointCompression,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (compression === 'none') return writeArchive(archive, path, signal);
  const compressor = compression === 'gzip' ? createGzip() : createZstdCompress();
  await pipeline(archive, compressor, (stream) => writeArchive(stream, path, signal));
}

/** Where a checkpoint is read from, more than once. */
export interface CheckpointSource {
  /** For complaints. */
  readonly name: string;
  open(): AsyncIterable<Uint8Array>;
}

/** @throws {NotFoundError} `no-such-file`; {InvalidArgumentError} `invalid-checkpoint` for what can only be read once. */
export function archiveSource(path: string): CheckpointSource {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new NotFoundError(
      `failed extracting runtime information from ${path}: failed to open checkpoint archive ${path} for import: open ${path}: no such file or directory`,
      { code: 'no-such-file' },
    );
  }
  if (!stats.isFile()) {
    throw new InvalidArgumentError(`the checkpoint archive ${path} is not a regular file`, { code: 'invalid-checkpoint' });
  }
  return { name: path, open: () => createReadStream(path, { highWaterMark: 256 * 1024 }) };
}

/** What `checkpoint` put into an image. */
export function imageSource(parts: RuntimeParts, id: string, name: string): CheckpointSource {
  return {
    name,
    async *open() {
      await using image = await openImageTree(parts.images, id);
      using tree = await fileTrees(parts).openDirectory(image.path);
      yield* tree.pack('/', { name: '', exactTimes: true });
    },
  };
}

/** Takes out of a checkpoint what says how the container was made. */
export async function unpackDocuments(parts: RuntimeParts, source: CheckpointSource, directory: string): Promise<void> {
  await unpackOnly(parts, source, directory, documents);
}

/** And what it is restored from: only its own names, whatever else is in the archive. */
export async function unpackContent(parts: RuntimeParts, source: CheckpointSource, directory: string): Promise<void> {
  await unpackOnly(parts, source, directory, content);
}

/** Of an earlier dump: the memory. */
export async function unpackMemory(parts: RuntimeParts, source: CheckpointSource, directory: string): Promise<void> {
  await unpackOnly(parts, source, directory, [checkpointFiles.preImages]);
}

async function unpackOnly(
  parts: RuntimeParts,
  source: CheckpointSource,
  directory: string,
  names: readonly string[],
): Promise<void> {
  using tree = await fileTrees(parts).openDirectory(directory);
  await tree.unpack(source.open(), '/', { onlyTop: new Set(names), withoutDevices: true });
  for (const name of names) requirePlain(directory, name, source.name);
}

/** Made by CRIU, where memory goes on from an earlier dump. */
const linkToParent = { path: join(checkpointFiles.images, 'parent'), target: join('..', checkpointFiles.preImages) };

/**
 * What comes from elsewhere is read and written by its name, the log among others, by other programs, too: no name may lead out of the directory.
 * @throws {InvalidArgumentError} `invalid-checkpoint`
 */
export function requirePlain(directory: string, path: string, source: string): void {
  const whole = join(directory, path);
  const stats = lstatSync(whole, { throwIfNoEntry: false });
  if (stats === undefined || stats.isFile()) return;
  if (stats.isDirectory()) {
    for (const name of readdirSync(whole)) requirePlain(directory, join(path, name), source);
    return;
  }
  if (stats.isSymbolicLink() && path === linkToParent.path && readlinkSync(whole) === linkToParent.target) return;
  throw new InvalidArgumentError(`the checkpoint ${source} has ${path}, which is neither a file nor a directory`, {
    code: 'invalid-checkpoint',
  });
}
