import { EngineError } from './errors.ts';

/** The engine itself failed. */
export const engineFailure = 125;
/** The command can't be invoked. */
export const cannotInvoke = 126;
/** The command was not found. */
export const notFound = 127;

/** The container is there, but who shall run the command in it is not. */
const nobodyToRunIt = new Set(['unknown-user', 'unknown-group']);

/**
 * The exit code for a failure to run a command in a container (podman-run(1), "Exit Status"). Runtimes tell what went wrong only
 * in words, so the words decide, as in podman.
 */
export function exitCodeOf(error: unknown): 125 | 126 | 127 {
  if (!EngineError.isInstance(error)) return engineFailure;
  if (nobodyToRunIt.has(error.code)) return cannotInvoke;
  if (error.kind !== 'runtime-failed') return engineFailure;
  return /not found|no such file/i.test(error.message) ? notFound : cannotInvoke;
}
