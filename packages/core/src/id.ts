import { checkType } from './argument-types.ts';
import { InvalidArgumentError } from './errors.ts';
import { randomBytes } from './random.ts';

/** A new id: 64 random lower-case hexadecimal digits. */
export function generateId(): string {
  return randomBytes(32).toString('hex');
}

/** The 12 digits that people see. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** @throws {InvalidArgumentError} `invalid-name` unless the name is `[a-zA-Z0-9][a-zA-Z0-9_.-]*`, as podman has it. */
export function checkName(name: string): string {
  checkType('the name', name, 'a string');
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    throw new InvalidArgumentError(
      `the name "${name}" is not valid: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument`,
      {
        code: 'invalid-name',
      },
    );
  }
  return name;
}
