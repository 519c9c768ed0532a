import { existsSync, readFileSync } from 'node:fs';
import type { OciRuntime } from '../../contracts/oci-runtime.ts';
import { EngineError, NotSupportedError, RuntimeFailedError, UnavailableError } from '../../errors.ts';

/** A runtime that has what checkpoints need. */
export type CheckpointingRuntime = OciRuntime & Required<Pick<OciRuntime, 'checkpoint' | 'checkpointUsability'>>;

/**
 * The runtime, if it can write and restore checkpoints on this machine.
 * @throws {NotSupportedError} `no-checkpoint`; {UnavailableError} `checkpoint-unavailable`, saying what is missing.
 */
export async function checkpointing(
  runtime: OciRuntime,
  needs: { readonly memoryTracking?: boolean } = {},
): Promise<CheckpointingRuntime> {
  const hint = 'make the container with an OCI runtime that has it and works with CRIU here, such as `--runtime runc`';
  if (!hasCheckpoints(runtime)) {
    throw new NotSupportedError('configured runtime does not support checkpoint/restore', { code: 'no-checkpoint', hint });
  }
  const usability = await runtime.checkpointUsability(needs);
  if (usability.usable) return runtime;
  throw new UnavailableError(usability.reason, { code: 'checkpoint-unavailable', hint });
}

function hasCheckpoints(runtime: OciRuntime): runtime is CheckpointingRuntime {
  return runtime.capabilities.checkpoint && runtime.checkpoint !== undefined && runtime.checkpointUsability !== undefined;
}

/** The failure of a runtime, with what CRIU's log says was the matter, which runtimes leave out. */
export function withReason(failure: unknown, log: string): unknown {
  if (!EngineError.isInstance(failure) || !(failure instanceof RuntimeFailedError) || !existsSync(log)) return failure;
  const reason = readFileSync(log, 'utf8')
    .split('\n')
    .find((line) => /^\([\d.]+\)\s+(\d+: )?Error \(/.test(line));
  if (reason === undefined) return failure;
  const { code, argv, exitCode, stderr } = failure;
  return new RuntimeFailedError(`${failure.message}: criu says: ${reason.slice(reason.indexOf('Error ('))}`, {
    ...{ code, argv, exitCode, stderr, cause: failure },
    hint: `all that criu said is in ${log}`,
  });
}
