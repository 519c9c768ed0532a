import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from '@tspod/core';

/**
 * The text of a file that the user named.
 * @param purpose begins the error's text, e.g. `parsing env file`.
 * @throws {InvalidArgumentError} `unreadable-file`.
 */
export function readUserFile(path: string, purpose: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? `open ${path}: no such file or directory` : message;
    throw new InvalidArgumentError(`${purpose}: ${why}`, { code: 'unreadable-file', cause: error });
  }
}
