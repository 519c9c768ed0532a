import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './support/machine.ts';
import { busybox, busyboxArchive, launcher, run, Store } from './support/store.ts';

/** A block device of this machine, in the kernel's list, with a node. */
const disk = readdirSync('/sys/block')
  .map((name) => `/dev/${name}`)
  .find((path) => existsSync(path) && /^\/dev\/(vd|sd|nvme|xvd|mmcblk)/.test(path));

/** Between them they use every flag. Both engines must make the same spec of them, and the kernel the same limits. */
const commandLines: readonly (readonly [what: string, flags: readonly string[]])[] = [
  [
    'memory, its reservation, swap and swappiness, OOM, CPUs',
    [
      ...[
        '-m',
        '0.5g',
        '--memory-swap',
        '1 GiB',
        '--memory-reservation',
        '32m',
        '--memory-swappiness',
        '50',
        '--oom-kill-disable',
      ],
      ...['--oom-score-adj', '300', '--cpus', '0.5', '-c', '512', '--cpuset-cpus', '0', '--cpuset-mems', '0'],
    ],
  ],
  [
    'quota, processes, unlimited swap, ulimits, devices',
    [
      ...['--cpu-period', '50000', '--cpu-quota', '25000', '--pids-limit', '40', '-m', '64m', '--memory-swap=-1'],
      ...['--ulimit', 'nofile=100:200', '--ulimit', 'nproc=20000', '--ulimit', 'core=0'],
      ...['--device-cgroup-rule', 'c 1:3 rwm', '--device-cgroup-rule', 'b *:* r', '--blkio-weight', '100'],
      ...(disk === undefined ? [] : ['--device-read-bps', `${disk}:1mb`, '--device-write-iops', `${disk}:33`]),
    ],
  ],
];

const refused: readonly (readonly string[])[] = [
  ['-m', '64m', '--memory-swap', '32m'],
  ['--memory-swap', '32m'],
  ['-m', 'abc'],
  ['-m', '32m', '--memory-reservation', '64m'],
  ['--memory-swappiness', '101'],
  ['--cpus', '0.001'],
  ['--cpus', '1', '--cpu-period', '5000'],
  ['--cpu-period', '10'],
  ['--cpuset-cpus', '0-9999'],
  ['--cpuset-mems', 'x'],
  ['--pids-limit', 'x'],
  ['--blkio-weight-device', '/dev/nosuch:200'],
  ['--device-read-bps', '/dev/null'],
  ['--device-read-iops', '/dev/null:x'],
  ['--device-cgroup-rule', 'c 1:3'],
  ['--cgroups', 'sometimes'],
  ['--cgroups', 'split', '--cgroup-parent', '/x'],
  ['--ulimit', 'nofile=200:100'],
  ['--shm-size', 'x'],
];

const controllerFiles: readonly (readonly [controller: string, file: string])[] = [
  ['memory', 'memory.limit_in_bytes'],
  ['memory', 'memory.memsw.limit_in_bytes'],
  ['memory', 'memory.soft_limit_in_bytes'],
  ['memory', 'memory.swappiness'],
  ['memory', 'memory.oom_control'],
  ['cpu', 'cpu.cfs_quota_us'],
  ['cpu', 'cpu.cfs_period_us'],
  ['cpu', 'cpu.shares'],
  ['cpuset', 'cpuset.cpus'],
  ['cpuset', 'cpuset.mems'],
  ['pids', 'pids.max'],
  ['devices', 'devices.list'],
  ['blkio', 'blkio.throttle.read_bps_device'],
  ['blkio', 'blkio.throttle.write_iops_device'],
];

/** What the kernel says of a process's limits, with cgroup v1; with v2 the tests of e2e/cgroup2 look. */
function kernelLimits(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
  const found: Record<string, string> = {
    oomScoreAdj: readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'),
    ulimits: readFileSync(`/proc/${pid}/limits`, 'utf8').replace(/^Max (stack size|locked memory).*\n/gm, ''),
  };
  for (const [controller, file] of controllerFiles) {
    const path = lines.find((line) => line.split(':')[1]?.split(',').includes(controller))?.split(':')[2];
    const place = join('/sys/fs/cgroup', controller, path ?? '', file);
    if (path !== undefined && existsSync(place))
      found[file] = readFileSync(place, 'utf8').trim().split('\n').toSorted().join('\n');
  }
  return found;
}

