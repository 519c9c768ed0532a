import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busyboxArchive } from './support/store.ts';

/** Seconds that the emulated machine may take: booting, and some thirty commands at a tenth of the usual speed. */
const patience = 400;
const needed = ['/usr/bin/qemu-system-x86_64', '/usr/sbin/depmod', '/usr/sbin/apparmor_parser', '/usr/bin/cpio', '/usr/bin/xz'];

function reasonToSkip(): string | undefined {
  if (process.arch !== 'x64') return `the guest's kernel is for x64, this machine is ${process.arch}`;
  const missing = needed.filter((path) => !existsSync(path));
  return missing.length === 0 ? undefined : `missing: ${missing.join(', ')} (scripts/setup --tests installs them)`;
}

const skipped = reasonToSkip();
if (skipped !== undefined) console.warn(`cgroup v2 in a guest: skipped, ${skipped}`);

/** One boot for all: the scenario leaves what each of its steps printed, the tests look at that. */
describe.skipIf(skipped !== undefined)('on a machine with cgroup v2 only', () => {
  let shared: string;
  let transcript: string;
  beforeAll(async () => {
    shared = mkdtempSync('/var/tmp/tspod-guest-');
    copyFileSync(busyboxArchive(), join(shared, 'busybox.tar'));
    const scenario = fileURLToPath(new URL('cgroup2/scenario', import.meta.url));
    const boot = fileURLToPath(new URL('cgroup2/boot', import.meta.url));
    const result = await execa(boot, ['--seconds', String(patience - 10), shared, scenario], { reject: false, all: true });
    transcript = result.all;
    if (result.exitCode !== 0) throw new Error(`the guest ended with ${result.exitCode}: ${transcript}`);
  }, patience * 1000);
  afterAll(() => rmSync(shared, { recursive: true }));

  function step(name: string): string {
    const read = (stream: string) => readFileSync(join(shared, `${name}.${stream}`), 'utf8');
    if (read('code') !== '0\n') throw new Error(`${name} exited with ${read('code')}: ${read('stderr')}`);
    return read('stdout').trim();
  }

  const warnings = (name: string) => readFileSync(join(shared, `${name}.stderr`), 'utf8');

  test('the engine sees it', () => {
    expect(JSON.parse(step('info'))).toMatchObject({ CgroupsVersion: 'v2', CgroupManager: 'cgroupfs' });
  });

  describe.each(['crun', 'runc'])('%s', (runtime) => {
    test('a container has its own cgroup and sees it as the root', () => {
      expect(step(`${runtime}-run`)).toMatch(/^0::\/\n.*cgroup\.freeze .*memory\.max .*pids\.max /);
      expect(step(`${runtime}-init`)).toMatch(/^0::\/libpod_parent\/libpod-[0-9a-f]{64}$/);
      expect(step(`${runtime}-exec`)).toBe('0::/');
    });

    test('its monitor is outside of it', () => {
      expect(step(`${runtime}-monitor`)).toBe('0::/libpod_parent/conmon');
    });

    test('limits are set in its cgroup, changed while it runs, and what it uses is told', () => {
      const values = (name: string) =>
        Object.fromEntries(
          step(name)
            .split('\n')
            .map((line) => line.split(':') as [string, string]),
        );
      const mebibytes = (count: number) => String(count * 2 ** 20);
      const made = values(`${runtime}-limits`);
      expect(made).toMatchObject({
        'memory.max': mebibytes(64),
        'memory.swap.max': mebibytes(32),
        'memory.low': mebibytes(32),
        'memory.high': '59998208',
        'cpu.max': '150000 100000',
        'cpuset.cpus': '0',
        'pids.max': '20',
      });
      expect(warnings(`${runtime}-start`)).toContain('Memory swappiness discarded');
      expect(values(`${runtime}-updated`)).toEqual({
        ...made,
        'memory.max': mebibytes(128),
        'memory.swap.max': mebibytes(128),
        // crun 1.8 can't write that there is no limit
        'cpu.max': runtime === 'crun' ? `${2 ** 44 - 1} 100000` : 'max 100000',
        'cpu.weight': '39',
      });
      expect(step(`${runtime}-stats`)).toMatch(new RegExp(`^${mebibytes(128)} [12] [1-9]\\d* [\\d.]+[kM]?B / 134\\.2MB$`));
    });

    test('pause freezes the cgroup, unpause lets it go on', () => {
      expect(step(`${runtime}-frozen`)).toContain('frozen 1');
      expect(step(`${runtime}-paused`)).toBe('paused');
      expect(step(`${runtime}-unpause`)).toBe(runtime);
    });

    test('stop asks first, and the exit code is that of the process', () => {
      expect(step(`${runtime}-stop`)).toBe(runtime);
      expect(step(`${runtime}-code`)).toBe('7');
      expect(step(`${runtime}-rm`)).toBe(runtime);
    });

    test('it starts again with its limits, and is killed while it is paused', () => {
      for (const verb of ['start', 'pause', 'kill']) expect(step(`${runtime}-killed-${verb}`)).toBe(runtime);
      expect(step(`${runtime}-killed-wait`)).toBe('137');
    });

    test('AppArmor confines it by the default profile, which is loaded when it is first needed', () => {
      expect(step(`${runtime}-apparmor`)).toBe('containers-default-0.50.1 (enforce)');
      expect(warnings(`${runtime}-apparmor`)).toMatch(
        /mounting none on \/tmp failed: Permission denied\n.*sysrq-trigger: Permission denied/s,
      );
      expect(step('apparmor-profiles')).toBe('containers-default-0.50.1 (enforce)');
    });
  });

  test('a container that AppArmor does not confine may do what its capabilities allow', () => {
    expect(step('unconfined')).toBe('unconfined\nmounted');
  });

  test('no cgroup of a container stays', () => expect(step('left')).toBe(''));
});
