import { InvalidArgumentError } from '@tspod/core';

export function invalidArchive(path: string, problem: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${path} can't be loaded: ${problem}`, {
    code: 'invalid-archive',
    hint: 'known are docker-archives, oci-archives (both plain or compressed), OCI layouts and docker directories',
    cause,
  });
}
