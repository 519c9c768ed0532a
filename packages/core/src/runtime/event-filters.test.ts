import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../contracts/event-log.ts';
import { eventFilter } from './event-filters.ts';
import { eventMilliseconds, eventTime } from './events.ts';

const event = (details: Partial<EngineEvent>): EngineEvent => ({
  type: 'container',
  action: 'start',
  id: '',
  name: '',
  time: eventTime(0),
  attributes: {},
  ...details,
});

const events = [
  event({ id: 'abc1', name: 'web', action: 'create', attributes: { k: 'v', l: '' }, podId: 'f00d' }),
  event({ id: 'abc1', name: 'web', action: 'died', exitCode: 1, attributes: { k: 'v', l: '' }, podId: 'f00d' }),
  event({ id: 'abd2', name: 'db', action: 'remove' }),
  event({ type: 'image', id: 'ef', name: 'localhost/a:b', action: 'tag' }),
  event({ type: 'pod', id: 'f00d', name: 'group', action: 'create' }),
  event({ type: 'volume', name: 'data', action: 'create' }),
  event({ type: 'network', id: 'aa', name: 'front', action: 'create' }),
  event({ id: 'abd2', name: 'db', action: 'connect', network: 'front' }),
];

const chosen = (filters: Record<string, string[]>) => events.filter(eventFilter(filters)).map((one) => events.indexOf(one));

describe('eventFilter', () => {
  it.each([
    [{}, [0, 1, 2, 3, 4, 5, 6, 7]],
    [{ container: ['web'] }, [0, 1]],
    [{ container: ['ab'] }, [0, 1, 2, 7]],
    [{ container: ['we'] }, []],
    [{ event: ['died'] }, [1]],
    [{ event: ['die'], type: ['container'] }, [1]],
    [{ status: ['rm'] }, [2]],
    [{ EVENT: ['create'] }, [0, 4, 5, 6]],
    [{ event: ['create', 'died'], container: ['web'] }, [0, 1]],
    [{ image: ['localhost/a:b'] }, [3]],
    [{ image: ['e'] }, [3]],
    [{ pod: ['group'] }, [4]],
    [{ pod: ['f00'] }, [0, 1, 4]],
    [{ volume: ['data'] }, [5]],
    [{ network: ['front'] }, [6, 7]],
    [{ label: ['k=v'] }, [0, 1]],
    [{ label: ['k', 'l'] }, [0, 1]],
    [{ label: ['k', 'z'] }, []],
    [{ type: ['image', 'pod'] }, [3, 4]],
  ])('%j', (filters, expected) => {
    expect(chosen(filters)).toEqual(expected);
  });

  it.each([
    ['foo', 'x'],
    ['type', 'x'],
    ['constructor', 'x'],
  ])('refuses %s=%s', (key, value) => {
    expect(() => eventFilter({ [key]: [value] })).toThrow(expect.objectContaining({ code: 'invalid-filter' }));
  });
});

describe('eventTime', () => {
  it('has nine digits, and is read back', () => {
    expect(eventTime(1_795_492_800_000.25)).toBe('2026-11-24T04:00:00.000250000Z');
    expect(eventMilliseconds('2026-11-24T04:00:00.000250000Z')).toBe(1_795_492_800_000.25);
  });

  it('goes on in one process', () => {
    const times = Array.from({ length: 200 }, () => eventTime());
    expect(times).toEqual([...times].sort());
    expect(Math.abs(eventMilliseconds(times[0] ?? '') - Date.now())).toBeLessThan(1000);
  });
});
