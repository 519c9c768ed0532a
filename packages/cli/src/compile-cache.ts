import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { isAbsolute, join } from 'node:path';

/**
 * Keeps V8's compiled code between runs, in a directory that only this user can write: whoever can write there can run code as us.
 * Without such a directory tspod works as well, and starts more slowly.
 */
export function useCompileCache(): void {
  const base = cacheBase();
  if (base === undefined) return;
  try {
    const own = privateDirectory(join(base, 'tspod'));
    if (own !== undefined && privateDirectory(join(own, 'compile-cache')) !== undefined)
      enableCompileCache(join(own, 'compile-cache'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error; // a read-only file system, a home that is not there
  }
}

function cacheBase(): string | undefined {
  if (process.geteuid?.() === 0) return '/var/cache';
  const { XDG_CACHE_HOME, HOME } = process.env;
  if (XDG_CACHE_HOME !== undefined && isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME;
  return HOME !== undefined && isAbsolute(HOME) ? join(HOME, '.cache') : undefined;
}

function privateDirectory(path: string): string | undefined {
  let stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    stat = lstatSync(path);
  }
  return stat.isDirectory() && stat.uid === process.geteuid?.() && (stat.mode & 0o022) === 0 ? path : undefined;
}
