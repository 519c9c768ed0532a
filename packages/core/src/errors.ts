/**
 * Errors of the engine. A class says what a caller can do about the failure; `code` names the case and stays stable, while
 * messages may improve. Messages are lower case, without a final period, and carry the id, name or path they are about.
 *
 * Two copies of this package may be loaded in one program, so recognise errors with `EngineError.isInstance` and the `kind`
 * field, not with `instanceof`.
 */

const marker = Symbol.for('tspod.error');

export type ErrorKind =
  | 'not-found'
  | 'already-exists'
  | 'invalid-argument'
  | 'invalid-state'
  | 'in-use'
  | 'not-supported'
  | 'unavailable'
  | 'runtime-failed'
  | 'corrupt'
  | 'stopped';

export interface ErrorDetails {
  /** Stable name of the case, e.g. `no-such-container`. */
  readonly code: string;
  /** What to do next, one sentence, printed on a line of its own. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

export abstract class EngineError extends Error {
  abstract readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.hint = details.hint;
    Object.defineProperty(this, marker, { value: true });
  }

  static isInstance(error: unknown): error is EngineError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}

/** The named object does not exist. Codes: `no-such-container`, `no-such-image`, `no-such-file`, `no-such-exec-session`. */
export class NotFoundError extends EngineError {
  readonly kind = 'not-found';
}

/** An id or name is taken. Codes: `container-exists`, `image-exists`, `id-exists`. */
export class AlreadyExistsError extends EngineError {
  readonly kind = 'already-exists';
}

/** The caller's input can't be used as it is. The message names the input. */
export class InvalidArgumentError extends EngineError {
  readonly kind = 'invalid-argument';
}

/** The object is in a state in which the verb is not allowed. */
export class InvalidStateError extends EngineError {
  readonly kind = 'invalid-state';
  readonly actual: string;
  readonly allowed: readonly string[];

  constructor(message: string, details: ErrorDetails & { readonly actual: string; readonly allowed: readonly string[] }) {
    super(message, details);
    this.actual = details.actual;
    this.allowed = details.allowed;
  }
}

/** Something else still needs the object. `users` names them. */
export class InUseError extends EngineError {
  readonly kind = 'in-use';
  readonly users: readonly string[];

  constructor(message: string, details: ErrorDetails & { readonly users: readonly string[] }) {
    super(message, details);
    this.users = details.users;
  }
}

/** This backend, or this version of it, can't do what was asked; its capabilities say so beforehand. */
export class NotSupportedError extends EngineError {
  readonly kind = 'not-supported';
}

/** A program, kernel feature or privilege is missing on this machine; the hint says how to get it. */
export class UnavailableError extends EngineError {
  readonly kind = 'unavailable';
}

/** A helper program (OCI runtime, monitor, skopeo …) failed. */
export class RuntimeFailedError extends EngineError {
  readonly kind = 'runtime-failed';
  readonly argv: readonly string[];
  /** Exit code of the helper; `undefined` when a signal ended it or it could not be awaited. */
  readonly exitCode: number | undefined;
  /** The last kilobytes of what the helper wrote to stderr. */
  readonly stderr: string;

  constructor(
    message: string,
    details: ErrorDetails & {
      readonly argv: readonly string[];
      readonly exitCode?: number | undefined;
      readonly stderr?: string;
    },
  ) {
    super(message, details);
    this.argv = details.argv;
    this.exitCode = details.exitCode;
    this.stderr = details.stderr ?? '';
  }
}

/** A file of the store can't be understood. It is never overwritten; the message has its path. */
export class CorruptError extends EngineError {
  readonly kind = 'corrupt';
  readonly path: string;

  constructor(message: string, details: ErrorDetails & { readonly path: string }) {
    super(message, details);
    this.path = details.path;
  }
}

/** The `Runtime` was shut down; no handle of it works any more. */
export class RuntimeStoppedError extends EngineError {
  readonly kind = 'stopped';
}

/** Both the failure and what went wrong while undoing it: neither hides the other. The failure alone when both are the same. */
export function withUndoFailure(failure: unknown, undoFailure: unknown): Error {
  if (failure instanceof Error && undoFailure instanceof Error && failure.message === undoFailure.message) return failure;
  const text = failure instanceof Error ? failure.message : String(failure);
  const undoText = undoFailure instanceof Error ? undoFailure.message : String(undoFailure);
  return new AggregateError([failure, undoFailure], `${text} (and undoing it failed: ${undoText})`);
}

/** What a look-up answers, or undefined where there is no such thing. Other failures are thrown. */
export async function unlessMissing<Found>(lookUp: Promise<Found>): Promise<Found | undefined> {
  try {
    return await lookUp;
  } catch (error) {
    if (EngineError.isInstance(error) && (error as EngineError).kind === 'not-found') return undefined;
    throw error;
  }
}
