import type { HostEnvironment } from '@tspod/core';
import { parseDetachKeys, parseEnvironment, parseEnvironmentFile } from '@tspod/core';
import type { processFlags } from './container-flags.ts';
import type { FlagValues } from './grammar/flags.ts';
import { readUserFile } from './user-file.ts';

/** Variables of the files, and over them those of the flags. */
export function environmentOf(flags: FlagValues<typeof processFlags>, host: HostEnvironment): Record<string, string> {
  const fromFiles = flags['env-file'].map((path) =>
    parseEnvironmentFile(readUserFile(path, `parsing env file "${path}"`), path, host),
  );
  return Object.assign({}, ...fromFiles, ...flags.env.map((text) => parseEnvironment(text, host)));
}

/** The keys as given, known to be valid before anything is made. @throws {InvalidArgumentError} `invalid-detach-keys` */
export function checkedDetachKeys(keys: string | undefined): string | undefined {
  if (keys !== undefined) parseDetachKeys(keys);
  return keys;
}