describe.each(['crun', 'runc'] as const)('limits, %s', (runtime) => {
  let ours: Store;
  let theirs: Store;
  beforeAll(async () => {
    ours = await Store.create({ runtime });
    theirs = Store.empty({ runtime });
    await theirs.mustPodman('load', '-q', '-i', busyboxArchive());
  });
  afterAll(async () => {
    await theirs.podman(['rm', '-f', '-a', '-t', '0']);
    await theirs[Symbol.asyncDispose]();
    await ours[Symbol.asyncDispose]();
  });

  const limitsOf = async (name: string) => kernelLimits(Number(await ours.must('inspect', '-f', '{{.State.Pid}}', name)));

  test.each(commandLines)('%s, as podman sets them', async (_what, flags) => {
    const run = ['run', '-d', '--name', 'limited', '--network', 'none', ...flags, busybox, 'sleep', '1000'];
    const environment = { CONTAINERS_CONF: join(ours.directory, 'containers.conf') };
    const outcomes = [await ours.tspod(run, { env: environment }), await theirs.podman(run)];
    for (const { exitCode, stderr } of outcomes) expect(exitCode, stderr).toBe(0);
    try {
      const [mine] = JSON.parse(await ours.must('inspect', 'limited'));
      const [podmans] = JSON.parse(await theirs.mustPodman('inspect', 'limited'));
      expect(specLimits(mine)).toEqual(specLimits(podmans));
      expect(shownLimits(mine)).toEqual(shownLimits(podmans));
      expect(kernelLimits(mine.State.Pid)).toEqual(kernelLimits(podmans.State.Pid));
    } finally {
      await ours.must('rm', '-f', '-t', '0', 'limited');
      await theirs.podman(['rm', '-f', '-t', '0', 'limited']);
    }
  });

  test('an update changes the limits at once, whatever the state, and for the next start', async () => {
    await ours.must(
      'run',
      '-d',
      '--name',
      'updated',
      '-m',
      '64m',
      '--cpus',
      '0.5',
      '--pids-limit',
      '40',
      busybox,
      'sleep',
      '1000',
    );
    const id = await ours.must('inspect', '-f', '{{.Id}}', 'updated');
    const config = await ours.must('inspect', '-f', '{{json .Config}}', 'updated');
    expect(await ours.must('update', '-m', '32m', '--cpu-shares', '99', 'updated')).toBe(id);
    const shrunk = await limitsOf('updated');
    expect(shrunk).toMatchObject({
      'memory.limit_in_bytes': String(32 * 2 ** 20),
      'memory.memsw.limit_in_bytes': String(64 * 2 ** 20),
      'cpu.shares': '99',
      'cpu.cfs_quota_us': '50000',
      'pids.max': '40',
    });
    for (const [flags, message] of [
      [['--memory-swap', '16m'], 'minimum memoryswap limit should be larger than memory limit'],
      [['--cpuset-cpus', '9999'], 'requested CPUs are not available'],
      [['--cpus', '2', '--memory', '8g', '--memory-reservation', '9g'], 'cannot be less than memory reservation limit'],
    ] as const) {
      const refusal = await ours.tspod(['update', ...flags, 'updated']);
      expect(refusal).toMatchObject({ exitCode: 125, stderr: expect.stringContaining(message), stdout: '' });
    }
    expect(await limitsOf('updated')).toEqual(shrunk);

    await ours.must('pause', 'updated');
    await ours.must('update', '-m', '256m', '--memory-swap=-1', '--cpus', '0', 'updated');
    await ours.must('unpause', 'updated');
    const grown = await limitsOf('updated');
    expect(grown['memory.limit_in_bytes']).toBe(String(256 * 2 ** 20));
    expect(Number(grown['memory.memsw.limit_in_bytes'])).toBeGreaterThan(2 ** 60);
    // crun 1.8 can't write -1
    expect(['-1', String(2 ** 44 - 1)]).toContain(grown['cpu.cfs_quota_us']);

    await ours.must('stop', '-t', '0', 'updated');
    await ours.must('update', '--cpuset-cpus', '0', '-c', '333', 'updated');
    expect(
      await ours.must('inspect', '-f', '{{.HostConfig.CpuShares}} {{.HostConfig.CpusetCpus}} {{.HostConfig.Memory}}', 'updated'),
    ).toBe(`333 0 ${256 * 2 ** 20}`);
    await ours.must('start', 'updated');
    expect(await limitsOf('updated')).toMatchObject({
      'cpu.shares': '333',
      'cpu.cfs_quota_us': '-1',
      'cpuset.cpus': '0',
      'memory.limit_in_bytes': String(256 * 2 ** 20),
      'pids.max': '40',
    });
    expect(await ours.must('inspect', '-f', '{{json .Config}}', 'updated')).toBe(config);
    await ours.must('rm', '-f', '-t', '0', 'updated');
  });

  test('without a cgroup, and with the monitor where it was started', async () => {
    const cgroupOf = (field: string) =>
      ours.must('inspect', '-f', `{{.State.${field}}}`, 'placed').then((pid) => readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
    const own = readFileSync('/proc/self/cgroup', 'utf8');
    await ours.must('run', '-d', '--name', 'placed', '--cgroups', 'no-conmon', busybox, 'sleep', '1000');
    expect(await cgroupOf('ConmonPid')).toBe(own);
    expect(await cgroupOf('Pid')).toContain('/libpod-');
    await ours.must('rm', '-f', '-t', '0', 'placed');
    const made = await ours.tspod([
      'container',
      'run',
      '-d',
      '--name',
      'placed',
      '--cgroups',
      'disabled',
      busybox,
      'sleep',
      '1000',
    ]);
    if (runtime === 'runc') {
      expect(made).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('runc is not compatible with NoCgroups') });
      return;
    }
    expect(await cgroupOf('Pid')).toBe(own);
    expect(await ours.must('exec', 'placed', 'echo', 'in')).toBe('in');
    expect(await ours.must('inspect', '-f', '{{.HostConfig.Cgroups}}', 'placed')).toBe('disabled');
    await ours.must('rm', '-f', '-t', '0', 'placed');
  });

  test('a divided cgroup has the container beside its monitor, as units of systemd want it', async () => {
    const name = `tspod-e2e-split-${runtime}`;
    const hierarchies = readdirSync('/sys/fs/cgroup', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const own = existsSync('/sys/fs/cgroup/systemd') ? '/sys/fs/cgroup/systemd' : '/sys/fs/cgroup';
    mkdirSync(join(own, name));
    try {
      const start = ['run', '-d', '--name', 'divided', '--cgroups', 'split', busybox, 'sleep', '1000'];
      const script = `echo $$ > ${own}/${name}/cgroup.procs; exec "$@"`;
      const result = await run('sh', ['-c', script, 'sh', launcher, ...ours.flags, ...start]);
      const id = result.stdout.trim();
      const [{ State, HostConfig }] = JSON.parse(await ours.must('inspect', 'divided'));
      expect(State.CgroupPath).toBe(`/${name}/libpod-payload-${id}`);
      expect(HostConfig).toMatchObject({ Cgroups: 'default', CgroupParent: '' });
      expect(readFileSync(`/proc/${State.Pid}/cgroup`, 'utf8')).toContain(`:/${name}/libpod-payload-${id}\n`);
      expect(readFileSync(`/proc/${State.ConmonPid}/cgroup`, 'utf8')).toContain(`:/${name}/runtime\n`);
      expect(await ours.must('stats', '--no-stream', '--format', '{{.PIDs}}', 'divided')).toBe('1');
      await ours.must('rm', '-f', '-t', '0', 'divided');
    } finally {
      // what the unit's cgroup holds goes with it; the runtimes make it in every hierarchy
      await eventually('the cgroup to be empty', () => {
        for (const path of [own, ...hierarchies.map((entry) => join('/sys/fs/cgroup', entry.name))]) {
          for (const cgroup of [join(path, name, 'runtime'), join(path, name)]) if (existsSync(cgroup)) rmdirUnlessBusy(cgroup);
        }
        return existsSync(join(own, name)) ? undefined : true;
      });
    }
  });

  test('what is seen inside: /dev/shm, ulimits of the host, a note about what can’t be granted', async () => {
    const inside = await ours.must(
      'run',
      '--rm',
      '--shm-size',
      '10m',
      '--ulimit',
      'nofile=100:200',
      busybox,
      'sh',
      '-c',
      'ulimit -n; df -k /dev/shm',
    );
    expect(inside).toMatch(/^100\n[\s\S]*\b10240 .*\/dev\/shm$/);
    const hostLimit = await ours.must('run', '--rm', '--ulimit', 'host', busybox, 'grep', 'open files', '/proc/self/limits');
    expect(hostLimit).toBe(/^Max open files.*$/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[0]);
    const noted = await ours.tspod(['run', '--rm', '--ulimit', 'nofile=1000000000', busybox, 'true']);
    expect(noted).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/^Warning: ulimit nofile=1000000000 is above/) });
  });

  test('limits of a pod are those of its cgroup, as podman sets them', async () => {
    const create = ['pod', 'create', '--name', 'limited', '-m', '64m', '--memory-swap', '96m', '--cpus', '0.5', '-c', '512'];
    const shown = async (inspect: Promise<string>) => {
      const { CgroupPath, ...pod } = JSON.parse(await inspect);
      const limits = Object.entries(pod).filter(([name]) => /^(cpu|memory|blkio)/.test(name));
      return { CgroupPath: CgroupPath as string, limits: Object.fromEntries(limits) };
    };
    await ours.must(...create, '--cgroup-parent', ours.cgroupParent, '--shm-size', '5m');
    await theirs.mustPodman(...create, '--cgroup-parent', theirs.cgroupParent);
    const [mine, podmans] = [
      await shown(ours.must('pod', 'inspect', 'limited')),
      await shown(theirs.mustPodman('pod', 'inspect', 'limited')),
    ];
    expect(mine.limits).toEqual(podmans.limits);
    await ours.must('pod', 'start', 'limited');
    await theirs.mustPodman('pod', 'start', 'limited');
    const values = (path: string) =>
      controllerFiles.map(([controller, file]) => {
        const place = join('/sys/fs/cgroup', controller, path, file);
        return [file, existsSync(place) && controller !== 'devices' ? readFileSync(place, 'utf8').trim() : ''];
      });
    expect(values(mine.CgroupPath)).toEqual(values(podmans.CgroupPath));
    expect(values(mine.CgroupPath)).toContainEqual(['memory.limit_in_bytes', String(64 * 2 ** 20)]);
    await ours.must('pod', 'rm', '-f', '-t', '0', 'limited');
    await theirs.podman(['pod', 'rm', '-f', '-t', '0', 'limited']);
    removePodCgroups(podmans.CgroupPath);
    const refusal = await ours.tspod(['pod', 'create', '--name', 'limited', '--cpuset-cpus', '9999']);
    expect(refusal).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('requested CPUs are not available') });
    expect(await ours.must('pod', 'ps', '-q')).toBe('');
  });

  // what is refused is refused before a runtime has to do with it
  if (runtime === 'crun')
    test('refuses what podman refuses, in its words, and leaves nothing', async () => {
      for (const flags of refused) {
        const create = ['create', ...flags, busybox];
        const [mine, podmans] = await Promise.all([ours.tspod(create), theirs.podman(create)]);
        expect([flags, mine.exitCode, errorOf(mine.stderr)]).toEqual([flags, podmans.exitCode, errorOf(podmans.stderr)]);
      }
      expect(await ours.must('ps', '-a', '-q')).toBe('');
    });
});

