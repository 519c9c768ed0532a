import { describe, expect, test } from 'vitest';
import { humanDuration, parseDuration, parseTime } from './durations.ts';

test.each([
  ['1h', 3_600_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['-5m', -300_000],
  ['250ms', 250],
  ['1us', 0.001],
  ['0', 0],
  ['.5s', 500],
  ['', undefined],
  ['5', undefined],
  ['1d', undefined],
  ['h', undefined],
  ['1h ', undefined],
  ['1.2.3s', undefined],
  ['-', undefined],
])('parseDuration("%s")', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

describe('parseTime', () => {
  const now = Date.parse('2026-11-23T20:00:00Z');
  const since = (text: string) => parseTime(text, { now, direction: 'past', option: '--since' });

  test('a duration counts back, or forward', () => {
    expect(since('1h')).toBe(now - 3_600_000);
    expect(parseTime('1h', { now, direction: 'future', option: '--until' })).toBe(now + 3_600_000);
  });

  test('dates, times and seconds since 1970', () => {
    expect(since('2026-11-23T19:00:00Z')).toBe(now - 3_600_000);
    expect(since('2026-11-23T20:00:00.25+01:00')).toBe(now - 3_600_000 + 250);
    expect(since('2026-11-23T19:00:00')).toBe(new Date(2026, 10, 23, 19).getTime());
    expect(since('2026-11-23')).toBe(new Date(2026, 10, 23).getTime());
    expect(since('1700000000.5')).toBe(1_700_000_000_500);
    expect(since('0')).toBe(0);
  });

  test.each(['', 'bogus', '2 hours ago', '20:00', '2026-11-23T20:00', '1d', '2026-13-40'])('refuses "%s"', (text) => {
    expect(() => since(text)).toThrowError(
      expect.objectContaining({ code: 'invalid-time', message: `parsing --since "${text}": unable to interpret time value` }),
    );
  });
});

test.each([
  [999, 'Less than a second'],
  [1000, '1 second'],
  [59_999, '59 seconds'],
  [60_000, 'About a minute'],
  [150_000, '2 minutes'],
  [3_600_000, 'About an hour'],
  [7_200_000, '2 hours'],
  [47 * 3_600_000, '47 hours'],
  [48 * 3_600_000, '2 days'],
  [14 * 86_400_000, '2 weeks'],
  [60 * 86_400_000, '2 months'],
  [730 * 86_400_000, '2 years'],
])('humanDuration(%d)', (milliseconds, expected) => {
  expect(humanDuration(milliseconds)).toBe(expected);
});
