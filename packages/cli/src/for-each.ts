import type { Output } from './output.ts';
import { messageOf } from './reporter.ts';

/** How many containers are worked on at the same time. */
const width = 4;

/**
 * Does the same to each of several objects, a few at a time. Results are printed in the given order, then the failures; answers the
 * failures.
 */
export async function forEach<Item>(
  items: readonly Item[],
  output: Output,
  act: (item: Item) => Promise<string | undefined>,
): Promise<unknown[]> {
  const outcomes: ({ readonly line: string | undefined } | { readonly failure: unknown })[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      try {
        outcomes[index] = { line: await act(items[index] as Item) };
      } catch (failure) {
        outcomes[index] = { failure };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  for (const outcome of outcomes) if ('line' in outcome && outcome.line !== undefined) output.line(outcome.line);
  return outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
}

/** Prints all failures but the last and throws that one, for it to be printed as every command's failure is. */
export function raise(failures: readonly unknown[], output: Output): void {
  for (const failure of failures.slice(0, -1)) output.error(messageOf(failure));
  if (failures.length > 0) throw failures.at(-1);
}
