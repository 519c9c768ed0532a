import { EngineError, engineFailure, notFound } from '@tspod/core';
import { suggest } from './grammar/suggest.ts';
import { UnknownCommandError, UnknownFlagError, UsageError } from './grammar/usage-error.ts';
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
      this.#output.error(textOf(failure, error), hintOf(error) ?? this.#usageHint(error));
      if (this.debug && error instanceof Error) this.#output.log('debug', traceOf(error));
    } catch (unprinted) {
      if (!isBrokenPipe(unprinted)) throw unprinted;
    }
    return failure instanceof ExitError ? failure.exitCode : engineFailure;
  }

  #usageHint(error: unknown): string | undefined {
    if (error instanceof UnknownCommandError) {
      const near = suggest(error.word, error.known);
      const more = `Try '${error.parent} --help' for more information`;
      return near.length === 0 ? more : `\nDid you mean this?\n${near.map((name) => `\t${name}`).join('\n')}\n\n${more}`;
    }
    if (error instanceof UnknownFlagError) {
      const [nearest] = suggest(error.word, error.known);
      const meant = nearest === undefined ? '' : `Did you mean --${nearest}?\n`;
      return `${meant}See '${this.command} --help'`;
    }
    return error instanceof UsageError ? `See '${this.command} --help'` : undefined;
  }
}

/** With podman's words around the runtime's own, when a command can't be run. */
function textOf(failure: unknown, error: unknown): string {
  const text = messageOf(error);
  if (!(failure instanceof ExitError) || !EngineError.isInstance(error) || error.kind !== 'runtime-failed') return text;
  if (failure.exitCode === notFound) return `${text}: OCI runtime attempted to invoke a command that was not found`;
  return /permission denied|operation not permitted/i.test(text)
    ? `${text}: OCI permission denied`
    : `OCI runtime error: ${text}`;
}

/** The system's errors in the words that Go's programs have: `open /x: no such file or directory`. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  const why = new RegExp(`^${code}: (.+?), ${syscall}`).exec(error.message)?.[1];
  return path === undefined || why === undefined ? error.message : `${syscall} ${path}: ${why}`;
}

/** What to do about failures of the kernel's that have nothing to do with what was asked for. */
const hintsOfSystem: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space on that file system, e.g. with `tspod system prune`',
  EDQUOT: 'free some space on that file system, e.g. with `tspod system prune`',
  EROFS: 'the file system is read-only: mount it anew, or name other places with --root and --runroot',
  EIO: 'the disk may be broken: look into the log of the kernel with `dmesg`',
};

/** Where to look for what was not found, by the code of the error. */
const listedBy: Readonly<Record<string, string>> = {
  'no-such-container': 'see what there is with `tspod ps --all`',
  'no-such-network': 'see what there is with `tspod network ls`',
  'no-such-pod': 'see what there is with `tspod pod ps`',
  'no-such-secret': 'see what there is with `tspod secret ls`',
  'no-such-volume': 'see what there is with `tspod volume ls`',
};

function hintOf(error: unknown): string | undefined {
  const { hint, code } = (error ?? {}) as { readonly hint?: unknown; readonly code?: unknown };
  return typeof hint === 'string' ? hint : (hintsOfSystem[String(code)] ?? listedBy[String(code)]);
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
