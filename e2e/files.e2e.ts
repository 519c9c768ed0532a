import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { matrix } from './support/matrix.ts';
import { busybox, launcher, run, Store } from './support/store.ts';

describe.each(matrix)("a container's files, $title", (backends) => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create(backends);
    await store.must('create', '--name', 'still', busybox, 'sleep', '100');
    await store.must(
      'run',
      '--name',
      'ended',
      busybox,
      'sh',
      '-c',
      'mkdir /d; echo x > /d/f; rm /etc/group; echo y >> /etc/passwd',
    );
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  test('mount and unmount count', async () => {
    expect(await store.must('mount')).toBe('');
    const path = await store.must('mount', 'still');
    expect(await store.must('mount', 'still')).toBe(path);
    expect(existsSync(join(path, 'bin/busybox'))).toBe(true);
    const id = JSON.parse(await store.must('inspect', 'still'))[0].Id;
    expect(await store.must('mount', '--no-trunc')).toBe(`${id}  ${path}`);
    expect(JSON.parse(await store.must('mount', '--format', 'json'))).toEqual([{ id, Names: ['still'], mountpoint: path }]);
    expect(await store.must('unmount', 'still')).toBe('still');
    expect(await store.must('mount')).toContain(path);
    expect(await store.must('umount', '--all')).toBe(id);
    expect(await store.must('mount')).toBe('');
    expect(await store.must('umount', '--all')).toBe('');
    expect(await store.tspod(['mount', 'nosuch'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('no such container'),
    });
    expect((await store.tspod(['mount', '--format', '{{.ID}}'])).stderr).toContain('unknown --format argument: "{{.ID}}"');
    expect((await store.tspod(['unmount'])).stderr).toContain('you must provide at least one name or id');
  });

  test('diff tells what was added, changed and deleted', async () => {
    expect(await store.must('diff', 'ended')).toBe('A /d\nA /d/f\nC /etc\nD /etc/group\nC /etc/passwd');
    expect(await store.must('diff', 'still')).toBe('');
    expect(JSON.parse(await store.must('diff', '--format', 'json', 'ended'))).toEqual({
      changed: ['/etc', '/etc/passwd'],
      added: ['/d', '/d/f'],
      deleted: ['/etc/group'],
    });
    expect((await store.tspod(['diff', '--format', 'x', 'ended'])).stderr).toContain(
      "only supported value for '--format' is 'json'",
    );
    expect((await store.tspod(['diff', 'nosuch'])).stderr).toMatch(/^Error: nosuch not found: layer not known\n/);
  });

  test('diff compares any two', async () => {
    await store.must('create', '--name', 'left', busybox, 'sh', '-c', 'echo 1 > /one; mkdir /d; echo x > /d/left');
    await store.must('create', '--name', 'right', busybox, 'sh', '-c', 'echo 22 > /one; rm /etc/group');
    for (const name of ['left', 'right']) await store.must('start', '-a', name);
    expect(await store.must('diff', 'left', 'right')).toBe('A /d\nA /d/left\nC /etc\nA /etc/group\nC /one');
    expect(await store.must('diff', busybox, 'right')).toBe('C /etc\nA /etc/group\nD /one');
    expect(await store.must('diff', 'left', busybox)).toBe(await store.must('container', 'diff', 'left'));
  });

  test('export writes the tree to a file and to stdout, not to a terminal', async () => {
    const file = store.path('exported.tar');
    await store.must('export', '--output', file, 'ended');
    const names = execFileSync('tar', ['-tf', file], { encoding: 'utf8' }).split('\n');
    expect(names).toEqual(expect.arrayContaining(['bin/busybox', 'd/', 'd/f', 'etc/passwd']));
    expect(names).not.toContain('etc/group');
    expect((await store.tspod(['export', 'ended'])).stdout.length).toBeGreaterThan(10_000);
    const command = [launcher, ...store.argv(['export', 'ended'])].join(' ');
    const typed = await run('script', ['-qec', command, '/dev/null']);
    expect(typed).toMatchObject({ exitCode: 125, stdout: expect.stringContaining('refusing to export to terminal') });
    writeFileSync(store.path('kept'), 'kept');
    expect((await store.tspod(['export', '-o', store.path('kept'), 'nosuch'])).exitCode).toBe(125);
    expect(readFileSync(store.path('kept'), 'utf8')).toBe('kept');
    expect(await store.must('mount')).toBe('');
  });

  test('inspect --size and the directories of the tree', async () => {
    const [document] = JSON.parse(await store.must('container', 'inspect', '--size', 'ended'));
    expect(document.SizeRootFs).toBeGreaterThan(500_000);
    expect(document.SizeRw).toBeGreaterThan(0);
    expect(existsSync(document.GraphDriver.Data.UpperDir)).toBe(true);
    expect(document.GraphDriver.Data.MergedDir).toBeUndefined();
  });
});
