import { chmodSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removePodmanCgroups } from './support/machine.ts';
import { busybox, type CommandResult, Store } from './support/store.ts';

/**
 * What differs from one run to the next: ids, times, the engine's name, and notes that only tspod adds below an error; and
 * the runtime's name, which podman puts before its messages.
 */
function normal({ exitCode, stdout, stderr }: CommandResult, ids: ReadonlyMap<string, string>) {
  const named = (text: string) =>
    [...ids]
      .reduce((written, [id, name]) => written.replaceAll(id, `<${name}>`).replaceAll(id.slice(0, 12), `<${name}>`), text)
      .replace(/\/tspod-e2e-\w+/g, '/STORE')
      .replace(/\btspod\b/g, 'podman')
      .replace(/crun: |runc: /g, '')
      .replace(/(\d+ seconds?|Less than a second|About a minute|\d+ minutes?) ago +/g, 'ago ')
      .replace(/\bCREATED +/g, 'CREATED ')
      .replace(/\d{4}-\d\d-\d\dT\S+/g, 'TIME');
  return {
    exitCode,
    stdout: named(stdout),
    stderr: named(stderr)
      .split('\n')
      .filter((line) => !hint.test(line))
      .sort(),
  };
}

/** Lines of ours that say what to do about an error, and podman's log lines. */
const hint = /^(known ones are|the other containers|choose |give |use |name |see what there is |See '|time=|Warning: StopSignal)/;

/** The same pods in both: `one` runs with `a` and `b`, `c` was never started; `two` has nothing but labels. */
async function prepare(run: (...words: string[]) => Promise<string>, cgroupParent: string): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  const pod = async (name: string, ...words: string[]) => {
    const id = await run('pod', 'create', '--network', 'none', '--cgroup-parent', cgroupParent, '--name', name, ...words);
    ids.set(id, name);
    ids.set(await run('pod', 'inspect', '--format', '{{.InfraContainerID}}', name), `${name}-infra`);
  };
  await pod('one', '--label', 'a=b');
  await pod('two', '--label', 'c=d', '--share', '+pid');
  for (const [name, verb] of [
    ['a', 'run'],
    ['b', 'run'],
    ['c', 'create'],
  ] as const) {
    const words = ['--pod', 'one', '--name', name, busybox, 'sh', '-c', `echo from ${name}; sleep 1000`];
    ids.set(await run(verb, ...(verb === 'run' ? ['-d'] : []), ...words), name);
  }
  return ids;
}

