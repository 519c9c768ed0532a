import type { OciRuntime } from '../contracts/oci-runtime.ts';
import { runtimeOf } from './backends.ts';
import { cgroupsPathIn } from './cgroup-path.ts';
import type { Run } from './run.ts';
import { isAlive, type ProcessIdentity } from './state.ts';

/** Has the runtime do something with a container that runs. @throws {InvalidStateError} `lost-by-runtime`; {CorruptError} `damaged-runtime-state` */
export async function throughRuntime<Result>(
  { parts, config }: Run,
  act: (runtime: OciRuntime) => Promise<Result>,
): Promise<Result> {
  try {
    return await act(runtimeOf(parts, config));
  } catch (error) {
    throw (await import('./lost-run.ts')).lossOf(error) ?? error;
  }
}

/** Sends a signal to the first process, without the runtime when that can't. */
export async function signalRun(run: Run, process: ProcessIdentity, signal: number): Promise<void> {
  try {
    await throughRuntime(run, (runtime) => runtime.kill(run.config.id, signal));
  } catch (error) {
    (await import('./lost-run.ts')).signalDirectly(run, process, signal, error);
  }
}

/** Lets a paused container go on, without the runtime when that can't. */
export async function resumeRun(run: Run): Promise<void> {
  try {
    await throughRuntime(run, (runtime) => runtime.resume(run.config.id));
  } catch (error) {
    await (await import('./lost-run.ts')).thaw(run, error);
  }
}

/** Ends what is left of a run and deletes it from the runtime, also what the runtime has lost. */
export async function deleteRun(run: Run): Promise<void> {
  const { parts, config, live } = run;
  try {
    await runtimeOf(parts, config).delete(config.id);
  } catch (error) {
    await (await import('./lost-run.ts')).discard(run, error);
  }
  if (isAlive(live.state) && parts.host.isRunning(live.state.process)) await (await import('./lost-run.ts')).endProcess(run);
  // crun deletes what it can't read, or has lost, but for its cgroup; systemd removes those that it made
  const cgroup = cgroupsPathIn(config, live);
  if (cgroup?.startsWith('/')) await parts.host.removeCgroup(cgroup);
}

/** The failure of something that another program did with the runtime: what was lost explains it. */
export async function explained(run: Run, failure: unknown): Promise<unknown> {
  try {
    await throughRuntime(run, (runtime) => runtime.state(run.config.id));
    return failure;
  } catch (error) {
    return (await import('./lost-run.ts')).isLoss(error) ? error : failure;
  }
}
