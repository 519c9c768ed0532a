import { InvalidArgumentError } from '@tspod/core';
import type { Flag } from './grammar/flags.ts';

const streamNames: readonly string[] = ['stdin', 'stdout', 'stderr'];

export const attachFlag = {
  kind: 'strings',
  shorthand: 'a',
  help: 'Connect only these of stdin, stdout and stderr',
} as const satisfies Flag;

/** @throws {InvalidArgumentError} `invalid-option` for a name that is none of a stream. */
export function attachedStreams(names: readonly string[], interactive: boolean) {
  const words = names.map((name) => name.toLowerCase());
  const unknown = words.findIndex((word) => !streamNames.includes(word));
  if (unknown !== -1) {
    throw new InvalidArgumentError(
      `invalid stream "${names[unknown]}" for --attach - must be one of stdin, stdout, or stderr: invalid argument`,
      {
        code: 'invalid-option',
      },
    );
  }
  const has = (word: string) => words.length === 0 || words.includes(word);
  return { stdin: interactive && has('stdin'), stdout: has('stdout'), stderr: has('stderr') };
}
