import { CorruptError, EngineError, InvalidStateError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { runtimeOf } from './backends.ts';
import { cgroupDirectory, cgroupsPathIn } from './cgroup-path.ts';
import { isDamage, type Run } from './run.ts';
import { isAlive, type ProcessIdentity } from './state.ts';

/*
 * A run of which the OCI runtime has lost its record, or can't read it any more, for example because `/run` was full. The process is still known
 * to us: it can be ended, and the next start has the runtime write everything anew.
 */

const hint = 'stop it, whereupon it can be started again, or remove it with `rm -f`';

/** What a failure of the runtime says when it is that; undefined: it is something else. */
export function lossOf(error: unknown): EngineError | undefined {
  if (!EngineError.isInstance(error)) return undefined;
  if (error.code === 'no-such-container') {
    return new InvalidStateError(`${error.message}, but its process runs`, {
      code: 'lost-by-runtime',
      actual: 'unknown to the OCI runtime',
      allowed: ['known to the OCI runtime'],
      hint,
      cause: error,
    });
  }
  if (!isDamage(error)) return undefined;
  return new CorruptError(error.message, { code: error.code, path: (error as CorruptError).path, hint, cause: error });
}

export function isLoss(error: unknown): boolean {
  return EngineError.isInstance(error) && (error.code === 'lost-by-runtime' || isDamage(error));
}

/** @throws what the runtime failed with when that is something else, or the process is gone. */
export function signalDirectly({ parts }: Run, process: ProcessIdentity, signal: number, failure: unknown): void {
  if (!isLoss(failure) || !parts.host.isRunning(process)) throw failure;
  tell(parts, failure, `sending signal ${signal} to its process`);
  parts.host.signal(process, signal);
}

/** @throws what the runtime failed with when that is something else. */
export async function thaw({ parts, config, live }: Run, failure: unknown): Promise<void> {
  const cgroup = cgroupsPathIn(config, live);
  if (!isLoss(failure) || cgroup === undefined) throw failure;
  tell(parts, failure, 'letting its processes go on');
  await parts.host.thawCgroup(cgroupDirectory(cgroup));
}

/** @throws what the runtime failed with when that is something else. */
export async function discard(run: Run, failure: unknown): Promise<void> {
  const { parts, config } = run;
  if (!isDamage(failure)) throw failure;
  tell(parts, failure, 'removing that');
  await endProcess(run);
  await runtimeOf(parts, config).delete(config.id, { discardDamaged: true });
}

/** What waits to be started, or runs beside the first process, when the runtime did not know that it should end it. */
export async function endProcess({ parts: { host }, config, live }: Run): Promise<void> {
  if (isAlive(live.state) && host.isRunning(live.state.process)) {
    host.killTree(live.state.process);
    await host.waitGone(live.state.process);
  }
  const cgroup = cgroupsPathIn(config, live);
  if (cgroup !== undefined) await host.endCgroup(cgroupDirectory(cgroup));
}

function tell(parts: RuntimeParts, error: unknown, instead: string): void {
  parts.log('warn', `${error instanceof Error ? error.message : String(error)}; ${instead}`);
}
