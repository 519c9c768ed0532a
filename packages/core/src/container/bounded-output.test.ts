import { expect, test } from 'vitest';
import { BoundedOutput } from './bounded-output.ts';

const bytes = (text: string) => Buffer.from(text);

test('keeps what comes while the client is busy, and gives it in order', async () => {
  const got: string[] = [];
  let free: () => void = () => undefined;
  const output = new BoundedOutput((stream, chunk) => {
    got.push(`${stream} ${Buffer.from(chunk)}`);
    return got.length > 1
      ? undefined
      : new Promise<void>((resolve) => {
          free = resolve;
        });
  }, 3);
  const fail = (error: unknown) => got.push(String(error));
  output.push('stdout', bytes('one'), fail);
  output.push('stderr', bytes('2'), fail);
  output.push('stdout', bytes('3'), fail);
  expect(got).toEqual(['stdout one']);
  free();
  await output.drained();
  expect(got).toEqual(['stdout one', 'stderr 2', 'stdout 3']);
  output.push('stdout', bytes('at once'), fail);
  expect(got).toHaveLength(4);
});

test('gives a client up that lets too much wait', () => {
  const output = new BoundedOutput(() => new Promise(() => undefined), 3);
  output.push('stdout', bytes('taken'), () => undefined);
  output.push('stdout', bytes('abc'), () => undefined);
  expect(() => output.push('stdout', bytes('d'), () => undefined)).toThrowError(
    expect.objectContaining({ code: 'client-too-slow' }),
  );
});

test('tells what a late delivery throws, and is drained then', async () => {
  const output = new BoundedOutput(async () => Promise.reject(new Error('broken')), 3);
  const failures: unknown[] = [];
  output.push('stdout', bytes('x'), (error) => failures.push(error));
  await output.drained();
  expect(failures).toEqual([new Error('broken')]);
});

test('what was dropped is not waited for', async () => {
  const output = new BoundedOutput(() => new Promise(() => undefined), 3);
  output.push('stdout', bytes('x'), () => undefined);
  output.drop();
  await output.drained();
});
