import { describe, expect, test } from 'vitest';
import type { ProcessDetails } from '../../contracts/host.ts';
import { descriptorNames, parseDescriptors, usualDescriptors } from './descriptors.ts';
import { goDuration } from './go-duration.ts';

const process: ProcessDetails = {
  pid: 7,
  hostPid: 1234,
  parent: 1,
  processGroup: 7,
  hostUser: { real: 100_000, effective: 100_005 },
  hostGroup: { real: 100_000, effective: 100_005, others: [100_009, 100_005] },
  user: { real: 0, effective: 5 },
  group: { real: 0, effective: 5, others: [9, 5] },
  capabilities: { ambient: 0n, bounding: 2n ** 41n - 1n, effective: 0b11n, inheritable: 0n, permitted: 2n ** 12n + 1n },
  lastCapability: 40,
  seccomp: 'filter',
  label: '',
  name: 'sh',
  argv: ['sh', '-c', 'sleep 5'],
  state: 'S',
  nice: -3,
  terminal: 'pts/0',
  cpu: 20e6,
  elapsed: 2.5e9,
  virtualMemory: 2_322_432,
  residentMemory: 1_048_576,
};
const names = {
  user: (id: number) => `u${id}`,
  group: (id: number) => `g${id}`,
  hostUser: (id: number) => `U${id}`,
  hostGroup: (id: number) => `G${id}`,
};
const valueOfOne = (descriptor: string, changes: Partial<ProcessDetails> = {}) =>
  parseDescriptors([descriptor]).map(({ value }) => value({ ...process, ...changes }, names))[0];

test.each([
  ['args', 'sh -c sleep 5 '],
  ['capamb', 'none'],
  ['capbnd', 'full'],
  ['capeff', 'CHOWN,DAC_OVERRIDE'],
  ['capprm', 'CHOWN,NET_ADMIN'],
  ['etime', '2.5s'],
  ['group', 'g5'],
  ['groups', 'g5,g9'],
  ['hgroups', 'G100005,G100009'],
  ['hpid', '1234'],
  ['huser', 'U100005'],
  ['label', '?'],
  ['pcpu', '0.800'],
  ['rgroup', 'g0'],
  ['rss', '1024'],
  ['ruser', 'u0'],
  ['time', '20ms'],
  ['user', 'u5'],
  ['vsz', '2268'],
  ['%p', '7'],
  ['%P', '1'],
])('%s', (descriptor, expected) => expect(valueOfOne(descriptor)).toBe(expected));

test('what has no arguments, terminal or age', () => {
  expect(valueOfOne('args', { argv: [], name: 'kthreadd' })).toBe('[kthreadd]');
  expect(valueOfOne('tty', { terminal: '' })).toBe('?');
  expect(valueOfOne('pcpu', { elapsed: 0 })).toBe('0.000');
});

test('several, by commas or words; the usual ones; unknown ones', () => {
  const titles = (...texts: string[]) => parseDescriptors(texts).map(({ title }) => title);
  expect(titles('pid,comm', '%C')).toEqual(['PID', 'COMMAND', '%CPU']);
  expect(titles()).toEqual(titles(...usualDescriptors));
  expect(parseDescriptors(descriptorNames)).toHaveLength(descriptorNames.length);
  for (const unknown of ['-ef', 'aux', 'PID', 'toString', '%q']) {
    expect(() => titles(unknown)).toThrowError(expect.objectContaining({ code: 'unknown-descriptor' }));
  }
});

describe('a duration as Go writes it', () => {
  test.each([
    [0, '0s'],
    [5, '5ns'],
    [1_500, '1.5µs'],
    [501_487_506, '501.487506ms'],
    [1e9, '1s'],
    [20_386_825_206, '20.386825206s'],
    [60e9, '1m0s'],
    [3_732_500_000_000, '1h2m12.5s'],
  ])('%d', (nanoseconds, text) => expect(goDuration(nanoseconds)).toBe(text));
});
