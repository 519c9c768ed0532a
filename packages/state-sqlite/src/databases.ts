import type { Database } from './database.ts';

/** The two databases of a store, opened when first asked for. */
export interface Databases {
  state(): Database;
  live(): Database;
  close(): void;
}
