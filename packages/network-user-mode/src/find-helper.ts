import { join } from 'node:path';
import { firstExecutable, UnavailableError } from '@tspod/core';

/** Looks in these directories, then in PATH. */
export function lookUpHelper(program: string, directories: readonly string[]): string | undefined {
  const searched = [...directories, ...(process.env.PATH ?? '').split(':'), '/usr/local/bin', '/usr/bin', '/bin'];
  return firstExecutable(searched.filter((directory) => directory.startsWith('/')).map((directory) => join(directory, program)));
}

/** @throws {UnavailableError} `missing-helper`, which names the package that has it. */
export function findHelper(program: string, directories: readonly string[], debianPackage: string): string {
  const path = lookUpHelper(program, directories);
  if (path !== undefined) return path;
  throw new UnavailableError(`could not find ${program}, the network namespace can't be configured`, {
    code: 'missing-helper',
    hint: `install the package ${debianPackage}`,
  });
}
