/** How one of many went. */
export type Outcome<Item, Result> = { readonly item: Item } & ({ readonly result: Result } | { readonly failure: unknown });

/** How many are worked on at the same time. */
const defaultWidth = 4;

/**
 * Does the same to each of several things, a few at a time, and goes on when one fails. Answers how each went, in the given order.
 *
 * @example
 * for (const outcome of await settleEach(containers, (container) => container.stop()))
 *   if ('failure' in outcome) console.error(`${outcome.item.name}: ${outcome.failure}`);
 */
export async function settleEach<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
  { width = defaultWidth }: { readonly width?: number | undefined } = {},
): Promise<Outcome<Item, Result>[]> {
  const outcomes: Outcome<Item, Result>[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index] as Item;
      try {
        outcomes[index] = { item, result: await act(item) };
      } catch (failure) {
        outcomes[index] = { item, failure };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return outcomes;
}

/** @throws the failure, or an AggregateError with all of them, if there was any. */
export function throwFailures(outcomes: readonly Outcome<unknown, unknown>[], what: string): void {
  const failures = outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, `${what} failed for ${failures.length} of ${outcomes.length}`);
}
