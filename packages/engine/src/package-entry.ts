import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from '@tspod/core';

/** Conditions of package.json's `exports` that hold for us. */
const conditions = ['node', 'import', 'module-sync', 'default'];

/** The module that a path stands for: a file itself, of a package directory the one that its package.json exports. */
export function packageEntry(path: string): string {
  if (!statSync(path).isDirectory()) return path;
  const manifest = join(path, 'package.json');
  const document = readManifest(manifest);
  const entry = exported(document.exports) ?? document.main ?? 'index.js';
  if (typeof entry === 'string') return join(path, entry);
  throw unusable(manifest, '"main" is no text');
}

function exported(value: unknown): unknown {
  if (typeof value === 'string' || typeof value !== 'object' || value === null) return value ?? undefined;
  const entries = Object.entries(value);
  const main = entries.find(([key]) => key === '.');
  if (main !== undefined) return exported(main[1]);
  return entries
    .filter(([key]) => conditions.includes(key))
    .map(([, target]) => exported(target))
    .find((target) => target !== undefined);
}

function readManifest(path: string): { readonly exports?: unknown; readonly main?: unknown } {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw unusable(path, code === 'ENOENT' ? 'there is no such file' : 'it is no JSON', cause);
  }
}

function unusable(path: string, problem: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${path}: ${problem}`, {
    code: 'invalid-backend',
    hint: 'name a module, or a directory with a package.json',
    cause,
  });
}
