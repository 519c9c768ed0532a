import { readdirSync, readFileSync } from 'node:fs';
import { EngineError, type Runtime } from 'tspod';
import { eventually, type Traces, traces } from '../../e2e/support/machine.ts';
import type { Store } from '../../e2e/support/store.ts';

/** A store under test, and the engine that looks after it. */
export interface Sweep {
  readonly store: Store;
  readonly runtime: Runtime;
  /** Where the commands have their temporary files, if nothing else has any there. */
  readonly temporary?: string;
}

/** Name of a container that nothing may disturb. */
export const bystander = 'bystander';

/** What is left in a store that has only the bystander: traces, images, and drafts of files that were to be replaced. */
export interface Rest extends Traces {
  readonly images: readonly string[];
  readonly drafts: readonly string[];
  readonly counts: string;
  readonly temporaries: readonly string[];
}

export async function restOf({ store, runtime, temporary }: Sweep): Promise<Rest> {
  const images = (await runtime.images.list()).map(({ names, id }) => `${id} ${names.join()}`).sort();
  const drafts = readdirSync(store.root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(^|\/)\.(tmp-|state\.db\.)/.test(path),
  );
  const counts = readFileSync(`${store.runRoot}/overlay-layers/mountpoints.json`, 'utf8');
  const found = traces(store);
  // the storage's own mount of its home comes and goes with whoever needs it
  const mounts = found.mounts.filter((target) => target !== `${store.root}/overlay`);
  return { ...found, mounts, images, drafts, counts, temporaries: temporary === undefined ? [] : readdirSync(temporary) };
}

/** Waits until only `before` is left. */
export async function expectRest(sweep: Sweep, before: Rest): Promise<void> {
  const expected = JSON.stringify(before);
  let after = await restOf(sweep);
  await eventually(
    'what is left to go',
    async () => {
      after = await restOf(sweep);
      return JSON.stringify(after) === expected ? true : undefined;
    },
    5_000,
  ).catch(() => {
    throw new Error(`left ${differences(before, after)}`);
  });
}

/** After a failure: with what it left, and without what was just ending. */
export async function settledRest(sweep: Sweep): Promise<Rest> {
  for (let one = await restOf(sweep); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const other = await restOf(sweep);
    if (JSON.stringify(one) === JSON.stringify(other)) return other;
    one = other;
  }
}

/** No process and no cgroup belongs to a container that a listing does not show. */
export async function requireKnown({ store, runtime }: Sweep): Promise<void> {
  const known = (await runtime.listContainers({ all: true })).map(({ id }) => id);
  const isKnown = (text: string) => known.some((id) => text.includes(id));
  const strangers = () => {
    const { processes, cgroups } = traces(store);
    return [...processes, ...cgroups].filter((text) => /[0-9a-f]{64}/.test(text) && !isKnown(text));
  };
  await eventually('strangers to go', () => (strangers().length === 0 ? true : undefined), 5_000).catch(() => {
    throw new Error(`unknown to ps: ${strangers().join('; ')}`);
  });
}

export async function removeAll({ runtime }: Sweep): Promise<void> {
  for (const pod of await runtime.listPods()) await gone(() => pod.remove({ force: true, timeout: 0 }));
  for (const { id, name } of await runtime.listContainers({ all: true })) {
    if (name !== bystander) await gone(async () => void (await runtime.removeContainer(id, { force: true, timeout: 0 })));
  }
}

/** Removes; the exit command of what was killed may be faster. */
export async function gone(remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(EngineError.isInstance(error) && error.kind === 'not-found')) throw error;
  }
}

export function require(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function differences(before: Rest, after: Rest): string {
  return (Object.keys(before) as (keyof Rest)[])
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => {
      const [old, fresh] = [before[key], after[key]];
      if (typeof old === 'string' || typeof fresh === 'string')
        return `${key}: ${JSON.stringify(fresh)} instead of ${JSON.stringify(old)}`;
      const news = fresh.filter((item) => !old.includes(item)).map((item) => `+${item}`);
      return `${key}: ${[...news, ...old.filter((item) => !fresh.includes(item)).map((item) => `-${item}`)].join(' ')}`;
    })
    .join('; ');
}
