import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busyboxArchive } from './support/store.ts';

/** Seconds that the emulated machine may take: each dump and each restore takes some ten of them there, and more beside other tests. */
const patience = 1800;
const needed = ['/usr/bin/qemu-system-x86_64', '/usr/sbin/criu', '/usr/sbin/depmod', '/usr/bin/cpio', '/usr/bin/xz'];

function reasonToSkip(): string | undefined {
  if (process.env.TSPOD_E2E_ALL !== '1') return 'it takes minutes: npm run test:soak -- --only tables runs it';
  if (process.arch !== 'x64') return `the guest's kernel is for x64, this machine is ${process.arch}`;
  const missing = needed.filter((path) => !existsSync(path));
  return missing.length === 0 ? undefined : `missing: ${missing.join(', ')} (scripts/setup --tests installs them)`;
}

const skipped = reasonToSkip();
if (skipped !== undefined) console.warn(`checkpoints with CRIU in a guest: skipped, ${skipped}`);

/** One boot for all, as in cgroup2.e2e.ts. */
describe.skipIf(skipped !== undefined)('on a machine on which CRIU works', () => {
  let shared: string;
  beforeAll(async () => {
    shared = mkdtempSync('/var/tmp/tspod-guest-');
    copyFileSync(busyboxArchive(), join(shared, 'busybox.tar'));
    const path = (name: string) => fileURLToPath(new URL(`cgroup2/${name}`, import.meta.url));
    const result = await execa(path('boot'), ['--seconds', String(patience - 10), shared, path('checkpoints')], {
      reject: false,
      all: true,
    });
    if (result.exitCode !== 0) throw new Error(`the guest ended with ${result.exitCode}: ${result.all}`);
  }, patience * 1000);
  afterAll(() => rmSync(shared, { recursive: true }));

  const read = (name: string, stream: string) => readFileSync(join(shared, `${name}.${stream}`), 'utf8');

  function step(name: string): string {
    if (read(name, 'code') !== '0\n') throw new Error(`${name} exited with ${read(name, 'code')}: ${read(name, 'stderr')}`);
    return read(name, 'stdout').trim();
  }

  test('a container is written down and goes on where it was, with its address', () => {
    expect(step('checkpoint')).toBe('first');
    expect(step('exited')).toBe('exited 0 true');
    expect(Number(step('counted'))).toBeGreaterThan(3);
    expect(JSON.parse(step('restore'))).toMatchObject({
      container_statistics: [{ RawInput: 'first', criu_statistics: { pages_restored: expect.any(Number) } }],
    });
    expect(step('running')).toBe('running true');
    expect(step('same-address')).toContain(`inet ${step('address')}/`);
  });

  test('an archive that can not be written costs nothing', () => {
    expect(read('unwritable', 'code')).toBe('125\n');
    expect(read('unwritable', 'stderr')).toContain('/nosuch/archive');
    expect(step('runs-on')).toBe('running');
  });

  test('another container is made of an archive, with the files and the volume of the first', () => {
    step('export');
    expect(read('taken', 'stderr')).toContain('volume with name kept already exists');
    expect(step('import')).toMatch(/^[0-9a-f]{64}$/);
    expect(step('content')).toMatch(/^kept\n/);
    expect(step('content')).not.toContain('passwd');
  });

  test('memory is written first, and the rest becomes an image', () => {
    expect(step('pre-checkpoint')).toBe('terminal');
    expect(step('image')).toBe('terminal');
    expect(step('from-image')).toMatch(/^[0-9a-f]{64}$/);
    expect(step('of-image')).toBe('running terminal');
  });

  test('nothing is left', () => {
    step('rm-all');
    expect(step('check')).toBe('');
  });
});
