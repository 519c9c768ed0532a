import { describe, expect, test } from 'vitest';
import { parseSignal, signalName } from './signals.ts';

describe('parseSignal', () => {
  test.each([
    ['SIGTERM', 15],
    ['TERM', 15],
    ['term', 15],
    ['15', 15],
    [9, 9],
    ['-9', 9],
    ['-KILL', 9],
    ['CLD', 17],
    ['IOT', 6],
    ['POLL', 29],
    ['RTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['rtmin+15', 49],
    ['RTMAX-14', 50],
    ['SIGRTMAX-1', 63],
    ['RTMAX', 64],
    ['64', 64],
  ])('%s is %d', (signal, number) => {
    expect(parseSignal(signal)).toBe(number);
  });

  test.each(['', '0', 'NOPE', 'SIG', 'SIG 1', '1x', 'RTMIN-1', 'RTMIN+31', 'RTMAX+1', 'RTMAX-31', '65', '99', '--9', '1.5'])(
    'refuses "%s"',
    (signal) => {
      expect(() => parseSignal(signal)).toThrowError(
        expect.objectContaining({ code: 'invalid-signal', message: expect.stringContaining(`invalid signal: ${signal}`) }),
      );
    },
  );
});

test('every signal has a name that leads back to it', () => {
  const all = Array.from({ length: 64 }, (_, index) => index + 1);
  expect(all.map(signalName).map(parseSignal)).toEqual(all);
  expect([15, 6, 17, 29, 34, 37, 63].map(signalName)).toEqual([
    'SIGTERM',
    'SIGABRT',
    'SIGCHLD',
    'SIGIO',
    'SIGRTMIN',
    'SIGRTMIN+3',
    'SIGRTMAX-1',
  ]);
});
