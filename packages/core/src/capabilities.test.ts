import { describe, expect, test } from 'vitest';
import { defaultCapabilities, grantedCapabilities, normaliseCapabilities, processCapabilities } from './capabilities.ts';

const bounding = [...defaultCapabilities, 'CAP_NET_ADMIN', 'CAP_SYS_ADMIN'];
const nothing = { defaults: ['CHOWN', 'KILL'], add: [], drop: [], privileged: false, bounding };

describe('normaliseCapabilities', () => {
  test('accepts any spelling, and answers each once, sorted', () => {
    expect(normaliseCapabilities(['sys_admin', 'CAP_CHOWN', 'Cap_Sys_Admin', 'all'])).toEqual([
      'ALL',
      'CAP_CHOWN',
      'CAP_SYS_ADMIN',
    ]);
  });

  test.each([
    ['nope', 'CAP_NOPE'],
    ['CAP_', 'CAP_'],
    ['', 'CAP_'],
  ])('names the unknown "%s"', (name, shown) => {
    expect(() => normaliseCapabilities([name])).toThrowError(
      expect.objectContaining({ code: 'unknown-capability', message: `"${shown}": unknown capability` }),
    );
  });
});

describe('grantedCapabilities', () => {
  test.each([
    ['the defaults', {}, ['CAP_CHOWN', 'CAP_KILL']],
    ['an added one', { add: ['net_admin'] }, ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_ADMIN']],
    ['a dropped one', { drop: ['kill'] }, ['CAP_CHOWN']],
    ['none', { drop: ['all'] }, []],
    ['only an added one', { drop: ['all'], add: ['NET_ADMIN'] }, ['CAP_NET_ADMIN']],
    ['all but one', { add: ['all'], drop: ['SYS_ADMIN'] }, [...defaultCapabilities, 'CAP_NET_ADMIN'].sort()],
    ['what the machine has not', { add: ['SYS_RESOURCE'] }, ['CAP_CHOWN', 'CAP_KILL']],
    ['privileged, whatever is dropped', { privileged: true, drop: ['net_admin'] }, [...bounding].sort()],
  ])('%s', (_what, request, expected) => {
    expect(grantedCapabilities({ ...nothing, ...request })).toEqual(expected);
  });

  test('refuses what is both added and dropped', () => {
    expect(() => grantedCapabilities({ ...nothing, add: ['kill'], drop: ['CAP_KILL'] })).toThrowError(
      'capability "CAP_KILL" cannot be dropped and added',
    );
  });
});

describe('processCapabilities', () => {
  const granted = ['CAP_CHOWN', 'CAP_SYS_ADMIN'];

  test('root has what the container has, and nothing ambient', () => {
    expect(processCapabilities(granted, 0, ['CAP_SYS_ADMIN'])).toEqual({
      bounding: granted,
      effective: granted,
      permitted: granted,
    });
  });

  test('another user has only the bounding set', () => {
    expect(processCapabilities(granted, 1000, [])).toEqual({ bounding: granted });
  });

  test.each([
    [['CAP_SYS_ADMIN', 'CAP_KILL'], ['CAP_SYS_ADMIN']],
    [['ALL'], granted],
  ])('another user with %j', (add, own) => {
    expect(processCapabilities(granted, 1000, add)).toEqual({
      bounding: granted,
      effective: own,
      inheritable: own,
      permitted: own,
      ambient: own,
    });
  });

  test('empty sets are left out', () => {
    expect(processCapabilities([], 0, [])).toEqual({});
  });
});
