import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type ExpansionLimit, exceedsExpansion, expansionError, expansionLimit, RuntimeFailedError } from '@tspod/core';
import { type Environment, runHelper } from './helper.ts';
import { invalidArchive } from './invalid-archive.ts';

const formats = [
  { magic: [0x1f, 0x8b], stream: createGunzip },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], stream: createZstdDecompress },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], program: 'xz', debianPackage: 'xz-utils' },
  { magic: [0x42, 0x5a, 0x68], program: 'bzip2', debianPackage: 'bzip2' },
] as const;

/**
 * The path of an uncompressed regular file with the content of `path`: that itself, or a copy in `directory`. `path` may be a pipe.
 *
 * skopeo unpacks too, but anew for each image and each name; and podman 4.3.1 and skopeo 1.9.3 refuse some sound gzip files.
 *
 * @throws {InvalidArgumentError} `invalid-archive` when the compressed data is damaged; `archive-too-large` when it unpacks to more than
 * the environment allows.
 */
export async function unpack(
  path: string,
  directory: string,
  env: Environment,
  signal: AbortSignal | undefined,
): Promise<string> {
  const file = (await stat(path)).isFile() ? path : await copy(path, join(directory, 'copy'), signal);
  const start = await firstBytes(file);
  const format = formats.find(({ magic }) => magic.every((byte, index) => start[index] === byte));
  if (format === undefined) return file;
  const unpacked = join(directory, 'unpacked');
  const limit = expansionLimit(env);
  try {
    if ('stream' in format) {
      const source = createReadStream(file, { highWaterMark: pieceSize });
      const unpacking = format.stream({ chunkSize: pieceSize });
      await pipeline(source, unpacking, new Limited(path, limit, () => source.bytesRead), createWriteStream(unpacked), {
        signal,
      });
    } else {
      const { program, debianPackage } = format;
      await runHelper({
        ...{ argv: [program, '-dc'], env, debianPackage, signal, input: file, output: unpacked },
        expansion: { subject: path, limit },
      });
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!isDamage(error)) throw error;
    throw invalidArchive(path, error.message, error);
  }
  return unpacked;
}

const pieceSize = 256 * 1024;

/** Passes everything on until it is too much. */
class Limited extends Transform {
  #unpacked = 0;

  constructor(path: string, limit: ExpansionLimit, compressed: () => number) {
    super({
      transform: (piece: Buffer, _encoding, done) => {
        this.#unpacked += piece.length;
        if (exceedsExpansion(limit, compressed(), this.#unpacked)) done(expansionError(path, limit));
        else done(null, piece);
      },
    });
  }
}

async function copy(path: string, target: string, signal: AbortSignal | undefined): Promise<string> {
  await pipeline(createReadStream(path) as Readable, createWriteStream(target), { signal });
  return target;
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(8);
    await file.read(bytes, 0, bytes.length, 0);
    return bytes;
  } finally {
    await file.close();
  }
}

/** Errors of zlib have codes of its own; a program that unpacks fails for no other reason that we can tell. */
function isDamage(error: unknown): error is Error {
  if (error instanceof RuntimeFailedError) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(Z_|ZSTD_)/.test(error.code);
}
