import { describe, expect, it } from 'vitest';
import { parseLimits, readLimits } from './limits.ts';

describe('limits', () => {
  it('are read by their OCI names', () => {
    const table = [
      'Limit                     Soft Limit           Hard Limit           Units     ',
      'Max cpu time              unlimited            unlimited            seconds   ',
      'Max open files            1024                 524288               files     ',
      'Max nice priority         0                    0                    ',
      'Max of something new      1                    2                    parsecs   ',
    ].join('\n');
    expect(Object.fromEntries(parseLimits(table))).toEqual({
      RLIMIT_CPU: { soft: 2 ** 64, hard: 2 ** 64 },
      RLIMIT_NOFILE: { soft: 1024, hard: 524288 },
      RLIMIT_NICE: { soft: 0, hard: 0 },
    });
  });

  it('are all known for this process', () => {
    expect(readLimits().size).toBe(16);
  });
});
