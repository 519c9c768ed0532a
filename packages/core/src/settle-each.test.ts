import { expect, it } from 'vitest';
import { settleEach, throwFailures } from './settle-each.ts';

it('goes on after failures, keeps the order, and does a few at a time', async () => {
  let busy = 0;
  let most = 0;
  const outcomes = await settleEach(
    [3, 1, 2, 5, 4],
    async (item) => {
      busy += 1;
      most = Math.max(most, busy);
      await new Promise((resolve) => setTimeout(resolve, item));
      busy -= 1;
      if (item % 2 === 0) throw new Error(`no ${item}`);
      return item * 10;
    },
    { width: 2 },
  );
  expect(most).toBe(2);
  expect(outcomes).toEqual([
    { item: 3, result: 30 },
    { item: 1, result: 10 },
    { item: 2, failure: new Error('no 2') },
    { item: 5, result: 50 },
    { item: 4, failure: new Error('no 4') },
  ]);
  expect(() => throwFailures(outcomes, 'it')).toThrow(AggregateError);
  expect(() => throwFailures(outcomes.slice(0, 3), 'it')).toThrow('no 2');
  throwFailures(outcomes.slice(0, 2), 'it');
});
