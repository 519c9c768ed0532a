import { ExitError } from './reporter.ts';
import { SignalTrap } from './session/signals.ts';

/** Runs a transfer that a signal interrupts; `what` ends the sentence that tells about it. */
export async function interruptible<Result>(what: string, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  using trap = new SignalTrap();
  try {
    return await work(trap.abortSignal);
  } catch (error) {
    if (trap.interrupted === undefined) throw error;
    throw new ExitError(trap.interrupted, new Error(`interrupted, ${what}`));
  }
}
