import { expect, it } from 'vitest';
import { removalWaves } from './removal-order.ts';

const waves = (items: { id: string; dependencies?: string[] }[]) => removalWaves(items).map((wave) => wave.map(({ id }) => id));

it('has what others need behind them, and the rest as it was given', () => {
  const items = [
    { id: 'infra' },
    { id: 'b', dependencies: ['a', 'infra'] },
    { id: 'free' },
    { id: 'a', dependencies: ['infra'] },
  ];
  expect(waves(items)).toEqual([['b', 'free'], ['a'], ['infra']]);
});

it('does not mind what is not in the list, nor a circle', () => {
  expect(waves([{ id: 'a', dependencies: ['elsewhere'] }])).toEqual([['a']]);
  expect(waves([{ id: 'a', dependencies: ['b'] }, { id: 'b', dependencies: ['a'] }, { id: 'c' }])).toEqual([['c'], ['a', 'b']]);
});
