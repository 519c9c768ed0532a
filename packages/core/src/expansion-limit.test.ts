import { describe, expect, it } from 'vitest';
import { exceedsExpansion, expansionLimit } from './expansion-limit.ts';

describe('the limit of expansion', () => {
  it('is read from the environment', () => {
    expect(expansionLimit({})).toEqual({ ratio: 250, allowance: 1024 ** 3 });
    expect(expansionLimit({ TSPOD_EXPANSION_LIMIT: '20' })).toEqual({ ratio: 20, allowance: 1024 ** 3 });
    expect(expansionLimit({ TSPOD_EXPANSION_LIMIT: '20:4096' })).toEqual({ ratio: 20, allowance: 4096 });
    for (const wrong of ['x', '-1', '1:', '1:2:3', '1.5']) {
      expect(() => expansionLimit({ TSPOD_EXPANSION_LIMIT: wrong })).toThrow(`"${wrong}" is neither RATIO nor RATIO:BYTES`);
    }
  });

  it('is exceeded by what is above the ratio and the allowance', () => {
    const limit = { ratio: 10, allowance: 1000 };
    expect(exceedsExpansion(limit, 1, 1000)).toBe(false);
    expect(exceedsExpansion(limit, 1, 1001)).toBe(true);
    expect(exceedsExpansion(limit, 101, 1010)).toBe(false);
    expect(exceedsExpansion(limit, 100, 1001)).toBe(true);
    expect(exceedsExpansion({ ...limit, ratio: 0 }, 0, 1e15)).toBe(false);
  });
});
