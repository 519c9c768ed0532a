import { expect, test } from 'vitest';
import { InvalidArgumentError, NotFoundError, RuntimeFailedError } from './errors.ts';
import { exitCodeOf } from './exit-code.ts';

const runtimeFailed = (message: string) => new RuntimeFailedError(message, { code: 'oci-create-failed', argv: [] });

test.each([
  [runtimeFailed('executable file `nosuch` not found in $PATH: No such file or directory'), 127],
  [runtimeFailed('exec: "/nosuch": stat /nosuch: no such file or directory'), 127],
  [runtimeFailed('open executable: Operation not permitted'), 126],
  [runtimeFailed('exec: "/etc": permission denied'), 126],
  [runtimeFailed('anything else'), 126],
  [new InvalidArgumentError('unable to find user nosuch', { code: 'unknown-user' }), 126],
  [new NotFoundError('no such image', { code: 'no-such-image' }), 125],
  [new InvalidArgumentError('bad flag', { code: 'invalid-flag' }), 125],
  [new Error('not found'), 125],
])('%s is %i', (error, expected) => {
  expect(exitCodeOf(error)).toBe(expected);
});