/** podman leaves those of a pod behind where it has no limits to set. */
function removePodCgroups(path: string): void {
  for (const hierarchy of readdirSync('/sys/fs/cgroup')) {
    for (const place of [join('/sys/fs/cgroup', hierarchy, path, 'conmon'), join('/sys/fs/cgroup', hierarchy, path)]) {
      if (existsSync(place)) rmdirSync(place);
    }
  }
}

/** The first line, which says what is wrong. */
function errorOf(stderr: string): string | undefined {
  return stderr.split('\n').find((line) => line.startsWith('Error: '));
}

interface Inspected {
  readonly OCIConfigPath: string;
  readonly HostConfig: Record<string, unknown>;
}

/** What of the spec limits; podman leaves sections empty whose members are discarded. */
function specLimits({ OCIConfigPath }: Inspected) {
  const { process, linux } = JSON.parse(readFileSync(OCIConfigPath, 'utf8'));
  const sections = Object.entries(linux.resources).filter(([, section]) => Object.keys(section as object).length > 0);
  return {
    resources: Object.fromEntries(sections),
    oomScoreAdj: process.oomScoreAdj,
    rlimits: process.rlimits.toSorted((one: { type: string }, other: { type: string }) => (one.type < other.type ? -1 : 1)),
  };
}

function shownLimits({ HostConfig }: Inspected) {
  return Object.fromEntries(
    Object.entries(HostConfig).filter(([name]) => /^(Memory|Cpu|Nano|Blkio|Oom|Pids|Cgroups)/.test(name)),
  );
}

function rmdirUnlessBusy(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
  }
}
