import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import {
  type ExpansionLimit,
  exceedsExpansion,
  expansionError,
  expansionLimit,
  InvalidArgumentError,
  UnavailableError,
} from '@tspod/core';
import { archiveError } from './archive-error.ts';

export type Compression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'xz';

const marks: readonly (readonly [Compression, Buffer])[] = [
  ['gzip', Buffer.of(0x1f, 0x8b)],
  ['zstd', Buffer.of(0x28, 0xb5, 0x2f, 0xfd)],
  ['bzip2', Buffer.from('BZh')],
  ['xz', Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)],
];
const longestMark = 6;

/** How a stream that begins like this is compressed. */
export function compressionOf(start: Uint8Array): Compression {
  return marks.find(([, mark]) => mark.equals(start.subarray(0, mark.length)))?.[0] ?? 'none';
}

/**
 * The stream without its compression, which is found out from its first bytes; what is not compressed passes as it is.
 * @param limit default: what the environment of this process sets
 * @throws {InvalidArgumentError} `archive-damaged`; `archive-too-large` for what exceeds `limit`; {UnavailableError} `no-decompressor`
 * where bzip2 or xz is not installed.
 */
export async function* decompress(
  stream: AsyncIterable<Uint8Array>,
  limit: ExpansionLimit = expansionLimit(process.env),
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = stream[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < longestMark) {
    const { value, done } = await pieces.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  const compression = compressionOf(start);
  const whole = joined(start, pieces);
  if (compression === 'none') yield* whole;
  else yield* limited(whole, compression, limit);
}

async function* limited(
  stream: AsyncIterable<Uint8Array>,
  compression: Exclude<Compression, 'none'>,
  limit: ExpansionLimit,
): AsyncGenerator<Uint8Array, void, undefined> {
  let compressed = 0;
  let unpacked = 0;
  const counted = async function* () {
    for await (const piece of stream) {
      compressed += piece.length;
      yield piece;
    }
  };
  for await (const piece of decompressed(counted(), compression)) {
    unpacked += piece.length;
    if (exceedsExpansion(limit, compressed, unpacked)) throw expansionError('tar archive', limit);
    yield piece;
  }
}

async function* joined(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (start.length > 0) yield start;
    for (let { value, done } = await rest.next(); !done; { value, done } = await rest.next()) yield value;
  } finally {
    await rest.return?.();
  }
}

async function* decompressed(
  stream: AsyncIterable<Uint8Array>,
  compression: Exclude<Compression, 'none'>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (compression === 'bzip2' || compression === 'xz') {
    yield* throughProgram(stream, compression);
    return;
  }
  const decoder =
    compression === 'gzip' ? createGunzip({ chunkSize: 256 * 1024 }) : createZstdDecompress({ chunkSize: 256 * 1024 });
  const input = Readable.from(stream, { objectMode: false });
  input.on('error', (error) => decoder.destroy(error));
  try {
    yield* input.pipe(decoder) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw isFormatError(cause)
      ? archiveError('archive-damaged', `its ${compression} compression is damaged`, undefined, cause)
      : cause;
  } finally {
    input.destroy();
  }
}

function isFormatError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(Z_|ZSTD_)/.test(String(error.code));
}

async function* throughProgram(stream: AsyncIterable<Uint8Array>, program: 'bzip2' | 'xz') {
  const child = spawn(program, ['-dc'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-1024);
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (cause) => {
      reject(
        new UnavailableError(`the archive is compressed with ${program}, and the program ${program} can't be started`, {
          code: 'no-decompressor',
          hint: `install ${program === 'xz' ? 'xz-utils' : program}`,
          cause,
        }),
      );
    });
    child.once('close', (code) => resolve(code ?? -1));
  });
  ended.catch(() => {}); // awaited below, after the output
  const input = Readable.from(stream, { objectMode: false });
  let inputFailure: unknown;
  input.once('error', (error) => {
    inputFailure = error;
    child.stdin.end();
  });
  // The program ends first when it finds a fault; its exit code tells.
  child.stdin.on('error', () => {});
  input.pipe(child.stdin);
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    const code = await ended;
    if (inputFailure !== undefined) throw inputFailure;
    if (code !== 0) {
      throw new InvalidArgumentError(`tar archive: its ${program} compression is damaged: ${complaint.trim()}`, {
        code: 'archive-damaged',
      });
    }
  } finally {
    input.destroy();
    if (child.exitCode === null) child.kill('SIGKILL');
  }
}
