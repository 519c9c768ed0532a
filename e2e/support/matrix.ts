import type { Backends } from './store.ts';

/** Every pair of OCI runtime and root-filesystem storage that the project ships. */
export const matrix: readonly (Required<Backends> & { readonly title: string })[] = (['crun', 'runc'] as const).flatMap(
  (runtime) => (['overlay', 'dir'] as const).map((storage) => ({ title: `${runtime} on ${storage}`, runtime, storage })),
);
