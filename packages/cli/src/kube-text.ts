import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError } from '@tspod/core';
import { readUserFile } from './user-file.ts';

/**
 * The text of a file, of stdin (`-`), or of what a URL of http or https leads to.
 * @throws {InvalidArgumentError} `unreadable-file`
 */
export async function readKubeText(source: string, workingDirectory: string): Promise<string> {
  if (source === '-') return readFileSync(0, 'utf8');
  if (!/^https?:\/\//.test(source)) return readUserFile(resolve(workingDirectory, source), 'reading Kubernetes YAML');
  try {
    const response = await fetch(source);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    return await response.text();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new InvalidArgumentError(`reading Kubernetes YAML from ${source}: ${cause}`, { code: 'unreadable-file', cause: error });
  }
}
