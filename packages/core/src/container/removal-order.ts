/** What the order of removals depends on. */
interface Dependent {
  readonly id: string;
  /** Ids, also of things that are not in the list. */
  readonly dependencies?: readonly string[] | undefined;
}

/**
 * Waves in which things can be removed that depend on each other: first those that none of the others needs, then those that only these
 * needed, and so on. Those of one wave can go at the same time.
 */
export function removalWaves<Item extends Dependent>(items: readonly Item[]): Item[][] {
  const waves: Item[][] = [];
  let left = items;
  while (left.length > 0) {
    const needed = new Set(left.flatMap(({ dependencies = [] }) => dependencies));
    const free = left.filter(({ id }) => !needed.has(id));
    if (free.length === 0) return [...waves, [...left]]; // in a circle: whoever removes them is told by each
    waves.push(free);
    left = left.filter(({ id }) => needed.has(id));
  }
  return waves;
}
