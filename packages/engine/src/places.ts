import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeDirectory } from '@tspod/core';

/** Directories of one store. All absolute. */
export interface StorePlaces {
  readonly graphRoot: string;
  readonly runRoot: string;
  /** The engine's own directory on tmpfs. */
  readonly temporaryDirectory: string;
  readonly stateDatabase: string;
  readonly liveDatabase: string;
  readonly eventDatabase: string;
  readonly locks: string;
}

/**
 * Lays out a store. What lies on tmpfs is kept apart by graph root, because one run root (the default one, mostly) serves
 * several graph roots, and two stores must never meet.
 */
export function storePlaces(graphRoot: string, runRoot: string, temporaryDirectory: string | undefined): StorePlaces {
  const volatile = resolve(runRoot);
  makeDirectory(graphRoot, { what: 'graph root', flag: '--root' });
  makeDirectory(volatile, { what: 'run root', flag: '--runroot' });
  if (temporaryDirectory !== undefined) makeDirectory(temporaryDirectory, { what: 'temporary directory', flag: '--tmpdir' });
  const real = realpathSync(graphRoot);
  const own = join(temporaryDirectory ?? join(volatile, 'tspod'), keyOf(real));
  return {
    graphRoot: real,
    runRoot: volatile,
    temporaryDirectory: own,
    stateDatabase: join(real, 'tspod', 'state.db'),
    liveDatabase: join(own, 'live.db'),
    eventDatabase: join(real, 'tspod', 'events.db'),
    locks: join(own, 'locks'),
  };
}

/** 64-bit FNV-1a in hexadecimal: tells a user's few graph roots apart without loading Node's crypto. */
function keyOf(path: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(path)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}
