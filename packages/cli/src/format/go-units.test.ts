import { expect, test } from 'vitest';
import { binarySize, decimalSize } from './go-units.ts';

test.each([
  [0, '0B', '0B'],
  [765_952, '766kB', '748KiB'],
  [67_108_864, '67.11MB', '64MiB'],
  [25_279_918_080, '25.28GB', '23.54GiB'],
  [303_104, '303.1kB', '296KiB'],
])('%d bytes', (bytes, decimal, binary) => {
  expect(decimalSize(bytes)).toBe(decimal);
  expect(binarySize(bytes)).toBe(binary);
});
