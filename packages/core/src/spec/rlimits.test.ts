import { describe, expect, test } from 'vitest';
import { clampRlimits, parseUlimit, requestedRlimits, unlimited } from './rlimits.ts';

describe('parseUlimit', () => {
  test.each([
    ['nofile=100:200', { type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }],
    ['core=0', { type: 'RLIMIT_CORE', soft: 0, hard: 0 }],
    ['memlock=-1', { type: 'RLIMIT_MEMLOCK', soft: unlimited, hard: unlimited }],
    ['stack=5:-1', { type: 'RLIMIT_STACK', soft: 5, hard: unlimited }],
  ])('%s', (text, expected) => {
    expect(parseUlimit(text)).toEqual(expected);
  });

  test.each(['nofile', 'foo=1', 'nofile=5:2', 'nofile=-1:5', 'nofile=x', 'nofile=1:2:3', '=1'])('refuses %s', (text) => {
    expect(() => parseUlimit(text)).toThrowError(
      expect.objectContaining({ code: 'invalid-ulimit', message: expect.stringContaining(text) }),
    );
  });
});

test('open files and processes are always limited, and the last word counts', () => {
  expect(requestedRlimits(['nofile=1:2', 'core=0', 'nofile=3:4'])).toEqual([
    { type: 'RLIMIT_NOFILE', soft: 3, hard: 4 },
    { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
    { type: 'RLIMIT_NPROC', soft: 1_048_576, hard: 1_048_576 },
  ]);
});

test('what exceeds the machine’s hard limit is lowered to it', () => {
  const host = new Map([['RLIMIT_NOFILE', { soft: 1024, hard: 20_000 }]]);
  expect(clampRlimits(requestedRlimits([]), host)).toEqual([
    { type: 'RLIMIT_NOFILE', soft: 20_000, hard: 20_000 },
    { type: 'RLIMIT_NPROC', soft: 1_048_576, hard: 1_048_576 },
  ]);
  expect(clampRlimits([{ type: 'RLIMIT_NOFILE', soft: 5, hard: unlimited }], host)).toEqual([
    { type: 'RLIMIT_NOFILE', soft: 5, hard: 20_000 },
  ]);
});
