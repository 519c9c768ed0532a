import { describe, expect, test } from 'vitest';
import type { LimitSupport } from '../contracts/host.ts';
import { parseByteSize } from './byte-size.ts';
import { parseCpuList } from './cpu-list.ts';
import { parseDeviceRule } from './device-rule.ts';
import { newResources } from './for-creation.ts';
import { mergeResources } from './merge.ts';
import type { ResourceOptions } from './options.ts';
import { resolveResources } from './resolve.ts';

const everything: LimitSupport = {
  memory: true,
  swap: true,
  memoryReservation: true,
  swappiness: true,
  oomKillDisable: true,
  pids: true,
  cpuShares: true,
  cpuQuota: true,
  cpuset: true,
  cpus: '0-3',
  mems: '0',
  blockIoWeight: true,
  blockIoWeightDevice: true,
  blockIoThrottle: true,
  unified: false,
};

function machine(support: Partial<LimitSupport> = {}) {
  return {
    limitSupport: async () => ({ ...everything, ...support }),
    deviceNumbers: async (path: string) => (path === '/dev/disk' ? { major: 8, minor: 16 } : undefined),
  };
}

async function made(options: ResourceOptions, support: Partial<LimitSupport> = {}) {
  const warnings: string[] = [];
  return { resources: await newResources(options, machine(support), (warning) => void warnings.push(warning)), warnings };
}

describe('parseByteSize', () => {
  test.each([
    ['0', 0],
    ['512', 512],
    ['512b', 512],
    ['64m', 64 * 2 ** 20],
    ['64 MB', 64 * 2 ** 20],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['.5k', 512],
  ])('%s', (text, bytes) => expect(parseByteSize(text)).toBe(bytes));

  test.each(['', 'x', '-5', '5x', '5bb', '5 mib b', '1e3', '5kbi', '9999999p'])('refuses "%s"', (text) => {
    expect(() => parseByteSize(text)).toThrowError(expect.objectContaining({ code: 'invalid-size' }));
  });
});

test.each([
  ['0', [0]],
  ['0-2,5', [0, 1, 2, 5]],
  ['3-1', undefined],
  ['x', undefined],
  ['', undefined],
])('the list of CPUs "%s"', (text, numbers) => {
  expect(parseCpuList(text)).toEqual(numbers && new Set(numbers));
});

