import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { placeInCgroup, readCgroupHierarchies, removeCgroup } from './cgroups.ts';
import { createLinuxHost } from './host.ts';
import { startProgram } from './test-process.ts';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.log('skipping cgroups and mounts of the host: they need root');

/** The paths of a process in `/proc/<pid>/cgroup`, by controllers. */
function cgroupsOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(':').slice(1)));
}

describe.runIf(isRoot)('the host', () => {
  const host = createLinuxHost();
  const hierarchies = readCgroupHierarchies();
  const parent = `/tspod-test-${process.pid}`;
  const path = `${parent}/leaf`;
  const directories = (name: string) => hierarchies.map(({ mountPoint }) => join(mountPoint, name)).filter(existsSync);

  /** The kernel needs a moment to take a dead process out of its cgroup. */
  afterEach(async () => {
    for (let attempts = 0; attempts < 50 && directories(parent).length > 0; attempts++) {
      removeCgroup(hierarchies, path);
      removeCgroup(hierarchies, parent);
      await sleep(20);
    }
    expect(directories(parent)).toEqual([]);
  });

  it('tells what a cgroup uses, and what is beside a process', async () => {
    await using busy = startProgram('sh', '-c', 'while :; do :; done');
    await host.placeInCgroup(path, busy.pid);
    await sleep(100);
    const usage = await host.cgroupUsage(path);
    expect(usage.cpu).toBeGreaterThan(0);
    expect(usage.pids).toBe(1);
    await expect(host.cgroupUsage(`${parent}/nosuch`)).rejects.toMatchObject({ code: 'no-such-cgroup' });

    const identity = host.processIdentity(busy.pid);
    if (identity === undefined) throw new Error('it runs');
    // this process's own namespace: those of its cgroup only
    expect(await host.processesBeside(identity)).toMatchObject([
      {
        pid: busy.pid,
        hostPid: busy.pid,
        parent: process.pid,
        name: 'sh',
        argv: ['sh', '-c', 'while :; do :; done'],
        terminal: '',
      },
    ]);
    expect(await host.networkUsage(identity)).toMatchObject({ received: expect.any(Number), sent: expect.any(Number) });
    const gone = { ...identity, startTime: identity.startTime + 1 };
    expect(await host.processesBeside(gone)).toEqual([]);
    expect(await host.networkUsage(gone)).toBeUndefined();
  });

  it('places processes in every hierarchy, new cgroups or not, and removes cgroups', async () => {
    await using first = startProgram('sleep', '60');
    await using second = startProgram('sleep', '60');
    const before = cgroupsOf(first.pid);
    await host.placeInCgroup(path, first.pid);
    await host.placeInCgroup(path, second.pid);
    expect(cgroupsOf(first.pid)).toEqual(Object.fromEntries(Object.keys(before).map((name) => [name, path])));
    expect(cgroupsOf(second.pid)).toEqual(cgroupsOf(first.pid));
    expect(directories(path)).toHaveLength(hierarchies.length);

    await host.removeCgroup(path);
    await host.removeCgroup(parent);
    expect(directories(path)).toHaveLength(hierarchies.length);
    await first.kill();
    await second.kill();
    for (let attempts = 0; attempts < 50 && directories(path).length > 0; attempts++) {
      await host.removeCgroup(path);
      await sleep(20);
    }
    expect(directories(path)).toEqual([]);
    expect(directories(parent)).toHaveLength(hierarchies.length);
    await host.removeCgroup(path);
  });

  it('brings a process back when it can not be placed everywhere', async () => {
    await using child = startProgram('sleep', '60');
    const before = cgroupsOf(child.pid);
    const impossible = { version: 1, mountPoint: '/proc/self', root: '/', controllers: ['none'] } as const;
    await expect(placeInCgroup([...hierarchies, impossible], path, child.pid)).rejects.toThrow("mkdir '/proc/self/tspod-test");
    expect(cgroupsOf(child.pid)).toEqual(before);
    expect(directories(parent)).toEqual([]);
  });

  it('makes no cgroup for a process that is gone, or at a path that leads elsewhere', async () => {
    await expect(host.placeInCgroup(path, 2 ** 22 + 1)).rejects.toMatchObject({ code: 'ENOENT' });
    for (const wrong of ['', '/', 'relative', '/a/../../b', '/.']) {
      await expect(host.placeInCgroup(wrong, process.pid)).rejects.toMatchObject({ code: 'invalid-cgroup-path' });
      await expect(host.removeCgroup(wrong)).rejects.toMatchObject({ code: 'invalid-cgroup-path' });
    }
    expect(directories(parent)).toEqual([]);
  });

  it('leaves a process out of a cpuset that has nothing to give', async () => {
    await using child = startProgram('sleep', '60');
    const mountPoint = mkdtempSync('/tmp/linux-cpuset-');
    try {
      for (const directory of ['.', 'given', 'given/leaf', 'empty', 'empty/leaf']) {
        mkdirSync(join(mountPoint, directory), { recursive: true });
        for (const file of ['cpuset.cpus', 'cpuset.mems']) writeFileSync(join(mountPoint, directory, file), '\n');
      }
      writeFileSync(join(mountPoint, 'given/cpuset.cpus'), '0-1\n');
      writeFileSync(join(mountPoint, 'given/cpuset.mems'), '0\n');
      const cpuset = { version: 1, mountPoint, root: '/', controllers: ['cpuset'] } as const;
      await placeInCgroup([cpuset], '/given/leaf', child.pid);
      expect(readFileSync(join(mountPoint, 'given/leaf/cpuset.cpus'), 'utf8')).toBe('0-1');
      expect(readFileSync(join(mountPoint, 'given/leaf/cgroup.procs'), 'utf8')).toBe(String(child.pid));
      await placeInCgroup([cpuset], '/empty/leaf', child.pid);
      expect(existsSync(join(mountPoint, 'empty/leaf/cgroup.procs'))).toBe(false);
    } finally {
      rmSync(mountPoint, { recursive: true });
    }
  });

  it('states facts that agree with the machine', async () => {
    const facts = await host.facts();
    expect(await host.facts()).toBe(facts);
    const versions = new Set(hierarchies.map(({ version }) => version));
    expect(facts.cgroupVersion).toBe(versions.has(1) ? 1 : 2);
    expect(facts.cgroupHybrid).toBe(versions.size === 2);
    if (facts.cgroupVersion === 1) {
      const bound = Object.keys(cgroupsOf(process.pid)).flatMap((names) => names.split(','));
      expect([...facts.cgroupControllers].sort()).toEqual(bound.filter((name) => name && !name.startsWith('name=')).sort());
    }
  });
});
