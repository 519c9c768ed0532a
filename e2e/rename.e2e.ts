import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busybox, launcher, Store } from './support/store.ts';

describe.each([
  { runtime: 'crun', storage: 'overlay' },
  { runtime: 'runc', storage: 'dir' },
] as const)('renaming, $runtime on $storage', (backends) => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create(backends);
    await store.must('create', '--name', 'still', busybox, 'true');
    await store.must('run', '-d', '--name', 'busy', busybox, 'sleep', '100');
    await store.mustPodman('create', '--network', 'none', '--name', 'foreign', busybox);
    await store.must('pod', 'create', '--infra=false', '--name', 'group');
  });
  afterAll(async () => {
    await store.podman(['rm', '-f', '-a', '-t', '0']);
    await store[Symbol.asyncDispose]();
  });

  const names = async () => (await store.must('ps', '-a', '--format', '{{.Names}}')).split('\n').sort();

  test('a stopped and a running container get another name, and the old one is free at once', async () => {
    expect(await store.must('rename', 'still', 'quiet')).toBe('');
    await store.must('container', 'rename', 'busy', 'lively');
    expect(await store.must('create', '--name', 'still', busybox, 'true')).toMatch(/^[0-9a-f]{64}$/);
    await store.must('rename', 'lively', 'lively');
    const [document] = JSON.parse(await store.must('inspect', 'lively'));
    expect(document.Name).toBe('lively');
    expect((await store.must('inspect', '--format', '{{.Name}}', document.Id.slice(0, 12))).trim()).toBe('lively');
    expect(await store.must('exec', 'lively', 'echo', 'here')).toBe('here');
    expect(await names()).toEqual(['lively', 'quiet', 'still']);
    expect((await store.tspod(['inspect', 'busy'])).exitCode).toBe(125);
    await store.must('stop', '-t', '0', 'lively');
    expect((await store.must('start', 'lively')).trim()).toBe('lively');
    const told = await store.must('events', '--stream=false', '--filter', 'event=rename', '--format', '{{.Name}}');
    expect(told.split('\n')).toEqual(['quiet', 'lively', 'lively']);
  });

  test('what has a name keeps it: containers, pods, those of podman', async () => {
    const before = await names();
    for (const taken of ['lively', 'group', 'foreign']) {
      const refused = await store.tspod(['rename', 'quiet', taken]);
      expect(refused).toMatchObject({ exitCode: 125, stdout: '' });
      expect(refused.stderr).toMatch(new RegExp(`"?${taken}"? is already in use by [0-9a-f]{64}`));
    }
    expect(await names()).toEqual(before);
    expect((await store.tspod(['rename', 'quiet', 'a b'])).stderr).toContain(
      'names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument',
    );
    expect((await store.tspod(['rename', 'quiet', ''])).exitCode).toBe(125);
    expect((await store.tspod(['rename', 'nosuch', 'some'])).stderr).toContain(
      'no container with name or ID "nosuch" found: no such container',
    );
    expect((await store.tspod(['rename', 'quiet'])).stderr).toContain('accepts 2 arg(s), received 1');
  });

  test('podman finds the new name taken and the old one free', async (context) => {
    if (backends.storage !== 'overlay') return context.skip('podman does not look into this storage');
    await store.must('rename', 'quiet', 'shared');
    expect((await store.podman(['create', '--network', 'none', '--name', 'shared', busybox])).stderr).toContain('already in use');
    await store.mustPodman('create', '--network', 'none', '--name', 'quiet', busybox);
    expect((await store.tspod(['rename', 'shared', 'quiet'])).exitCode).toBe(125);
    await store.must('rename', 'shared', 'silent');
    await store.mustPodman('rm', 'quiet');
    await store.must('rename', 'silent', 'quiet');
  });

  /** As it is when the process died after it had claimed the name. */
  function plantClaim(id: string, name: string): void {
    const database = new DatabaseSync(join(store.root, 'tspod/state.db'));
    database.prepare('INSERT INTO renaming (container, name, since) VALUES (?, ?, 1)').run(id, name);
    database.close();
  }

  test('what an interrupted rename left is finished, or undone when somebody else got the name', async () => {
    const id = await store.must('ps', '-a', '-q', '--no-trunc', '--filter', 'name=^quiet$');
    plantClaim(id, 'finished');
    expect(await names()).toContain('finished');
    await store.must('create', '--rm', '--name', 'quiet', busybox, 'true');
    await store.must('rm', 'quiet');
    await store.must('rename', 'finished', 'quiet');
    if (backends.storage !== 'overlay') return;
    plantClaim(id, 'foreign');
    expect(await names()).toContain('quiet');
    // podman may have taken ours away, which must not stand in the way of every command
    await store.mustPodman('rm', '--force', id);
    plantClaim(id, 'gone');
    expect(await names()).toContain('quiet');
    await store.must('rm', 'quiet');
  });

  test('killed at any moment it has one name in both stores', async () => {
    for (let delay = 60; delay <= 120; delay += 30) {
      const child = spawn(launcher, store.argv(['rename', 'still', 'moved']), { stdio: 'ignore' });
      const exit = new Promise((resolve) => child.on('exit', resolve));
      const timer = setTimeout(() => child.kill('SIGKILL'), delay);
      await exit;
      clearTimeout(timer);
      const name = (await names()).find((one) => one === 'still' || one === 'moved') ?? '';
      await store.must('rename', name, 'still');
      expect((await store.tspod(['create', '--name', 'moved', busybox, 'true'])).exitCode).toBe(0);
      await store.must('rm', 'moved');
    }
  });
});
