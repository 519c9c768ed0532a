import { NotFoundError, RuntimeFailedError } from '@tspod/core';
import { expect, test } from 'vitest';
import { UnknownFlagError, UsageError } from './grammar/usage-error.ts';
import { Output, type Sink } from './output.ts';
import { ExitError, Reporter } from './reporter.ts';

function reported(failure: unknown, more: Partial<Sink> = {}): { readonly exitCode: number; readonly printed: string } {
  let printed = '';
  const sink = {
    stdout: () => undefined,
    stderr: (bytes: Uint8Array) => {
      printed += Buffer.from(bytes).toString();
    },
    ...more,
  };
  const exitCode = new Reporter(new Output(sink)).report(failure);
  return { exitCode, printed };
}

test.each([
  [126, 'exec: "/etc": permission denied', 'exec: "/etc": permission denied: OCI permission denied'],
  [126, 'open executable: Operation not permitted', 'open executable: Operation not permitted: OCI permission denied'],
  [127, 'x not found', 'x not found: OCI runtime attempted to invoke a command that was not found'],
  [126, 'crun start was ended by SIGPIPE', 'OCI runtime error: crun start was ended by SIGPIPE'],
  [255, 'anything else', 'OCI runtime error: anything else'],
])('with exit code %i, the runtime’s words %j are told as %j', (exitCode, message, told) => {
  const failure = new ExitError(exitCode, new RuntimeFailedError(message, { code: 'oci-start-failed', argv: [] }));
  expect(reported(failure)).toEqual({ exitCode, printed: `Error: ${told}\n` });
});

test('a full disk is told with what to do', () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, mkdir '/x'"), { code: 'ENOSPC', syscall: 'mkdir' });
  const [error, hint] = reported(full).printed.split('\n');
  expect(error).toBe("Error: ENOSPC: no space left on device, mkdir '/x'");
  expect(hint).toContain('tspod system prune');
});

test.each<[what: string, failure: unknown, printed: string]>([
  [
    'the nearest flag',
    new UnknownFlagError('formt', ['format', 'filter', 'all']),
    "Error: unknown flag: --formt\nDid you mean --format?\nSee 'tspod --help'\n",
  ],
  ['no flag that is near', new UnknownFlagError('bogus', ['format']), "Error: unknown flag: --bogus\nSee 'tspod --help'\n"],
  ['where help is', new UsageError('requires a name'), "Error: requires a name\nSee 'tspod --help'\n"],
  [
    'what lists the rest',
    new NotFoundError('no such pod', { code: 'no-such-pod' }),
    'Error: no such pod\nsee what there is with `tspod pod ps`\n',
  ],
  [
    'errors of the system as Go words them',
    Object.assign(new Error("ENOENT: no such file or directory, open '/x'"), { code: 'ENOENT', syscall: 'open', path: '/x' }),
    'Error: open /x: no such file or directory\n',
  ],
])('tells %s', (_, failure, printed) => {
  expect(reported(failure)).toEqual({ exitCode: 125, printed });
});

test('colours are for terminals that show them', () => {
  expect(reported(new Error('no'), { hasColors: () => true }).printed).toBe('\x1b[31mError:\x1b[0m no\n');
  expect(reported(new Error('no'), { hasColors: () => false }).printed).toBe('Error: no\n');
});
