import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from './output.ts';

/** Shows something again and again, on a terminal each time on a cleared screen, until the process is interrupted or `show` fails. */
export async function repeatedly(milliseconds: number, output: Output, show: () => Promise<void>): Promise<never> {
  for (;;) {
    if (process.stdout.isTTY) output.text('\u001b[H\u001b[2J');
    await show();
    await sleep(milliseconds);
  }
}
