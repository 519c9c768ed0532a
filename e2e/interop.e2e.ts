import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busybox, busyboxArchive, Store } from './support/store.ts';

describe.each(['crun', 'runc'] as const)('one store with podman and buildah, %s', (runtime) => {
  let store: Store;
  beforeAll(() => {
    store = Store.empty({ runtime });
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  test('an image that podman loaded runs', async () => {
    await store.mustPodman('load', '-q', '-i', busyboxArchive());
    expect(await store.must('run', '--rm', busybox, 'echo', 'from podman’s image')).toBe('from podman’s image');
  });

  test('an image that buildah committed runs', async () => {
    const from = await store.buildah(['from', '--pull-never', busybox]);
    expect(from.exitCode, from.stderr).toBe(0);
    const working = from.stdout.trim();
    await store.buildah(['copy', working, '/etc/hostname', '/copied']);
    await store.buildah(['config', '--cmd', 'cat /built', working]);
    expect((await store.buildah(['run', '--isolation', 'chroot', working, 'sh', '-c', 'echo built > /built'])).exitCode).toBe(0);
    expect((await store.buildah(['commit', working, 'localhost/built:latest'])).exitCode).toBe(0);
    await store.buildah(['rm', working]);
    expect(await store.must('run', '--rm', 'built')).toBe('built');
  });

  test('podman works on the store while and after our container runs', async () => {
    const id = await store.must('run', '-d', '--name', 'ours', busybox, 'sh', '-c', 'echo kept > /file; sleep 100');
    expect(await store.mustPodman('images', '-q')).not.toBe('');
    expect(await store.mustPodman('ps', '-a', '--external', '--no-trunc', '--format', '{{.ID}}')).toContain(id);
    expect(await store.mustPodman('run', '--rm', '--network', 'none', busybox, 'echo', 'podman runs')).toBe('podman runs');
    expect(await store.must('exec', 'ours', 'cat', '/file')).toBe('kept');
    await store.must('rm', '-f', '-t', '0', 'ours');
    expect(await store.mustPodman('ps', '-a', '--external', '-q')).toBe('');
  });

  test('podman does not remove the image of our container', async () => {
    await store.must('create', '--name', 'ours', busybox, 'true');
    expect((await store.podman(['rmi', busybox])).exitCode).toBe(2);
    await store.must('rm', 'ours');
  });

  test('when podman removes our container’s storage we say so, and can still remove it', async () => {
    await store.must('create', '--name', 'robbed', busybox, 'true');
    await store.mustPodman('rm', 'robbed');
    const started = await store.tspod(['start', 'robbed']);
    expect(started.exitCode).toBe(125);
    expect(started.stderr).toMatch(/root filesystem .* is gone/);
    await store.must('rm', 'robbed');
    expect(await store.must('ps', '-a', '-q')).toBe('');
  });

  test('containers of builds go when we are asked to take them, with their image', async () => {
    await store.must('rmi', 'built');
    const [first, second] = [
      (await store.buildah(['from', '--pull-never', busybox])).stdout.trim(),
      (await store.buildah(['from', '--pull-never', busybox])).stdout.trim(),
    ];
    await store.buildah(['mount', first]);
    expect(await store.tspod(['rm', first])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('is mounted and cannot be removed without using force'),
    });
    expect(await store.must('rm', '-f', first)).toBe(first);
    await store.must('create', '--name', 'ours', busybox, 'true');
    expect(await store.must('image', 'prune', '-f', '-a', '--external')).toBe(''); // our container keeps the image
    await store.must('rm', 'ours');
    expect((await store.buildah(['containers', '--format', '{{.ContainerName}}'])).stdout.trim()).toBe(second);
    const id = await store.must('image', 'inspect', '--format', '{{.Id}}', busybox);
    expect(await store.must('image', 'prune', '-f', '-a')).not.toContain(id);
    expect(await store.must('image', 'prune', '-f', '-a', '--external')).toContain(id);
    expect((await store.buildah(['containers', '-q'])).stdout).toBe('');
    await store.mustPodman('load', '-q', '-i', busyboxArchive());
  });

  test('tags and removals are seen on both sides', async () => {
    await store.must('tag', busybox, 'ours:1');
    expect(await store.mustPodman('images', '--format', '{{.Repository}}:{{.Tag}}')).toContain('localhost/ours:1');
    await store.mustPodman('tag', busybox, 'theirs:1');
    expect(await store.must('images')).toMatch(/localhost\/theirs +1 /);
    await store.must('rmi', 'ours:1', 'theirs:1');
    expect(await store.mustPodman('images', '--format', '{{.Repository}}')).not.toMatch(/ours|theirs/);
    expect((await store.tspod(['image', 'exists', 'ours:1'])).exitCode).toBe(1);
    expect((await store.tspod(['image', 'exists', 'busybox'])).exitCode).toBe(0);
  });

  test('the layers of a removed image are gone', async () => {
    await store.must('rmi', busybox);
    expect(await store.mustPodman('images', '-a', '-q')).toBe('');
  });
});
