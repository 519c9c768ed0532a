import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { UnavailableError } from '@tspod/core';

export interface ProgramResult {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Empty unless asked for. */
  readonly stdout: string;
  /** The last 16 KiB. */
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Default: false. */
  readonly wantsOutput?: boolean | undefined;
}

const stderrLimit = 16 * 1024;

/** How long output may take to end after the program did. Milliseconds. */
const drainPatience = 1_000;

/**
 * Runs a program to its end, with no stdin. A process that it leaves behind may hold the output pipes open for ever (a hook's
 * child does), so the end of the program counts, not the end of its output.
 *
 * @throws {UnavailableError} `cannot-run` when it can't be started.
 */
export async function runProgram(
  path: string,
  programArguments: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  const { spawn } = await import('node:child_process');
  const { promise, resolve, reject } = Promise.withResolvers<ProgramResult>();
  const child: ChildProcess = spawn(path, programArguments, {
    cwd: '/',
    env: options.environment,
    stdio: ['ignore', options.wantsOutput ? 'pipe' : 'ignore', 'pipe'],
  });
  const stdout = collect(child.stdout, Number.POSITIVE_INFINITY);
  const stderr = collect(child.stderr, stderrLimit);
  child.once('error', (cause) => {
    reject(
      new UnavailableError(`${path} can't be run: ${cause.message}`, {
        code: 'cannot-run',
        hint: `check that ${path} works`,
        cause,
      }),
    );
  });
  child.once('exit', (exitCode, signal) => {
    const finish = () => {
      clearTimeout(timer);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined, stdout: stdout(), stderr: stderr() });
    };
    const timer = setTimeout(finish, drainPatience);
    if (exitCode === 0 && !options.wantsOutput) finish();
    else child.once('close', finish);
  });
  return promise;
}

/** Keeps the last `limit` bytes (rounded up to whole chunks) of a stream. */
function collect(stream: Readable | null, limit: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    while (chunks[0] !== undefined && size - chunks[0].length >= limit) {
      size -= chunks[0].length;
      chunks.shift();
    }
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
