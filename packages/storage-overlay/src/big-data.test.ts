import { expect, it } from 'vitest';
import { bigDataFileName } from './big-data.ts';

it.each([
  ['manifest', 'manifest'],
  ['sha256:c4a6', '=c2hhMjU2OmM0YTY='],
  ['zstd-chunked-manifest', '=enN0ZC1jaHVua2VkLW1hbmlmZXN0'],
  ['..', '=Li4='],
  ['../../etc/passwd', '=Li4vLi4vZXRjL3Bhc3N3ZA=='],
])('keeps %s as %s', (key, name) => {
  expect(bigDataFileName(key)).toBe(name);
});
