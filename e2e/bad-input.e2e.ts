import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { traces, tracesAtRest } from './support/machine.ts';
import { shareOf } from './support/share.ts';
import { busybox, launcher, Store } from './support/store.ts';

describe.each(['crun', 'runc'] as const)('bad input, %s', (runtime) => {
  let store: Store;
  let containers: string;
  beforeAll(async () => {
    store = await Store.create({ runtime });
    await store.must('run', '--name', 'taken', busybox, 'true');
    await store.must('run', '--rm', busybox, 'true');
    containers = await store.must('ps', '-a', '-q', '--no-trunc');
    mkdirSync(store.path('directory'), { recursive: true });
    writeFileSync(store.path('bad.env'), 'OK=1\n=no name\n');
    writeFileSync(store.path('corrupt.tar'), 'this is no archive');
    writeFileSync(store.path('taken.cid'), 'x');
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  const cases: readonly [what: string, args: () => string[], exitCode: number, message: RegExp][] = [
    ['unknown image', () => ['run', 'nosuchimage', 'true'], 125, /nosuchimage/],
    ['unknown image by id', () => ['run', '0123456789ab', 'true'], 125, /0123456789ab/],
    ['unknown container', () => ['start', 'nosuch'], 125, /no container with name or ID "nosuch" found/],
    ['unknown container of rm', () => ['rm', 'nosuch'], 1, /no container with name or ID "nosuch" found/],
    ['unknown flag', () => ['run', '--nosuch', busybox], 125, /unknown flag: --nosuch/],
    ['unknown shorthand', () => ['run', '-Z', busybox], 125, /unknown shorthand flag: 'Z'/],
    ['unknown command', () => ['rnu', busybox], 125, /rnu/],
    [
      'a graph root that can’t be made',
      () => ['--root', '/proc/nosuch', 'ps'],
      125,
      /\/proc\/nosuch can't be used as the graph root/,
    ],
    ['unknown user', () => ['run', '--rm', '-u', 'nosuch', busybox, 'true'], 126, /unable to find user nosuch/],
    ['unknown capability', () => ['run', '--rm', '--cap-add', 'nosuch', busybox, 'true'], 125, /nosuch/i],
    ['unknown signal', () => ['run', '--rm', '--stop-signal', 'nosuch', busybox, 'true'], 125, /nosuch/],
    ['unknown signal of kill', () => ['kill', '-s', 'nosuch', 'taken'], 125, /nosuch/],
    ['unknown network', () => ['run', '--rm', '--network', 'nosuch', busybox, 'true'], 125, /nosuch/],
    ['unknown runtime', () => ['--runtime', 'nosuch', 'run', '--rm', busybox, 'true'], 125, /nosuch/],
    ['unknown storage', () => ['--storage-driver', 'nosuch', 'run', '--rm', busybox, 'true'], 125, /nosuch/],
    ['missing monitor', () => ['--conmon', '/no/such/conmon', 'run', '--rm', busybox, 'true'], 125, /\/no\/such\/conmon/],
    ['missing runtime', () => ['--runtime', '/no/such/crun', 'run', '--rm', busybox, 'true'], 125, /\/no\/such\/crun/],
    ['duplicate name', () => ['create', '--name', 'taken', busybox, 'true'], 125, /taken.* is already in use/],
    ['invalid name', () => ['create', '--name', '-x/y', busybox, 'true'], 125, /names must match/],
    ['missing rootfs directory', () => ['run', '--rm', '--rootfs', '/no/such/directory', 'true'], 125, /\/no\/such\/directory/],
    ['missing bind source', () => ['run', '--rm', '-v', '/no/such/source:/x', busybox, 'true'], 125, /\/no\/such\/source/],
    ['relative bind destination', () => ['run', '--rm', '-v', '/tmp:relative', busybox, 'true'], 125, /relative/],
    ['unknown volume option', () => ['run', '--rm', '-v', '/tmp:/x:nosuch', busybox, 'true'], 125, /nosuch/],
    ['impossible name of a volume', () => ['run', '--rm', '-v', 'na/me:/x', busybox, 'true'], 125, /na\/me/],
    ['no such command', () => ['run', '--rm', busybox, '/no/such/command'], 127, /no such file|not found/i],
    ['command is a directory', () => ['run', '--rm', busybox, '/etc'], 126, /permission denied|not permitted|directory/i],
    ['missing env file', () => ['run', '--rm', '--env-file', '/no/such/env', busybox, 'true'], 125, /\/no\/such\/env/],
    ['invalid env file', () => ['run', '--rm', '--env-file', store.path('bad.env'), busybox, 'true'], 125, /no name|bad\.env/],
    ['corrupt archive', () => ['load', '-i', store.path('corrupt.tar')], 125, /corrupt\.tar/],
    ['missing archive', () => ['load', '-i', '/no/such/archive.tar'], 125, /\/no\/such\/archive\.tar/],
    ['existing cidfile', () => ['run', '--rm', '--cidfile', store.path('taken.cid'), busybox, 'true'], 125, /taken\.cid/],
    ['remove an unknown image', () => ['rmi', 'nosuchimage'], 1, /nosuchimage/],
    ['remove an image in use', () => ['rmi', busybox], 2, /in use/],
    ['no arguments', () => ['run'], 125, /requires at least 1 arg/],
    ['invalid detach keys', () => ['run', '--rm', '--detach-keys', 'ctrl-p,nosuch', busybox, 'true'], 125, /nosuch|detach/i],
    ['unknown log driver', () => ['run', '--rm', '--log-driver', 'nosuch', busybox, 'true'], 125, /nosuch/],
  ];

  test.each(shareOf(runtime, cases))('%s', async (_what, args, exitCode, message) => {
    const before = await tracesAtRest(store);
    const result = await store.tspod(args());
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/\bat .*\.(js|ts):\d+/);
    expect(result).toMatchObject({ exitCode, stdout: '' });
    await expect.poll(() => traces(store)).toEqual(before); // helpers end by themselves
    expect(await store.must('ps', '-a', '-q', '--no-trunc')).toBe(containers);
  });

  test('inspect answers an empty list for what is not there, and says so', async () => {
    const result = await store.tspod(['inspect', 'nosuch']);
    expect(result).toMatchObject({ exitCode: 125, stdout: '[]\n' });
    expect(result.stderr).toContain('nosuch');
  });

  test('an ambiguous id prefix names those that fit', async () => {
    const ids: string[] = [];
    while (new Set(ids.map((id) => id[0])).size === ids.length) ids.push(await store.must('create', busybox, 'true'));
    const prefix = ids.at(-1)?.[0] ?? '';
    const result = await store.tspod(['rm', prefix]);
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toMatch(/more than one|ambiguous/);
    await store.must('rm', ...ids);
  });

  test('a name that a podman container has in the same store is taken', async () => {
    await store.mustPodman('create', '--name', 'podmans', busybox, 'true');
    const before = await tracesAtRest(store);
    const result = await store.tspod(['create', '--name', 'podmans', busybox, 'true']);
    expect(result).toMatchObject({ exitCode: 125, stdout: '' });
    expect(result.stderr).toMatch(/podmans.* is already in use/);
    expect(traces(store)).toEqual(before);
    await store.mustPodman('rm', 'podmans');
  });

  test('an image without a command says so', async () => {
    const id = await store.podman(['import', '-', 'localhost/empty:latest'], { input: readFileSync('/dev/null') });
    expect(id.exitCode).toBe(0);
    const result = await store.tspod(['run', '--rm', 'localhost/empty:latest']);
    expect(result.exitCode).toBe(125);
    expect(result.stderr).toMatch(/no command/i);
    await store.must('rmi', 'localhost/empty:latest');
  });

  test('ctrl-C at any moment of run leaves nothing', async () => {
    const before = await tracesAtRest(store);
    for (let delay = 20; delay <= 320; delay += 30) {
      const child = spawn(launcher, store.argv(['run', '--rm', busybox, 'sleep', '30']), { stdio: 'ignore' });
      const exit = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
      await new Promise((resolve) => setTimeout(resolve, delay));
      // again and again, as long as it lasts: also while it undoes what it began and while it closes the store
      const interrupts = setInterval(() => child.kill('SIGINT'), 5);
      child.kill('SIGINT');
      // once the process runs it gets the signals as pid 1, which ignores them without a handler
      const last = setInterval(() => void store.tspod(['kill', '-a']), 500);
      await exit;
      for (const timer of [interrupts, last]) clearInterval(timer);
      await expect.poll(() => traces(store), { message: `interrupted after ${delay} ms` }).toEqual(before); // helpers end by themselves
    }
    expect(await store.must('ps', '-a', '-q', '--no-trunc')).toBe(containers);
  });
});
