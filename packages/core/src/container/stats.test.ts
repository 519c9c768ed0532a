import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CgroupUsage } from '../contracts/host.ts';
import type { LiveState } from '../contracts/state-store.ts';
import { NotFoundError } from '../errors.ts';
import { monotonicNow } from '../monotonic-clock.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { ContainerConfig } from './config.ts';
import { readStats, repeatedly } from './stats.ts';

const used: CgroupUsage = {
  cpu: 500e6,
  cpuKernel: 100e6,
  perCpu: [],
  memory: 50,
  memoryLimit: 200,
  blockRead: 3,
  blockWritten: 4,
  pids: 2,
};

function looking(usage: () => CgroupUsage, changes: Partial<ContainerConfig> = {}, startedAt = new Date(Date.now() - 1000)) {
  const host = {
    cgroupUsage: async () => usage(),
    facts: async () => ({ memory: 1000 }),
    networkUsage: async () => ({ received: 7, sent: 8 }),
  };
  const spec = { ociVersion: '1', linux: { cgroupsPath: '/parent/libpod-x' } };
  const config = { id: 'x', name: 'n', network: 'private', spec, ...changes } as unknown as ContainerConfig;
  const state = { status: 'running', process: { pid: 1, startTime: 1 }, startedAt: startedAt.toISOString() };
  return (previous?: Parameters<typeof readStats>[3], live = { state } as unknown as LiveState) =>
    readStats({ host } as unknown as RuntimeParts, config, live, previous);
}

test('the first look counts from the start, the next from the one before', async () => {
  let cpu = used.cpu;
  const look = looking(() => ({ ...used, cpu }));
  const first = await look();
  expect(first).toMatchObject({ memory: 50, memoryLimit: 200, memoryPercent: 25, networkInput: 7, networkOutput: 8, pids: 2 });
  expect(first.cpuPercent).toBeCloseTo(50, -1);
  expect(first.averageCpuPercent).toBe(first.cpuPercent);
  cpu = 700e6;
  const later = { ...first, takenAt: first.takenAt - 200 };
  const second = await look(later);
  expect(second.cpuPercent).toBeGreaterThan(80);
  expect(second.cpuPercent).toBeLessThanOrEqual(100);
  expect(second.averageCpuPercent).toBeCloseTo(70, -1);
});

describe('while somebody sets the clock', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => vi.useRealTimers());

  test.each([86_400_000, -86_400_000])('by %s ms, percentages stay what they are', async (jump) => {
    let cpu = used.cpu;
    const look = looking(() => ({ ...used, cpu }));
    const { state } = {
      state: { status: 'running', process: { pid: 1, startTime: 1 }, startedAt: new Date().toISOString() } as const,
    };
    const live = { state, runningSince: monotonicNow() - 1000, runDir: '/run' };
    const first = await look(undefined, live);
    vi.setSystemTime(Date.now() + jump);
    cpu = 700e6;
    const second = await look({ ...first, takenAt: first.takenAt - 1000 }, live);
    expect(first.averageCpuPercent).toBeCloseTo(50, -1);
    expect(second.cpuPercent).toBeCloseTo(20, -1);
    expect(second.uptime / 1e6).toBeCloseTo(1000, -2);
  });
});

test('a look at an earlier run is left out of account', async () => {
  const look = looking(() => ({ ...used, cpu: 10e6 }));
  const before = { ...(await look()), cpu: 900e6 };
  const stats = await look(before);
  expect(stats.cpuPercent).toBe(stats.averageCpuPercent);
});

test('no limit, or one above it, is the memory of the machine', async () => {
  expect((await looking(() => ({ ...used, memoryLimit: undefined }))()).memoryLimit).toBe(1000);
  expect((await looking(() => ({ ...used, memoryLimit: 5000 }))()).memoryLimit).toBe(1000);
});

test('the network of the host is not counted', async () => {
  expect(await looking(() => used, { network: 'host' })()).toMatchObject({ networkInput: 0, networkOutput: 0 });
});

test('one that does not run, or whose cgroup has just gone, uses nothing', async () => {
  const gone = looking(() => {
    throw new NotFoundError('gone', { code: 'no-such-cgroup' });
  });
  for (const stats of [await gone(), await looking(() => used)(undefined, { state: { status: 'configured' } } as LiveState)]) {
    expect(stats).toMatchObject({ id: 'x', cpu: 0, cpuPercent: 0, memory: 0, memoryLimit: 0, pids: 0 });
  }
});

test('one without a cgroup is refused', async () => {
  const spec = { ociVersion: '1', linux: {} };
  await expect(looking(() => used, { spec })()).rejects.toMatchObject({ code: 'no-cgroup' });
});

test('looks again until aborted, with what it saw before', async () => {
  const controller = new AbortController();
  const seen: number[] = [];
  const following = (async () => {
    for await (const look of repeatedly<number>(async (previous = 0) => previous + 1, {
      interval: 1,
      signal: controller.signal,
    })) {
      seen.push(look);
      if (look === 3) controller.abort(new Error('enough'));
    }
  })();
  await expect(following).rejects.toThrow();
  expect(seen).toEqual([1, 2, 3]);
});
