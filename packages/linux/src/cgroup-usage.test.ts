import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCgroupUsage } from './cgroup-usage.ts';
import type { CgroupHierarchy } from './cgroups.ts';
import { readLimitSupport } from './limit-support.ts';
import { parseNetworkUsage } from './network-usage.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-cgroups-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

const separate = (...names: readonly string[]): CgroupHierarchy[] =>
  names.map((name) => ({ version: 1, mountPoint: join(directory, 'v1', name), root: '/', controllers: name.split(',') }));
const unified = (): CgroupHierarchy[] => [{ version: 2, mountPoint: join(directory, 'v2'), root: '/', controllers: [] }];

test('version 1', () => {
  write({
    'v1/cpuacct/a/cpuacct.usage': '1234567\n',
    'v1/cpuacct/a/cpuacct.usage_percpu': '1000000 234567 \n',
    'v1/cpuacct/a/cpuacct.stat': 'user 3\nsystem 2\n',
    'v1/memory/a/memory.usage_in_bytes': '8192\n',
    'v1/memory/a/memory.limit_in_bytes': '9223372036854771712\n',
    'v1/pids/a/pids.current': '3\n',
    'v1/blkio/a/blkio.throttle.io_service_bytes_recursive':
      '254:0 Read 4096\n254:0 Write 10\n7:0 Read 4\n254:0 Total 4106\nTotal 4110\n',
  });
  const usage = readCgroupUsage(separate('cpuacct', 'memory', 'pids', 'blkio'), '/a');
  expect(usage).toEqual({
    cpu: 1_234_567,
    cpuKernel: 20e6,
    perCpu: [1_000_000, 234_567],
    memory: 8192,
    memoryLimit: undefined,
    blockRead: 4100,
    blockWritten: 10,
    pids: 3,
  });
  write({ 'v1/memory/a/memory.limit_in_bytes': '4096\n' });
  expect(readCgroupUsage(separate('memory'), '/a')).toMatchObject({ memoryLimit: 4096, cpu: 0, pids: 0 });
});

test('version 2', () => {
  write({
    'v2/a/cpu.stat': 'usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n',
    'v2/a/memory.current': '8192\n',
    'v2/a/memory.max': 'max\n',
    'v2/a/pids.current': '3\n',
    'v2/a/io.stat': '254:0 rbytes=4096 wbytes=10 rios=1\n7:0 rbytes=4 wbytes=0\n8:0\n',
  });
  const usage = { cpu: 1_500_000, cpuKernel: 500_000, perCpu: [], memory: 8192, blockRead: 4100, blockWritten: 10, pids: 3 };
  expect(readCgroupUsage(unified(), '/a')).toEqual({ ...usage, memoryLimit: undefined });
  write({ 'v2/a/memory.max': '4096\n' });
  expect(readCgroupUsage(unified(), '/a')).toEqual({ ...usage, memoryLimit: 4096 });
});

test('a cgroup that is not there', () => {
  for (const hierarchies of [separate('cpuacct', 'memory', 'pids'), unified()]) {
    expect(() => readCgroupUsage(hierarchies, '/nosuch')).toThrowError(expect.objectContaining({ code: 'no-such-cgroup' }));
  }
});

test('what can be limited', () => {
  write({
    'v1/memory/memory.limit_in_bytes': '',
    'v1/memory/memory.oom_control': '',
    'v1/cpuset/cpuset.cpus': '0-3\n',
    'v1/cpuset/cpuset.mems': '0\n',
    'v2/cgroup.controllers': 'cpuset cpu io memory pids\n',
    'v2/cpuset.cpus.effective': '0-1\n',
    'v2/io.cost.qos': '',
  });
  expect(readLimitSupport(separate('memory', 'cpuset', 'blkio'))).toMatchObject({
    ...{ memory: true, swap: false, oomKillDisable: true, swappiness: false, pids: false, cpuShares: false, cpuset: true },
    ...{ cpus: '0-3', mems: '0', blockIoWeight: false, blockIoThrottle: false, unified: false },
  });
  const support = {
    memory: true,
    swap: false,
    swappiness: false,
    oomKillDisable: false,
    pids: true,
    cpuQuota: true,
    cpus: '0-1',
  };
  expect(readLimitSupport(unified())).toMatchObject({ ...support, blockIoWeight: true, unified: true });
  write({ 'v2/a/memory.swap.max': 'max\n' });
  expect(readLimitSupport(unified())).toMatchObject({ ...support, swap: true });
});

test('bytes of a network, but for loopback', () => {
  const table = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     999       9    0    0    0     0          0         0      999       9    0    0    0     0       0          0
  eth0:    1000      10    0    0    0     0          0         0      200       2    0    0    0     0       0          0
  eth1:       5       1    0    0    0     0          0         0        6       1    0    0    0     0       0          0
`;
  expect(parseNetworkUsage(table)).toEqual({ received: 1005, sent: 206 });
});
