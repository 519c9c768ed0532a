import type { Context } from './context.ts';
import { SignalTrap } from './session/signals.ts';

/** Puts the cursor home and clears what is below. */
const clearScreen = '\x1b[H\x1b[2J';

export interface StatsLoop<Look> {
  /** Show the first look only. */
  readonly once: boolean;
  /** Leave what was shown before on the terminal. */
  readonly keep: boolean;
  show(look: Look): string;
}

/** Shows one look after the other, each in place of the one before on a terminal; ends when interrupted. Answers the exit code. */
export async function showStats<Look>(
  context: Context,
  looks: (signal: AbortSignal) => AsyncIterable<Look>,
  { once, keep, show }: StatsLoop<Look>,
): Promise<number> {
  using trap = new SignalTrap();
  const redraws = !once && !keep && process.stdout.isTTY === true;
  try {
    for await (const look of looks(trap.abortSignal)) {
      context.output.text((redraws ? clearScreen : '') + show(look));
      if (once) break;
    }
  } catch (error) {
    if (trap.interrupted === undefined) throw error;
  }
  return trap.interrupted ?? 0;
}
