import { expect, it } from 'vitest';
import { parseQuantity } from './quantity.ts';

it.each([
  ['500m', 0.5],
  ['1Gi', 2 ** 30],
  ['1.5', 1.5],
  ['100M', 1e8],
  ['1e3', 1000],
  ['.5Ki', 512],
  [2, 2],
  ['1E', 1e18],
])('reads %s', (text, number) => {
  expect(parseQuantity(text)).toBe(number);
});

it.each(['', 'Gi', '1GiB', '1 Gi', 'x', '1ki'])('refuses "%s"', (text) => {
  expect(() => parseQuantity(text)).toThrow(expect.objectContaining({ code: 'invalid-quantity' }));
});
