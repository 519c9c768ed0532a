import { expect, test } from 'vitest';
import { randomBytes } from './random.ts';

test('as many bytes as asked for, and others each time', () => {
  expect(randomBytes(33)).toHaveLength(33);
  expect(randomBytes(32)).not.toEqual(randomBytes(32));
  expect(randomBytes(0)).toHaveLength(0);
});
