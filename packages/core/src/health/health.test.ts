import { describe, expect, test } from 'vitest';
import { commandOf } from './config.ts';
import { resolveFailureAction, resolveHealthCheck } from './resolve.ts';
import { afterCheck, beginRun, type CheckResult, type HealthState } from './state.ts';

const check = { test: ['CMD', 'x'], interval: 1000, timeout: 500, startPeriod: 100, retries: 2 };

function result(exitCode: number, startedAt: number): CheckResult {
  return { start: `s${startedAt}`, end: `e${startedAt}`, exitCode, output: '', startedAt, endedAt: startedAt + 10 };
}

function run(...results: readonly [exitCode: number, startedAt: number][]): HealthState {
  return results.reduce((state, [code, at]) => afterCheck(state, check, result(code, at)), beginRun(undefined, 1000));
}

describe('what checks make of the state', () => {
  test('it starts, and one success makes it healthy', () => {
    expect(beginRun(undefined, 1000)).toEqual({ status: 'starting', failingStreak: 0, log: [], runSince: 1000 });
    expect(run([0, 1001])).toMatchObject({ status: 'healthy', failingStreak: 0, checkedAt: 1011 });
  });

  test('failures of the start period are logged and do not count', () => {
    expect(run([1, 1000], [1, 1050], [1, 1099])).toMatchObject({ status: 'starting', failingStreak: 0 });
    expect(run([1, 1099]).log).toHaveLength(1);
    expect(run([1, 1099], [1, 1100])).toMatchObject({ status: 'starting', failingStreak: 1 });
  });

  test('so many failures in a row make it unhealthy, and one success mends it', () => {
    expect(run([0, 1200], [1, 1300])).toMatchObject({ status: 'healthy', failingStreak: 1 });
    expect(run([0, 1200], [1, 1300], [-1, 1400])).toMatchObject({ status: 'unhealthy', failingStreak: 2 });
    expect(run([1, 1200], [0, 1300], [1, 1400])).toMatchObject({ status: 'healthy', failingStreak: 1 });
    expect(run([1, 1200], [1, 1300], [0, 1400])).toMatchObject({ status: 'healthy', failingStreak: 0 });
  });

  test('five checks are kept, and the next run keeps them too, but not the failures', () => {
    const state = run([1, 1201], [1, 1202], [1, 1203], [1, 1204], [1, 1205], [1, 1206]);
    expect(state.log.map(({ start }) => start)).toEqual(['s1202', 's1203', 's1204', 's1205', 's1206']);
    expect(beginRun(state, 2000)).toEqual({ status: 'starting', failingStreak: 0, log: state.log, runSince: 2000 });
  });
});

describe('the check of a container', () => {
  const image = { Test: ['CMD-SHELL', 'test -e /ok'], Interval: 7e9 };

  test("is the caller's, else the image's, with defaults", () => {
    expect(resolveHealthCheck(undefined, undefined)).toBeUndefined();
    expect(resolveHealthCheck({ interval: 5 }, undefined)).toBeUndefined();
    expect(resolveHealthCheck({ test: ['CMD', 'x'] }, image)).toEqual({
      test: ['CMD', 'x'],
      interval: 30_000,
      timeout: 30_000,
      startPeriod: 0,
      retries: 3,
    });
    expect(resolveHealthCheck({ retries: 9 }, image)).toEqual({
      test: image.Test,
      interval: 7000,
      timeout: 30_000,
      startPeriod: 0,
      retries: 9,
    });
    expect(resolveHealthCheck({ test: ['NONE'] }, image)?.test).toEqual(['NONE']);
    expect(resolveHealthCheck(undefined, { Test: ['NONE'] })).toBeUndefined();
    expect(resolveHealthCheck(undefined, { Test: 'nonsense' })).toBeUndefined();
  });

  test.each([
    [{ test: [] }, 'must define a healthcheck command'],
    [{ test: ['x'], retries: 0 }, 'healthcheck-retries must be greater than 0'],
    [{ test: ['x'], timeout: 0 }, 'healthcheck-timeout must be at least 1 second'],
    [{ test: ['x'], startPeriod: -1 }, 'healthcheck-start-period must be 0 seconds or greater'],
    [{ test: ['x'], interval: -1 }, 'healthcheck-interval must be 0 seconds or greater'],
  ])('%j is refused', (asked, message) => {
    expect(() => resolveHealthCheck(asked, undefined)).toThrow(message);
  });

  test('an action needs a check', () => {
    expect(() => resolveFailureAction('kill', undefined)).toThrow('cannot set on-failure action to kill without a health check');
    expect(() => resolveFailureAction('foo' as never, check)).toThrow('supported actions are none,kill,restart,stop');
    expect(resolveFailureAction('none', undefined)).toBe('none');
  });

  test('its command', () => {
    const command = (...words: string[]) => commandOf({ ...check, test: words });
    expect(command('CMD', 'a', 'b')).toEqual(['a', 'b']);
    expect(command('CMD-SHELL', 'a b')).toEqual(['/bin/sh', '-c', 'a b']);
    expect(command('a', 'b')).toEqual(['a', 'b']);
    for (const none of [['NONE'], ['CMD'], ['CMD', ''], [], ['']]) expect(command(...none)).toBeUndefined();
  });
});
