import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { InvalidArgumentError } from '@tspod/core';
import type { Context } from './context.ts';
import { ExitError } from './reporter.ts';
import { SignalTrap } from './session/signals.ts';

type Target = string | ((piece: Uint8Array) => void);

/**
 * Has an archive written to a file, or to stdout when none is named. A signal ends it, and the command with it.
 * @throws {InvalidArgumentError} `is-terminal` rather than to write to one.
 */
export async function writeArchive(
  { output, workingDirectory }: Context,
  file: string | undefined,
  write: (target: Target, options: { readonly signal: AbortSignal }) => Promise<void>,
): Promise<void> {
  if (file === undefined && isatty(1)) {
    throw new InvalidArgumentError('refusing to export to terminal. Use -o flag or redirect', { code: 'is-terminal' });
  }
  using trap = new SignalTrap();
  try {
    const target = file === undefined ? (piece: Uint8Array) => output.bytes('stdout', piece) : resolve(workingDirectory, file);
    await write(target, { signal: trap.abortSignal });
  } catch (error) {
    if (trap.interrupted === undefined) throw error;
    throw new ExitError(trap.interrupted, new Error('interrupted, the archive is not complete'));
  }
}
