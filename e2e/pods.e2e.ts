import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { traces } from './support/machine.ts';
import { Store } from './support/store.ts';

describe.each(['crun', 'runc'] as const)('a pod with %s', (runtime) => {
  it('shares namespaces, starts in order, refuses what would break it, and leaves nothing', async () => {
    await using store = await Store.create({ runtime });
    const parent = ['--cgroup-parent', store.cgroupParent];
    const id = await store.must('pod', 'create', ...parent, '--name', 'one', '--hostname', 'inside', '--label', 'a=b');
    await store.must(
      'create',
      '--pod',
      'one',
      '--name',
      'writer',
      'localhost/busybox',
      'sh',
      '-c',
      'echo shared > /dev/shm/file; sleep 1000',
    );
    await store.must('create', '--pod', 'one', '--name', 'reader', '--requires', 'writer', 'localhost/busybox', 'sleep', '1000');
    await store.must('create', '--pod', 'one', '--name', 'before', '--init-ctr', 'once', 'localhost/busybox', 'true');
    expect(await store.must('pod', 'start', 'one')).toBe(id);

    const pod = JSON.parse(await store.must('pod', 'inspect', 'one'));
    expect(pod).toMatchObject({
      State: 'Running',
      NumContainers: 3,
      SharedNamespaces: ['ipc', 'net', 'uts'],
      Labels: { a: 'b' },
    });
    const infra: string = pod.InfraContainerID;
    const seen = 'hostname; cat /dev/shm/file; for kind in net ipc uts; do readlink /proc/1/ns/$kind; done';
    const inReader = await store.must('exec', 'reader', 'sh', '-c', seen);
    expect(inReader.split('\n').slice(0, 2)).toEqual(['inside', 'shared']);
    expect(await store.must('exec', 'writer', 'sh', '-c', seen)).toBe(inReader);
    const [reader] = JSON.parse(await store.must('inspect', 'reader'));
    expect(reader).toMatchObject({
      Pod: id,
      IsInfra: false,
      HostConfig: { NetworkMode: `container:${infra}`, IpcMode: `container:${infra}` },
    });
    expect(await store.must('exec', 'reader', 'cat', '/proc/1/cgroup')).toContain(`${store.cgroupParent}/${id}/libpod-`);

    expect(await store.tspod(['rm', '-f', 'writer'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('has dependent containers which must be removed before it'),
    });
    expect(await store.tspod(['rm', '-f', infra])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('cannot be removed without removing the pod'),
    });
    expect(await store.tspod(['pod', 'rm', 'one'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('as it is running'),
    });

    await store.must('pod', 'kill', 'one');
    expect(JSON.parse(await store.must('pod', 'ps', '--format', 'json'))).toMatchObject([
      { Id: id, Status: 'Exited', InfraId: infra },
    ]);
    await store.must('start', 'reader');
    expect(JSON.parse(await store.must('pod', 'inspect', 'one')).State).toBe('Running');

    expect(await store.must('pod', 'rm', '-f', '-t', '0', 'one')).toBe(id);
    expect(await store.tspod(['pod', 'exists', 'one'])).toMatchObject({ exitCode: 1 });
    expect(await store.must('ps', '-aq')).toBe('');
    expect(existsSync(`/sys/fs/cgroup/pids${store.cgroupParent}/${id}`)).toBe(false);
  });
});

it('a pod says which container did not start, and goes on from there; a policy stops it with its last container', async () => {
  await using store = await Store.create();
  const parent = ['--cgroup-parent', store.cgroupParent];
  await store.must('pod', 'create', ...parent, '--name', 'half', '--exit-policy', 'stop', '--share', '+pid');
  await store.must('create', '--pod', 'half', '--name', 'good', 'localhost/busybox', 'sleep', '1000');
  const bad = await store.must('create', '--pod', 'half', '--name', 'bad', 'localhost/busybox', 'nosuchprogram');
  expect(await store.tspod(['pod', 'start', 'half'])).toMatchObject({
    exitCode: 125,
    stderr: expect.stringContaining(`starting container ${bad}`),
  });
  expect(JSON.parse(await store.must('pod', 'inspect', 'half')).State).toBe('Degraded');
  await store.must('rm', 'bad');
  await store.must('pod', 'start', 'half');
  expect(JSON.parse(await store.must('pod', 'inspect', 'half')).State).toBe('Running');
  await store.must('rm', '-f', '-t', '0', 'good');
  expect(await store.must('run', '--rm', '--pod', 'half', 'localhost/busybox', 'cat', '/proc/1/comm')).toBe('catatonit');
  expect(JSON.parse(await store.must('pod', 'inspect', 'half')).State).toBe('Exited');
  expect(await store.must('pod', 'prune', '--force')).toMatch(/^[0-9a-f]{64}$/);
});

it('containers outside of pods share namespaces, too', async () => {
  await using store = await Store.create();
  await store.must('run', '-d', '--name', 'base', 'localhost/busybox', 'sh', '-c', 'echo here > /dev/shm/file; sleep 1000');
  const joins = ['--network', 'container:base', '--ipc', 'container:base', '--uts', 'container:base', '--pid', 'container:base'];
  const seen = await store.must(
    'run',
    '--rm',
    ...joins,
    'localhost/busybox',
    'sh',
    '-c',
    'hostname; cat /dev/shm/file; cat /proc/1/comm',
  );
  expect(seen).toBe(`${await store.must('exec', 'base', 'hostname')}\nhere\nsleep`);
  expect(await store.tspod(['create', '--pid', 'bogus', 'localhost/busybox', 'true'])).toMatchObject({
    exitCode: 125,
    stderr: expect.stringContaining('unrecognized namespace mode bogus passed'),
  });
});

it('a container that joins a pod while that is removed goes with it or is refused', async () => {
  await using store = await Store.create();
  for (const round of [1, 2]) {
    await store.must('pod', 'create', '--cgroup-parent', store.cgroupParent, '--name', 'leaving');
    const before = traces(store).processes;
    const join = ['create', '--pod', 'leaving', 'localhost/busybox', 'true'];
    const removal = store.tspod(['pod', 'rm', '-f', '-t', '0', 'leaving']);
    const joins = await Promise.all([1, 2, 3].map(() => store.tspod(join)));
    expect(await removal, `round ${round}`).toMatchObject({ exitCode: 0 });
    for (const { exitCode, stderr } of joins) {
      if (exitCode === 0) continue;
      expect({ exitCode, stderr }).toEqual({
        exitCode: 125,
        stderr: expect.stringMatching(/no pod with name or ID \S+ found|is being removed: nothing can join it|no such container/),
      });
    }
    expect(await store.must('ps', '-a', '-q')).toBe('');
    expect(await store.must('pod', 'ps', '-q')).toBe('');
    expect(traces(store).processes).toEqual(before);
  }
  expect(await store.must('system', 'check')).toBe('');
});
