import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkName } from './id.ts';
import { generateName } from './name-generator.ts';

const firstOf = (numbers: readonly number[]) => {
  const rest = [...numbers];
  return () => rest.shift() ?? 0;
};

test('the random numbers decide', () => {
  expect(generateName(firstOf([0, 0]))).toBe('able_acacia');
  expect(generateName(firstOf([0.999999, 0.999999]))).toBe('witty_zither');
});

test('every name is a valid one', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(random, random, (one, other) => {
      const name = generateName(firstOf([one, other]));
      expect(name).toMatch(/^[a-z]+_[a-z]+$/);
      expect(checkName(name)).toBe(name);
    }),
  );
});

test('there are enough of them, and no word twice', () => {
  const words = (pick: (step: number) => readonly number[]) =>
    Array.from({ length: 2000 }, (_, step) => generateName(firstOf(pick(step / 2000))).split('_'));
  const adjectives = words((step) => [step, 0]).map(([adjective]) => adjective);
  const things = words((step) => [0, step]).map(([, thing]) => thing);
  const runs = (list: readonly unknown[]) => list.filter((word, index) => word !== list[index - 1]).length;
  expect(new Set(adjectives).size).toBeGreaterThanOrEqual(100);
  expect(new Set(things).size).toBeGreaterThanOrEqual(150);
  expect(runs(adjectives)).toBe(new Set(adjectives).size);
  expect(runs(things)).toBe(new Set(things).size);
});
