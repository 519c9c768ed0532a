import { expect, test } from 'vitest';
import { checkOptionTypes, checkType, type Kind } from './argument-types.ts';

test.each<[Kind, good: unknown[], bad: unknown[]]>([
  ['a string', ['', 'a'], [1, null, undefined, ['a']]],
  ['a boolean', [true, false], ['true', 0, null]],
  ['a number', [0, -1, Number.POSITIVE_INFINITY], ['1', Number.NaN, 1n]],
  ['a date', [new Date()], ['2026-11-27', 0, new Date('x')]],
  ['a function', [() => undefined], [{}]],
  ['an object', [{}], [[], null, 'a', () => undefined]],
  ['an array', [[], [1]], [{}, 'ab']],
  ['an array of strings', [[], ['a']], ['ab', ['a', 1], {}]],
  ['an object of strings', [{}, { a: 'b' }], [['a=b'], { a: 1 }, { a: undefined }, null]],
])('%s', (kind, good, bad) => {
  for (const value of good) expect(() => checkType('it', value, kind)).not.toThrow();
  for (const value of bad) expect(() => checkType('it', value, kind)).toThrow(expect.objectContaining({ code: 'wrong-type' }));
});

test('the message names the option, what it must be and what it is', () => {
  const check = (options: object) => checkOptionTypes<{ command?: unknown }>('exec', options, { command: 'an array of strings' });
  expect(() => check({ command: 'ls -l' })).toThrow('command of exec must be an array of strings, and is "ls -l"');
  expect(() => check(undefined as never)).toThrow('the argument of exec must be an object, and is undefined');
  expect(() => check({ command: undefined, other: 1 })).not.toThrow();
});
