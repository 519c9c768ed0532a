import { expect, test } from 'vitest';
import { suggest } from './suggest.ts';

const names = ['run', 'rm', 'rmi', 'ps', 'images', 'inspect', 'version'];

test.each([
  ['rnu', 'run'],
  ['imges', 'images'],
  ['insp', 'inspect'],
  ['verison', 'version'],
])('%s is nearest to %s', (word, nearest) => {
  expect(suggest(word, names)[0]).toBe(nearest);
});

test('nothing is near', () => {
  expect(suggest('nosuch', names)).toEqual([]);
});
