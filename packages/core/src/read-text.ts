import { readFileSync } from 'node:fs';

/**
 * A small text file, or undefined when it is not there: when reading it fails with one of these codes. Files of processes and cgroups that
 * end meanwhile fail in other ways, too.
 */
export function readTextIfThere(path: string, absent: readonly string[] = ['ENOENT']): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (absent.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
