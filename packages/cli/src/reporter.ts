import { engineFailure } from '@tspod/core';
import { suggest } from './grammar/suggest.ts';
import { UnknownCommandError, UsageError } from './grammar/usage-error.ts';
import type { Output } from './output.ts';

/** Exit code of a process that wrote to a pipe without a reader: 128 + SIGPIPE. */
const brokenPipe = 141;

/** A failure that has its own exit code; its cause is what is printed. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly exitCode: number;

  constructor(exitCode: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.exitCode = exitCode;
  }
}

/** Prints failures and knows their exit codes. */
export class Reporter {
  /** The command whose failure it is, for the pointer to its help. */
  command = 'tspod';
  /** Print where an error comes from. */
  debug = false;
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Answers the exit code. */
  report(failure: unknown): number {
    if (isBrokenPipe(failure)) return brokenPipe;
    const error = failure instanceof ExitError ? failure.cause : failure;
    try {
      this.#output.error(messageOf(error), hintOf(error) ?? this.#usageHint(error));
      if (this.debug && error instanceof Error) this.#output.log('debug', traceOf(error));
    } catch (unprinted) {
      if (!isBrokenPipe(unprinted)) throw unprinted;
    }
    return failure instanceof ExitError ? failure.exitCode : engineFailure;
  }

  #usageHint(error: unknown): string | undefined {
    if (error instanceof UnknownCommandError) {
      const near = suggest(error.word, error.known);
      if (near.length === 0) return `Try '${error.parent} --help' for more information`;
      return `\nDid you mean this?\n${near.map((name) => `\t${name}`).join('\n')}`;
    }
    return error instanceof UsageError && error.seeHelp ? `See '${this.command} --help'` : undefined;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hintOf(error: unknown): string | undefined {
  const { hint } = (error ?? {}) as { readonly hint?: unknown };
  return typeof hint === 'string' ? hint : undefined;
}

/** Our own stdout or stderr has lost its reader. */
function isBrokenPipe(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'EPIPE' && syscall === 'write';
}

function traceOf(error: Error): string {
  const causes: string[] = [];
  for (let one: unknown = error; one instanceof Error; one = one.cause) causes.push(one.stack ?? one.message);
  return causes.join('\ncaused by: ');
}
