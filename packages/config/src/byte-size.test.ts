import { expect, it } from 'vitest';
import { parseByteSize } from './byte-size.ts';

it.each([
  ['1', 1],
  ['65536k', 65_536_000],
  ['64M', 64_000_000],
  ['1gb', 1_000_000_000],
  ['2GiB', 2_147_483_648],
  ['10b', 10],
  ['0', undefined],
  ['', undefined],
  ['k', undefined],
  ['-1', undefined],
  ['1.5g', undefined],
  ['1x', undefined],
  ['99999999999999999t', undefined],
])('%j is %j bytes', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});
