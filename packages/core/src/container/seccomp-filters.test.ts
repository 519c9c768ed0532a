import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OciRuntime } from '../contracts/oci-runtime.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { keepFilter, keptFilter } from './seccomp-filters.ts';

describe('kept seccomp filters', () => {
  let directory: string;
  let parts: RuntimeParts;
  let runtime: OciRuntime;
  const said: string[] = [];
  const profile = { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW' }] };
  const filter = Buffer.from('compiled').toString('base64');

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tspod-filters-'));
    writeFileSync(join(directory, 'crun'), 'executable');
    mkdirSync(join(directory, 'c1'));
    writeFileSync(join(directory, 'c1', 'seccomp.bpf'), 'compiled');
    parts = {
      places: { graphRoot: directory },
      host: { facts: async () => ({ kernel: '6.1', architecture: 'amd64' }) },
      log: (_level: string, message: string) => said.push(message),
    } as unknown as RuntimeParts;
    runtime = {
      path: join(directory, 'crun'),
      compiledSeccomp: { annotation: 'a', path: (id: string) => join(directory, id, 'seccomp.bpf') },
    } as unknown as OciRuntime;
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const files = () => readdirSync(join(directory, 'tspod', 'seccomp'));

  test('there is none before one was kept; then there is', async () => {
    expect(await keptFilter(parts, runtime, profile)).toBeUndefined();
    await keepFilter(parts, runtime, 'c1', profile);
    expect(await keptFilter(parts, runtime, profile)).toBe(filter);
    expect(files()).toEqual([expect.stringMatching(/^[0-9a-f]{8}\.json$/)]);
  });

  test('another profile does not get it, not even with the same hash', async () => {
    await keepFilter(parts, runtime, 'c1', profile);
    expect(await keptFilter(parts, runtime, { ...profile, defaultAction: 'SCMP_ACT_ALLOW' })).toBeUndefined();
    const [name = ''] = files();
    const forged = JSON.stringify({ profile: 'another', compiler: '', filter });
    writeFileSync(join(directory, 'tspod', 'seccomp', name), forged);
    expect(await keptFilter(parts, runtime, profile)).toBeUndefined();
  });

  test('it is not used when the runtime or the kernel has changed', async () => {
    await keepFilter(parts, runtime, 'c1', profile);
    const newer = {
      ...parts,
      host: { facts: async () => ({ kernel: '6.2', architecture: 'amd64' }) },
    } as unknown as RuntimeParts;
    expect(await keptFilter(newer, runtime, profile)).toBeUndefined();
    utimesSync(runtime.path, 1, 1);
    expect(await keptFilter(parts, runtime, profile)).toBeUndefined();
  });

  test('a damaged file is no filter, and is replaced', async () => {
    await keepFilter(parts, runtime, 'c1', profile);
    const [name = ''] = files();
    writeFileSync(join(directory, 'tspod', 'seccomp', name), '{"profile":');
    expect(await keptFilter(parts, runtime, profile)).toBeUndefined();
    await keepFilter(parts, runtime, 'c1', profile);
    expect(await keptFilter(parts, runtime, profile)).toBe(filter);
  });

  test('where the runtime left none, nothing is kept and nothing fails', async () => {
    await keepFilter(parts, runtime, 'nosuch', profile);
    expect(said.at(-1)).toContain('was not kept');
    expect(await keptFilter(parts, runtime, profile)).toBeUndefined();
  });
});
