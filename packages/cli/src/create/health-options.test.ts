import { expect, test } from 'vitest';
import { parseFlags } from '../grammar/parser.ts';
import { healthFlags } from './health-flags.ts';
import { healthOptions } from './health-options.ts';

const options = (...words: string[]) => healthOptions(parseFlags(healthFlags, words).values as never);

// as podman 4.3.1 makes of them, but for the JSON list that begins with CMD, which it splits at spaces
test.each([
  ['a b  c', ['CMD-SHELL', 'a b  c']],
  ['["a","b"]', ['CMD', 'a', 'b']],
  ['["a b"]', ['CMD-SHELL', 'a b']],
  ['CMD a b', ['CMD', 'a', 'b']],
  ['CMD-SHELL a b', ['CMD-SHELL', 'a b']],
  ['["CMD","a","b"]', ['CMD', 'a', 'b']],
  ['["CMD-SHELL","a b"]', ['CMD-SHELL', 'a b']],
  ['none', ['NONE']],
  ['[]', []],
])('--health-cmd %s', (text, expected) => {
  expect(options('--health-cmd', text).healthCheck?.test).toEqual(expected);
});

test('times and retries', () => {
  expect(
    options('--health-interval', '1m30s', '--health-timeout', '500ms', '--health-start-period', '0', '--health-retries', '2'),
  ).toEqual({
    healthCheck: { test: undefined, interval: 90_000, timeout: 500, startPeriod: 0, retries: 2 },
    healthFailureAction: undefined,
  });
  expect(options('--health-interval', 'disable').healthCheck?.interval).toBe(0);
  expect(options()).toEqual({ healthCheck: undefined, healthFailureAction: undefined });
  expect(options('--no-healthcheck').healthCheck?.test).toEqual(['NONE']);
});

test.each([
  [['--health-interval', 'abc'], 'invalid healthcheck-interval: time: invalid duration "abc"'],
  [['--health-timeout', '1'], 'invalid healthcheck-timeout: time: missing unit in duration "1"'],
  [['--no-healthcheck', '--health-cmd', 'x'], 'cannot specify both --no-healthcheck and --health-cmd'],
])('%j is refused', (words, message) => {
  expect(() => options(...words)).toThrow(message);
});
