import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busybox, Store } from './support/store.ts';

describe.each(['crun', 'runc'] as const)('clones and labels, %s', (runtime) => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create({ runtime });
  });
  afterAll(async () => {
    await store.must('pod', 'rm', '-f', '-a', '-t', '0');
    await store[Symbol.asyncDispose]();
  });
  const inspect = async (name: string) => JSON.parse(await store.must('inspect', name))[0];

  test('a container is made again, with the limits that it has now', async () => {
    const words = ['-e', 'A=b', '-w', '/tmp', '--label', 'l=m', '--restart', 'on-failure:2', '--cap-drop', 'CHOWN', '-u', '5:6'];
    await store.must('create', '--name', 'orig', '--memory', '32m', ...words, busybox, 'sh', '-c', 'echo "$A $(pwd) $(id -u)"');
    await store.must('update', '--memory', '48m', 'orig');
    const id = await store.must('container', 'clone', '--run', 'orig');
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    await store.must('wait', id);
    expect(await store.must('logs', id)).toBe('b /tmp 5');
    const [one, other] = [await inspect('orig'), await inspect('orig-clone')];
    expect(other.HostConfig.Memory).toBe(48 * 2 ** 20);
    for (const part of ['Cmd', 'Labels', 'User', 'WorkingDir']) expect(other.Config[part]).toEqual(one.Config[part]);
    expect(other.HostConfig.RestartPolicy).toEqual(one.HostConfig.RestartPolicy);
    expect(other.BoundingCaps).toEqual(one.BoundingCaps);

    await store.must('container', 'clone', '--memory', '64m', 'orig');
    expect((await inspect('orig-clone1')).HostConfig.Memory).toBe(64 * 2 ** 20);
    await store.must('container', 'clone', '--destroy', 'orig', 'orig');
    expect((await store.must('ps', '-a', '--format', '{{.Names}}')).split('\n').sort()).toEqual([
      'orig',
      'orig-clone',
      'orig-clone1',
    ]);
  });

  test('what can not be cloned leaves nothing', async () => {
    const before = await store.must('ps', '-aq', '--no-trunc');
    await store.must('run', '-d', '--name', 'busy', busybox, 'sleep', '100');
    for (const [words, message] of [
      [['nosuch'], 'no such container'],
      [['busy', 'orig'], 'already in use'],
      [['--destroy', 'busy'], 'as it is running'],
      [['--force', 'busy'], 'cannot set --force without --destroy'],
      [['--memory', 'much', 'busy'], 'much'],
      [['busy', 'other', 'localhost/nosuch'], 'localhost/nosuch'],
      [['--pod', 'nosuch', 'busy'], 'nosuch'],
    ] as const) {
      const result = await store.tspod(['container', 'clone', ...words]);
      expect(result, words.join(' ')).toMatchObject({ exitCode: 125, stderr: expect.stringContaining(message) });
    }
    await store.must('rm', '-f', '-t', '0', 'busy');
    expect(await store.must('ps', '-aq', '--no-trunc')).toBe(before);
  });

  test('a pod is made again with its containers', async () => {
    await store.must(
      'pod',
      'create',
      '--name',
      'shop',
      '--network',
      'none',
      '--label',
      'a=b',
      '--cgroup-parent',
      store.cgroupParent,
    );
    await store.must('run', '-d', '--pod', 'shop', '--name', 'till', busybox, 'sleep', '100');
    await store.must('pod', 'clone', '--start', 'shop');
    const clone = JSON.parse(await store.must('pod', 'inspect', 'shop-clone'));
    expect(clone).toMatchObject({ State: 'Running', Labels: { a: 'b' }, NumContainers: 2 });
    expect(clone.Containers.map(({ Name }: { Name: string }) => Name)).toContain('till-clone');
    expect(await store.tspod(['container', 'clone', clone.InfraContainerID])).toMatchObject({ exitCode: 125 });
    expect(await store.tspod(['pod', 'clone', 'shop', 'shop-clone'])).toMatchObject({ exitCode: 125 });
    expect(await store.tspod(['pod', 'clone', '--infra-name', 'till', 'shop'])).toMatchObject({ exitCode: 125 });
    await store.must('pod', 'rm', '-f', '-t', '0', 'shop', 'shop-clone');
  });

  test('the command of a label runs', async () => {
    await store.must('create', '--name', 'labelled', busybox, 'true');
    const run = `podman run --rm --cgroup-parent ${store.cgroupParent} --name NAME IMAGE echo $PWD`;
    await store.must('commit', '-q', '--change', `LABEL run=${JSON.stringify(run)}`, 'labelled', 'localhost/labelled:v1');
    await store.must('rm', 'labelled');
    const shown = await store.must('container', 'runlabel', '--display', 'run', 'localhost/labelled:v1', 'more');
    expect(shown).toMatch(/^command: podman run --rm .* --name labelled localhost\/labelled:v1 echo \/.* more$/);
    expect(await store.must('container', 'runlabel', 'run', 'localhost/labelled:v1', 'a', 'b c')).toBe(`${process.cwd()} a b c`);
    const missing = await store.tspod(['container', 'runlabel', 'nosuch', 'localhost/labelled:v1']);
    expect(missing).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('cannot find the value of label: nosuch in image: localhost/labelled:v1'),
    });
  });
});
