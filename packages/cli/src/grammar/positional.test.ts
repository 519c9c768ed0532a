import { expect, test } from 'vitest';
import { atLeast, atMost, checkPositional, exactly, namesOrAll, noArguments, type PositionalRule } from './positional.ts';

const complaint = (rule: PositionalRule, count: number, flags: Record<string, unknown> = {}) => {
  try {
    checkPositional(rule, Array.from({ length: count }, String), { command: 'tspod test', flags });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

// The texts are podman's.
test.each([
  [noArguments, 0, undefined],
  [noArguments, 1, '`tspod test` takes no arguments'],
  [exactly(1), 0, 'accepts 1 arg(s), received 0'],
  [exactly(1), 2, 'accepts 1 arg(s), received 2'],
  [atLeast(2), 1, 'requires at least 2 arg(s), only received 1'],
  [atLeast(1), 5, undefined],
  [atMost(1), 2, 'accepts at most 1 arg(s), received 2'],
  [namesOrAll(), 0, 'you must provide at least one name or id'],
])('%j with %i arguments', (rule, count, expected) => {
  expect(complaint(rule, count)).toBe(expected);
});

test('--all stands for the names', () => {
  expect(complaint(namesOrAll(), 0, { all: true })).toBeUndefined();
  expect(complaint(namesOrAll(), 1, { all: true })).toBe('no arguments are needed with --all');
});
