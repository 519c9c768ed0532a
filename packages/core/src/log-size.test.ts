import { expect, test } from 'vitest';
import { describeLogSize, parseLogSize } from './log-size.ts';

test.each([
  ['0', 0, '0B'],
  ['512', 512, '512B'],
  ['1k', 1000, '1kB'],
  ['10m', 10_000_000, '10MB'],
  ['1.5MB', 1_500_000, '1.5MB'],
  ['2 GiB', 2_000_000_000, '2GB'],
])('%s is %d bytes, shown as %s', (text, bytes, shown) => {
  expect(parseLogSize(text)).toBe(bytes);
  expect(describeLogSize(bytes)).toBe(shown);
});

test.each(['', 'zz', '-1', '1x', '1e3', '9999999999P'])('%j is refused', (text) => {
  expect(() => parseLogSize(text)).toThrowError(
    expect.objectContaining({ code: 'invalid-size', message: `invalid size: '${text}'` }),
  );
});
