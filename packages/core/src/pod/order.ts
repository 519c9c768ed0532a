import { InvalidStateError } from '../errors.ts';

/** What the order of containers depends on. */
export interface Dependent {
  readonly id: string;
  /** Ids, also of containers that are not in the list. */
  readonly dependencies?: readonly string[] | undefined;
}

/**
 * The containers in the order in which they can be started: each behind those of the list that it depends on, otherwise by id.
 * @throws {InvalidStateError} `dependency-cycle` naming the containers that depend on each other.
 */
export function inDependencyOrder<Item>(items: readonly Item[], dependentOf: (item: Item) => Dependent): Item[] {
  let left = items.toSorted((one, other) => (dependentOf(one).id < dependentOf(other).id ? -1 : 1));
  const ordered: Item[] = [];
  while (left.length > 0) {
    const open = new Set(left.map((item) => dependentOf(item).id));
    const isReady = (item: Item) => !(dependentOf(item).dependencies ?? []).some((needed) => open.has(needed));
    const ready = left.filter(isReady);
    if (ready.length === 0) {
      throw new InvalidStateError(`the containers ${[...open].join(', ')} depend on each other`, {
        code: 'dependency-cycle',
        actual: 'cyclic',
        allowed: [],
      });
    }
    ordered.push(...ready);
    left = left.filter((item) => !ready.includes(item));
  }
  return ordered;
}