describe('pod commands answer as podman does', () => {
  let store: Store;
  let other: Store;
  let ours: Map<string, string>;
  let theirs: Map<string, string>;
  beforeAll(async () => {
    store = await Store.create();
    ours = await prepare((...words) => store.must(...words), store.cgroupParent);
    other = await Store.create();
    theirs = await prepare((...words) => other.mustPodman(...words), other.cgroupParent);
  }, 60_000);
  afterAll(async () => {
    await other.podman(['pod', 'rm', '-f', '-a', '-t', '0']);
    removePodmanCgroups(other);
    await other[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  }, 60_000);

  const compare = async (words: readonly string[]) => {
    const line = words.join(' ');
    const [mine, podman] = await Promise.all([store.tspod(['pod', ...words]), other.podman(['pod', ...words])]);
    expect({ line, ...normal(mine, ours) }).toEqual({ line, ...normal(podman, theirs) });
  };

  test('what does not fit together, and what is not there', async () => {
    const lines = [
      ...['stop', 'stop -a one', 'stop -l one', 'stop -a -l', 'rm', 'kill', 'pause', 'unpause', 'restart', 'inspect', 'logs'],
      ...['start --pod-id-file nosuch', 'stop --pod-id-file nosuch -a', 'rm --pod-id-file nosuch one', 'logs one two'],
      ...[
        'rm nosuch',
        'rm -f nosuch',
        'rm -i nosuch',
        'stop nosuch',
        'stop -i nosuch',
        'start one nosuch',
        'kill nosuch',
        'pause nosuch',
      ],
      ...[
        'unpause nosuch',
        'restart nosuch',
        'logs nosuch',
        'logs -c nosuch one',
        'inspect nosuch',
        'exists nosuch',
        'exists one',
      ],
      ...['kill --signal bogus one', 'ps --sort bogus', 'ps --filter bogus=1', 'ps --filter name', 'ps --filter status=bogus'],
      ...['ps --filter ctr-status=bogus', 'ps -q --format x', 'ps one', 'create --replace', 'create --name x y', 'create a b'],
      ...['create --share bogus', 'create --infra=false --share ipc,net', 'create --infra=false --network none'],
      ...['create --share none --network none', 'create --exit-policy bogus', 'create --share cgroup'],
      ...['create --uts host --hostname x', 'create --pid container:nosuch', 'create --userns host --uidmap 0:1:2'],
      ...['create --volumes-from nosuch', 'create --device /dev/nosuch'],
    ];
    // podman leaves the pods of which making the infra container failed
    const before = new Set((await other.mustPodman('pod', 'ps', '-q')).split('\n'));
    for (const line of lines) await compare(line.split(' '));
    const left = (await other.mustPodman('pod', 'ps', '-q')).split('\n').filter((id) => !before.has(id));
    if (left.length > 0) await other.mustPodman('pod', 'rm', '-f', ...left);
  }, 60_000);

  test('a pod hands on mounts, devices, namespaces and what is secured', async () => {
    chmodSync(store.directory, 0o711);
    chmodSync(other.directory, 0o711);
    const flags = [
      ...['--network', 'none', '--uidmap', '0:100000:2000', '--sysctl', 'kernel.shmmax=1000000', '--shm-size', '1m'],
      ...['--device', '/dev/fuse:/dev/other:rw', '-v', '/etc/alternatives:/vol:ro', '-v', 'named:/named', '--share', '+pid'],
    ];
    const script = [
      'cat /proc/self/uid_map /proc/sys/kernel/shmmax; ls /dev; stat -c "%a %t,%T" /dev/other; stat -c "%A %u %g" /named; ls /vol | wc -l',
      'cut -d" " -f5,6 /proc/self/mountinfo | grep -v /dev/shm | sort; hostname',
    ].join('\n');
    const container = ['--pod', 'given', busybox, 'sh', '-c', script];
    const view = async (run: (...words: string[]) => Promise<string>, parent: string) => {
      await run('pod', 'create', '--cgroup-parent', parent, '--name', 'given', ...flags);
      const { InfraConfig, SharedNamespaces, mounts } = JSON.parse(await run('pod', 'inspect', 'given'));
      const seen = await run('run', '--name', 'seen', ...container);
      const [{ HostConfig }] = JSON.parse(await run('inspect', 'seen'));
      const { Devices, Binds, ShmSize, IDMappings } = HostConfig;
      const others = await run('run', '--rm', '--device', '/dev/zero:/dev/own', ...container.slice(0, 3), 'ls', '/dev');
      await run('pod', 'rm', '-f', 'given');
      return {
        ...{ InfraConfig, SharedNamespaces: SharedNamespaces.sort(), Devices, Binds, ShmSize, IDMappings, others },
        ...{ mounts: mounts.map((mount: object) => ({ ...mount, Source: '' })), seen: seen.split('\n') },
      };
    };
    const ours = await view((...words) => store.must(...words), store.cgroupParent);
    expect(ours).toEqual(await view((...words) => other.mustPodman(...words), other.cgroupParent));

    // podman shows these of the containers, too, but does not do them
    const secured = ['--security-opt', 'no-new-privileges', '--security-opt', 'seccomp=unconfined'];
    await store.must('pod', 'create', '--name', 'given', ...secured, '--infra-conmon-pidfile', store.path('monitor'));
    const status = ['--pod', 'given', busybox, 'grep', '-E', 'NoNewPrivs|Seccomp:', '/proc/self/status'];
    expect(await store.must('run', '--rm', ...status)).toBe('NoNewPrivs:\t1\nSeccomp:\t0');
    const own = ['--security-opt', 'no-new-privileges=false', '--security-opt', 'seccomp=/usr/share/containers/seccomp.json'];
    expect(await store.must('run', '--rm', ...own, ...status)).toBe('NoNewPrivs:\t0\nSeccomp:\t2');
    expect(readFileSync(`/proc/${readFileSync(store.path('monitor'), 'utf8')}/comm`, 'utf8')).toBe('conmon\n');
    await store.must('pod', 'rm', '-f', 'given');
    const warned = await store.tspod(['pod', 'create', '--infra=false', '--name', 'bare', '--device', '/dev/fuse']);
    expect(warned).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/hand on isolation: it has no effect/) });
    await store.must('pod', 'rm', 'bare');
  }, 60_000);

  test('lists', async () => {
    const lines = [
      ['ps', '--ns', '--noheading'],
      [
        'ps',
        '--filter',
        'label=a',
        '--format',
        '{{.Name}} {{.Status}} {{.NumberOfContainers}} {{.Labels}} {{.Cgroup}} {{.InfraId}}',
      ],
      ['ps', '--sort', 'number', '--format', '{{.ID}} {{.Id}} {{json .Labels}} {{.Namespace}}'],
      ['ps', '--sort', 'name', '--format', '{{.Name}}'],
      ['ps', '--filter', 'status=degraded', '-q'],
      ['ps', '--filter', 'ctr-number=1', '--format', 'table {{.Name}} {{.ContainerNames}} {{.ContainerStatuses}}'],
      ['ps', '--filter', 'name=^t', '--format', '{{.ContainerIds}}'],
      ['ps', '--filter', 'ctr-status=created', '--filter', 'label=c=d', '-q', '--no-trunc'],
      ['ps', '--latest', '--ctr-ids', '--ctr-names', '--ctr-status'],
      ['inspect', '--format', '{{.Name}} {{.State}} {{.NumContainers}} {{.ExitPolicy}}', 'one', 'two'],
      ['logs', '-c', 'a', 'one'],
      ['logs', '-c', 'a', '--names', '--color', 'one'],
      ['logs', '--tail', '0', 'one'],
    ];
    for (const line of lines) await compare(line);
    const containers = ['ps', '-a', '--pod', '--sort', 'names', '--format', '{{.Names}} {{.Pod}} {{.PodName}}'];
    const [mine, podman] = await Promise.all([store.tspod(containers), other.podman(containers)]);
    expect(normal(mine, ours).stdout.split('\n').sort()).toEqual(normal(podman, theirs).stdout.split('\n').sort());
  }, 60_000);

  test('verbs', async () => {
    const status = ['ps', '--sort', 'name', '--format', '{{.Name}} {{.Status}}'];
    const lines = [
      ...[
        'unpause one',
        'start one',
        'unpause one',
        'pause one',
        'pause one two',
        'unpause one two',
        'unpause one',
        'kill two',
        'start one two',
        'pause -l',
      ],
      ...['unpause one two', 'stop -t 0 two', 'kill one', 'kill one', 'start one', 'stop -t 0 one', 'start one', 'prune -f'],
    ];
    for (const line of lines) {
      await compare(line.split(' '));
      await compare(status);
    }
    const refused = await store.tspod(['pod', 'rm', 'one']);
    expect(refused).toMatchObject({
      exitCode: 125,
      stderr: expect.stringMatching(/^Error: 4 errors occurred:\n\t\* removing container/),
    });
    await compare(['rm', '-f', '-t', '0', 'one']);
    await compare(['ps', '-q']);
    for (const line of ['ps -l', 'rm -l', 'inspect -l']) await compare(line.split(' '));
  }, 60_000);

  test('a file keeps the id, and is not overwritten', async () => {
    const file = store.path('pod-id');
    const id = await store.must('pod', 'create', '--infra=false', '--pod-id-file', file);
    expect(readFileSync(file, 'utf8')).toBe(id);
    await compare(['create', '--infra=false', '--pod-id-file', file]);
    expect(await store.must('pod', 'rm', '--pod-id-file', file)).toBe(id);
    expect(await store.tspod(['pod', 'prune'], { input: 'n\n' })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/\[y\/N\] $/),
    });
  });
});
