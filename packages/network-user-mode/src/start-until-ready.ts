import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type ProcessIdentity, RuntimeFailedError, UnavailableError } from '@tspod/core';
import { processIdentity } from '@tspod/linux';

export interface HelperStart {
  /** Where it runs, and where its log is. */
  readonly directory: string;
  /** As descriptor 4; its end is the helper's. */
  readonly exitFd: number;
  readonly input?: string | undefined;
  /** In place of the name of the program. */
  readonly argv0?: string | undefined;
}

/**
 * Starts a helper that goes on when this process ends, and waits until it writes to its descriptor 3.
 * @throws {UnavailableError} `cannot-run`; {RuntimeFailedError} `network-setup-failed`.
 */
export async function startUntilReady(
  [program = '', ...args]: readonly string[],
  { directory, exitFd, input, argv0 }: HelperStart,
): Promise<ProcessIdentity> {
  const log = logOf(directory);
  const output = openSync(log, 'a', 0o600);
  try {
    const child = spawn(program, args, {
      cwd: directory,
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', output, output, 'pipe', exitFd],
      ...(argv0 !== undefined && { argv0 }),
    });
    if (input !== undefined) {
      child.stdin?.on('error', () => undefined); // its exit tells why
      child.stdin?.end(input);
    }
    const ready = child.stdio[3] as Readable;
    const outcome = await new Promise<'ready' | Error | number | null>((resolve) => {
      child.once('error', resolve);
      child.once('exit', resolve);
      ready.once('data', () => resolve('ready'));
    });
    ready.destroy();
    child.unref();
    const process = outcome === 'ready' ? processIdentity(child.pid ?? 0) : undefined;
    if (process !== undefined) return process;
    if (outcome instanceof Error) throw cannotRun(program, outcome);
    throw helperFailed([program, ...args], typeof outcome === 'number' ? outcome : undefined, log);
  } finally {
    closeSync(output);
  }
}

/** Gets the standard output and error of the helpers of a sandbox. */
export function logOf(directory: string): string {
  return join(directory, 'log');
}

export function cannotRun(program: string, cause: Error): UnavailableError {
  return new UnavailableError(`${program} can't be run: ${cause.message}`, {
    code: 'cannot-run',
    hint: `check that "${program} --version" works`,
    cause,
  });
}

/** With what the helper wrote to its log. */
export function helperFailed(argv: readonly string[], exitCode: number | undefined, log: string): RuntimeFailedError {
  const stderr = readFileSync(log, 'utf8').trim();
  const program = argv[0]?.replace(/.*\//, '') ?? '';
  return new RuntimeFailedError(`${program} failed: ${stderr || `exit code ${exitCode}`}`, {
    code: 'network-setup-failed',
    argv,
    exitCode,
    stderr,
  });
}
