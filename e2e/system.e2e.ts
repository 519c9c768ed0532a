import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { traces } from './support/machine.ts';
import { busybox, Store } from './support/store.ts';

describe('system', () => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create({ ownNetworks: true });
  });
  afterAll(() => store[Symbol.asyncDispose]());

  test('df --format json has figures and texts', async () => {
    await store.must(
      'run',
      '--network',
      'none',
      '--name',
      'big',
      busybox,
      'dd',
      'if=/dev/zero',
      'of=/big',
      'bs=1000',
      'count=5000',
    );
    const [images, containers, volumes] = JSON.parse(await store.must('system', 'df', '--format', 'json'));
    expect(images).toMatchObject({ Type: 'Images', Total: 1, Active: 1, RawReclaimable: 0 });
    expect(containers).toMatchObject({ Type: 'Containers', Total: 1, Active: 0, Reclaimable: '5MB (100%)' });
    expect(containers.RawSize).toBeGreaterThanOrEqual(5_000_000);
    expect(volumes).toMatchObject({ Type: 'Local Volumes', Total: 0, Size: '0B' });
    await store.must('network', 'create', '--subnet', '10.201.7.0/24', 'unused');
    const pruned = await store.must('system', 'prune', '-f');
    expect(pruned).toMatch(/^Deleted Containers\n[0-9a-f]{64}\nDeleted Networks\nunused\nTotal reclaimed space: 5MB$/);
  });

  test('what there is not is refused with what to do', async () => {
    const refused = async (...words: string[]) => (await store.tspod(words)).stderr;
    expect(await refused('machine', 'ls')).toContain('without a virtual machine');
    expect(await refused('--remote', 'ps')).toContain('--remote is not supported: tspod has no remote client; run it where');
    expect(await refused('-c', 'there', 'ps')).toContain('--connection is not supported');
    expect(await refused('--namespace', 'a', 'ps')).toContain('--root and --runroot');
    expect(await refused('--events-backend', 'journald', 'ps')).toContain('--events-backend journald is not supported');
    expect(await refused('system', 'migrate', '--new-runtime', 'runc')).toContain('make it anew');
  });

  test('reset asks, spares what other programs have, and leaves nothing of ours', async () => {
    await store.must('run', '-d', '--network', 'none', busybox, 'sleep', '1000');
    await store.must('volume', 'create', 'data');
    await store.must('network', 'create', '--subnet', '10.201.7.0/24', 'net');
    expect(await store.tspod(['system', 'reset'], { input: 'n\n' })).toMatchObject({ exitCode: 0 });
    expect(await store.must('ps', '-q')).toMatch(/^[0-9a-f]{12}$/);

    const builder = await store.buildah(['from', '--name', 'theirs', busybox]);
    expect(builder.exitCode).toBe(0);
    const refused = await store.tspod(['system', 'reset', '--force']);
    expect(refused).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('containers of other programs: theirs') });
    expect(await store.must('ps', '-q')).toMatch(/^[0-9a-f]{12}$/);
    await store.buildah(['rm', 'theirs']);

    mkdirSync(join(store.root, 'mine'));
    writeFileSync(join(store.root, 'mine', 'file'), 'kept');
    await store.must('system', 'reset', '--force');
    expect(existsSync(join(store.root, 'mine', 'file'))).toBe(true);
    expect(existsSync(join(store.root, 'overlay'))).toBe(false);
    expect(existsSync(store.runRoot)).toBe(false);
    expect(traces(store)).toMatchObject({ mounts: [], processes: [], files: [] });
    expect(await store.must('images', '-q')).toBe('');
    expect(await store.must('network', 'ls', '-q')).toBe('podman');
  });
});
