import { InvalidArgumentError } from '@tspod/core';

export function invalidConfiguration(file: string, problem: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${file}: ${problem}`, {
    code: 'invalid-configuration',
    hint: 'mend the file, or move it away to work without it',
    cause,
  });
}
