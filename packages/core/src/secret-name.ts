import { checkType } from './argument-types.ts';
import { InvalidArgumentError } from './errors.ts';

/** @throws {InvalidArgumentError} `invalid-secret-name` unless it is podman's `[a-zA-Z0-9]` with `_.-` between, up to 64 characters. */
export function checkSecretName(name: string): string {
  checkType('the name of a secret', name, 'a string');
  if (/^[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?$/.test(name)) return name;
  throw new InvalidArgumentError(
    `only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character must be [a-zA-Z0-9]: ${name}: invalid secret name`,
    { code: 'invalid-secret-name' },
  );
}
