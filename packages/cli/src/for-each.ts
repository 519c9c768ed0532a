import { settleEach } from '@tspod/core';
import type { Output } from './output.ts';
import { messageOf } from './reporter.ts';

/**
 * Does the same to each of several objects, a few at a time. Results are printed in the given order, then the failures; answers the
 * failures.
 */
export async function forEach<Item>(
  items: readonly Item[],
  output: Output,
  act: (item: Item) => Promise<string | undefined>,
  options?: { readonly width?: number | undefined },
): Promise<unknown[]> {
  const outcomes = await settleEach(items, act, options);
  for (const outcome of outcomes) if ('result' in outcome && outcome.result !== undefined) output.line(outcome.result);
  return outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
}

/** Prints all failures but the last and throws that one, for it to be printed as every command's failure is. */
export function raise(failures: readonly unknown[], output: Output): void {
  for (const failure of failures.slice(0, -1)) output.error(messageOf(failure));
  if (failures.length > 0) throw failures.at(-1);
}
