import { runsAll } from './share.ts';
import type { Backends } from './store.ts';

/** Every pair of OCI runtime and root-filesystem storage that the project ships. */
const pairs: readonly (Required<Pick<Backends, 'runtime' | 'storage'>> & { readonly title: string })[] = (
  ['crun', 'runc'] as const
).flatMap((runtime) => (['overlay', 'dir'] as const).map((storage) => ({ title: `${runtime} on ${storage}`, runtime, storage })));

/** Each of both with one partner at least; all pairs when every line of the tables runs. */
export const matrix = runsAll ? pairs : pairs.filter(({ runtime, storage }) => runtime === 'crun' || storage === 'overlay');
