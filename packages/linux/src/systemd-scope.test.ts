import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { placeInScope, scopeCall } from './systemd-scope.ts';

it('asks systemd for a scope around the process', () => {
  expect(scopeCall({ name: 'libpod-conmon-1.scope', slice: 'machine.slice' }, 42).join(' ')).toBe(
    '--system call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager StartTransientUnit ssa(sv)a(sa(sv)) ' +
      'libpod-conmon-1.scope fail 3 PIDs au 1 42 Slice s machine.slice DefaultDependencies b false 0',
  );
});

it.skipIf(existsSync('/run/systemd/system'))('says so where systemd does not run (skipped where it does)', async () => {
  await expect(placeInScope({ name: 'tspod-test.scope', slice: 'machine.slice' }, process.pid)).rejects.toMatchObject({
    code: 'no-systemd',
    message: expect.stringContaining('tspod-test.scope'),
  });
});