describe('rules for devices', () => {
  test.each([
    ['c 1:3 rwm', { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' }],
    ['b 8:* r', { allow: true, type: 'b', major: 8, access: 'r' }],
    ['a *:* rwm', { allow: true, type: 'a', access: 'rwm' }],
  ])('%s', (text, rule) => expect(parseDeviceRule(text)).toEqual(rule));

  test.each(['', 'c 1:3', 'x 1:3 r', 'c 1 r', 'c 1:x r', 'c 1:3 z', 'c 1:3 r w'])('refuses "%s"', (text) => {
    expect(() => parseDeviceRule(text)).toThrowError(expect.objectContaining({ code: 'invalid-device-rule' }));
  });
});

describe('a new container', () => {
  test.each<[string, ResourceOptions, object]>([
    ['nothing', {}, {}],
    ['no limits in so many words', { memory: 0, memorySwap: -1, cpus: 0, cpuQuota: -1, cpuShares: 0 }, {}],
    ['swap is twice the memory', { memory: 1000 }, { memory: { limit: 1000, swap: 2000 } }],
    ['unlimited swap', { memory: 1000, memorySwap: -1 }, { memory: { limit: 1000 } }],
    ['no limit of processes', { pidsLimit: -1 }, { pids: { limit: 0 } }],
    ['CPUs', { cpus: 1.25 }, { cpu: { period: 100_000, quota: 125_000 } }],
    ['one member of a set', { cpusetCpus: '1-2' }, { cpu: { cpus: '1-2' } }],
    [
      'devices',
      { deviceReadBps: [{ path: '/dev/disk', rate: 7 }], blockIoWeightDevices: [{ path: '/dev/disk', weight: 20 }] },
      {
        blockIO: {
          weightDevice: [{ major: 8, minor: 16, weight: 20 }],
          throttleReadBpsDevice: [{ major: 8, minor: 16, rate: 7 }],
        },
      },
    ],
    ['huge pages', { hugePages: [{ pageSize: '2MB', limit: 4 }] }, { hugepageLimits: [{ pageSize: '2MB', limit: 4 }] }],
  ])('%s', async (_what, options, expected) => {
    expect(await made(options)).toEqual({ resources: expected, warnings: [] });
  });

  test.each<[ResourceOptions, RegExp]>([
    [{ memory: 10, memorySwap: 5 }, /minimum memoryswap limit should be larger/],
    [{ memorySwap: 5 }, /always set a memory limit/],
    [{ memory: 10, memoryReservation: 20 }, /cannot be less than memory reservation/],
    [{ memorySwappiness: 101 }, /range is 0-100/],
    [{ memory: -3 }, /memory: -3/],
    [{ memory: 1.5 }, /memory: 1.5/],
    [{ cpus: -1 }, /number of CPUs: -1/],
    [{ cpus: Number.NaN }, /number of CPUs: NaN/],
    [{ cpus: 1, cpuQuota: 5000 }, /cannot be set together/],
    [{ cpuPeriod: 10 }, /less than 1ms/],
    [{ cpuPeriod: Number.NaN }, /cpuPeriod: NaN/],
    [{ cpuQuota: 10 }, /less than 1ms/],
    [{ cpusetCpus: '9' }, /not available - requested 9, available: 0-3/],
    [{ cpusetCpus: 'x' }, /invalid value x/],
    [{ cpusetMems: '4' }, /memory nodes are not available/],
    [{ pidsLimit: -5 }, /invalid pids limit -5/],
    [{ blockIoWeight: 5 }, /from 10 to 1000/],
    [{ blockIoWeightDevices: [{ path: '/dev/disk', weight: 5 }] }, /invalid weight for device: \/dev\/disk:5/],
    [{ deviceReadIops: [{ path: '/dev/none', rate: 5 }] }, /\/dev\/none: no such file/],
    [{ deviceReadIops: [{ path: '/dev/disk', rate: -5 }] }, /rate of \/dev\/disk: -5/],
    [{ unified: { 'memory.high': '5' } }, /without cgroup v2/],
  ])('refuses %j', async (options, message) => {
    await expect(made(options)).rejects.toThrow(message);
  });

  test('what the kernel can’t limit is left out, and said', async () => {
    const { resources, warnings } = await made(
      { memory: 100, memorySwappiness: 5, blockIoWeight: 5, deviceWriteBps: [{ path: '/dev/disk', rate: 1 }], cpuShares: 3 },
      { swap: false, swappiness: false, blockIoWeight: false, blockIoThrottle: false },
    );
    expect(resources).toEqual({ memory: { limit: 100 }, cpu: { shares: 3 } });
    expect(warnings).toEqual([
      expect.stringContaining('Memory limited without swap'),
      expect.stringContaining('Memory swappiness discarded'),
      expect.stringContaining('Weight discarded'),
      'Your kernel does not support BPS Block I/O write limit or the cgroup is not mounted. Block I/O BPS write limit discarded',
    ]);
  });
});

test('an update lifts limits, and keeps what it does not name', async () => {
  const present = { devices: [], memory: { limit: 5, reservation: 4 }, cpu: { shares: 3, quota: 5000 }, pids: { limit: 9 } };
  const change = await resolveResources({ memory: 0, cpus: 0, pidsLimit: 0 }, machine(), () => undefined);
  expect(change).toEqual({ memory: { limit: -1, swap: -1 }, cpu: { quota: -1 }, pids: { limit: -1 } });
  expect(mergeResources(present, change)).toEqual({
    devices: [],
    memory: { limit: -1, reservation: 4, swap: -1 },
    cpu: { shares: 3, quota: -1 },
    pids: { limit: -1 },
  });
});
