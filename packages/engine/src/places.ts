import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** Directories of one store. All absolute. */
export interface StorePlaces {
  readonly graphRoot: string;
  readonly runRoot: string;
  /** The engine's own directory on tmpfs. */
  readonly temporaryDirectory: string;
  readonly stateDatabase: string;
  readonly liveDatabase: string;
  readonly locks: string;
}

/**
 * Lays out a store. What lies on tmpfs is kept apart by graph root, because one run root (the default one, mostly) serves
 * several graph roots, and two stores must never meet.
 */
export function storePlaces(graphRoot: string, runRoot: string, temporaryDirectory: string | undefined): StorePlaces {
  mkdirSync(graphRoot, { recursive: true, mode: 0o700 });
  const real = realpathSync(graphRoot);
  const key = createHash('sha256').update(real).digest('hex').slice(0, 16);
  const own = join(temporaryDirectory ?? join(runRoot, 'tspod'), key);
  return {
    graphRoot: real,
    runRoot,
    temporaryDirectory: own,
    stateDatabase: join(real, 'tspod', 'state.db'),
    liveDatabase: join(own, 'live.db'),
    locks: join(own, 'locks'),
  };
}
