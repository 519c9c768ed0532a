import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

it('takes another name when there is a scope of that name', async () => {
  const { PATH } = process.env;
  const directory = mkdtempSync(join(tmpdir(), 'tspod-scope-'));
  const program = join(directory, 'busctl');
  // as systemd answers while the scope of the run before is there
  const answer = 'case "$*" in *" x.scope "*) echo "Call failed: Unit x.scope was already loaded" >&2; exit 1;; esac';
  writeFileSync(program, `#!/bin/sh\necho "$*" >>${directory}/calls\n${answer}\n`);
  chmodSync(program, 0o755);
  process.env.PATH = `${directory}:${PATH}`;
  try {
    await placeInScope({ name: 'x.scope', slice: 'machine.slice' }, process.pid);
    expect(readFileSync(join(directory, 'calls'), 'utf8')).toMatch(/ x\.scope .*\n.* x-[0-9a-f]{8}\.scope /);
  } finally {
    process.env.PATH = PATH;
    rmSync(directory, { recursive: true });
  }
});
