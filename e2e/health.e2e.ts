import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './support/machine.ts';
import { busybox, launcher, run, Store } from './support/store.ts';

/** Pids of the supervisors of a store's health checks. */
function supervisors(store: Store): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const words = argumentsOf(pid);
      return words.includes('tspod-health') && words.some((word) => word.startsWith(`${store.runRoot}/`));
    })
    .map(Number);
}

/** Of a process of the machine; none when it has ended. */
function argumentsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return [];
    throw error;
  }
}

const never = ['--health-interval', 'disable'];

describe.each(['crun', 'runc'] as const)('health checks with %s', (runtime) => {
  let store: Store;
  const health = async (name: string) => JSON.parse(await store.must('inspect', '--format', '{{json .State.Health}}', name));
  const becomes = async (name: string, status: string) =>
    eventually(`${name} to be ${status}`, async () => ((await health(name)).Status === status ? true : undefined), 30_000);
  const exited = async (name: string) =>
    eventually(`${name} to end`, async () =>
      (await store.must('inspect', '--format', '{{.State.Status}}', name)) === 'exited' ? true : undefined,
    );

  beforeAll(async () => {
    store = await Store.create({ runtime });
  });
  afterAll(async () => store?.[Symbol.asyncDispose]());

  test('by hand they answer as podman does', async () => {
    const check = ['--health-cmd', 'echo out; echo err >&2; test -e /ok', '--health-retries', '2', ...never];
    const prepare = async (must: (...words: string[]) => Promise<string>) => {
      await must('run', '-d', '--network', 'none', '--name', 'hand', ...check, busybox, 'sleep', '1000');
      await must('run', '-d', '--network', 'none', '--name', 'plain', busybox, 'sleep', '1000');
      await must(
        'run',
        '-d',
        '--network',
        'none',
        '--name',
        'gone',
        '--health-cmd',
        '["/nosuch","x"]',
        ...never,
        busybox,
        'sleep',
        '1000',
      );
    };
    await using theirs = await Store.create({ runtime });
    await prepare((...words) => store.must(...words));
    await prepare((...words) => theirs.mustPodman(...words));
    try {
      for (const words of [
        ['healthcheck', 'run', 'hand'],
        ['ps', '--filter', 'health=starting', '--format', '{{.Names}}'],
        ['healthcheck', 'run', 'hand'],
        ['inspect', '--format', '{{.State.Health.Status}} {{.State.Health.FailingStreak}} {{len .State.Health.Log}}', 'hand'],
        ['ps', '--filter', 'health=unhealthy', '--format', '{{.Names}}'],
        ['inspect', '--format', '{{json .Config.Healthcheck}} {{.Config.HealthcheckOnFailureAction}}', 'hand'],
        ['exec', 'hand', 'touch', '/ok'],
        ['healthcheck', 'run', 'hand'],
        ['inspect', '--format', '{{.State.Health.Status}} {{.State.Health.FailingStreak}}', 'hand'],
        ['healthcheck', 'run', 'gone'],
        ['healthcheck', 'run', 'nosuch'],
        ['healthcheck', 'run', 'hand', 'plain'],
        ['stop', '-t', '0', 'hand'],
        ['ps', '-a', '--filter', 'health=healthy', '--format', '{{.Names}}'],
      ]) {
        const [ours, podmans] = [await store.tspod(words), await theirs.podman(words)];
        expect({ words, exitCode: ours.exitCode, stdout: ours.stdout }).toEqual({
          words,
          exitCode: podmans.exitCode,
          stdout: podmans.stdout,
        });
      }
      for (const name of ['hand', 'gone']) {
        const words = ['inspect', '--format', '{{json .State.Health.Log}}', name];
        const results = (text: string) =>
          JSON.parse(text).map(({ ExitCode, Output }: Record<string, unknown>) => ({ ExitCode, Output }));
        expect(results(await store.must(...words))).toEqual(results(await theirs.mustPodman(...words)));
      }
      const refusals = [
        [['healthcheck', 'run', 'plain'], 'has no defined healthcheck'],
        [['healthcheck', 'run', 'hand'], 'is not running'],
      ] as const;
      for (const [words, text] of refusals) {
        for (const answer of [await store.tspod(words), await theirs.podman(words)]) {
          expect(answer).toEqual({ exitCode: 125, stdout: '', stderr: expect.stringContaining(text) });
        }
      }
      expect(supervisors(store)).toEqual([]); // nothing to supervise
    } finally {
      await theirs.mustPodman('rm', '-f', '-a', '-t', '0');
      await store.must('rm', '-f', '-a', '-t', '0');
    }
  });

  test('they are done in time by one supervisor, which comes again when it is killed and goes with the last container', async () => {
    const words = ['run', '-d', '--health-interval', '300ms', '--health-retries', '2', '--health-cmd', 'test -e /ok'];
    // descriptors of the caller that it must not keep
    const started = await run('bash', [
      '-c',
      'exec 20>/dev/null 9>/dev/null; exec "$@" 3>&1',
      'bash',
      launcher,
      ...store.argv([...words, '--name', 'one', busybox, 'sleep', '1000']),
    ]);
    expect(started.exitCode).toBe(0);
    await store.must(...words, '--health-start-period', '100m', '--name', 'patient', busybox, 'sleep', '1000');
    await becomes('one', 'unhealthy');
    expect(await store.must('ps', '--filter', 'name=one', '--format', '{{.Status}}')).toMatch(/^Up .* \(unhealthy\)$/);
    const [supervisor, ...others] = supervisors(store);
    expect(others).toEqual([]);
    const links = readdirSync(`/proc/${supervisor}/fd`).map((fd) => readlinkSync(`/proc/${supervisor}/fd/${fd}`));
    expect(links.filter((link) => link !== '/dev/null' && !link.endsWith('/health/supervisor.lock'))).toEqual([]);
    process.kill(supervisor ?? 0, 'SIGKILL');
    await store.must('exec', 'one', 'touch', '/ok');
    await becomes('one', 'healthy');
    expect(supervisors(store).length).toBe(1);
    const patient = await health('patient');
    expect(patient).toMatchObject({ Status: 'starting', FailingStreak: 0 });
    expect(patient.Log.length).toBeGreaterThan(1);
    expect(patient.Log.length).toBeLessThan(6);
    const events = await store.must(
      'events',
      '--stream=false',
      '--filter',
      'container=one',
      '--format',
      '{{.Status}} {{.HealthStatus}}',
    );
    const told = events.split('\n').filter((line) => !/^(create|init|start|exec|exec_died) /.test(line));
    expect(told[0]).toBe('health_status starting');
    expect(told[1]).toBe('health_status unhealthy');
    expect(told.at(-1)).toBe('health_status healthy');
    await store.must('pause', 'one');
    await store.must('rm', '-f', '-t', '0', 'patient');
    await store.must('unpause', 'one');
    const before = (await health('one')).Log.at(-1).End;
    await eventually('a check after the pause', async () => ((await health('one')).Log.at(-1).End > before ? true : undefined));
    await store.must('stop', '-t', '0', 'one');
    await eventually('the supervisor to end', () => (supervisors(store).length === 0 ? true : undefined));
    await store.must('rm', '-a');
  });

  test('an unhealthy container is killed, stopped or restarted', async () => {
    const words = ['run', '-d', '--health-interval', '300ms', '--health-retries', '1', '--health-cmd', 'test ! -e /bad'];
    for (const action of ['kill', 'stop', 'restart']) {
      const own = action === 'stop' ? ['--stop-timeout', '0'] : [];
      const script = 'trap "exit 7" TERM; rm -f /bad; while :; do sleep 0.1; done';
      await store.must(...words, ...own, '--name', action, '--health-on-failure', action, busybox, 'sh', '-c', script);
    }
    const pid = await store.must('inspect', '--format', '{{.State.Pid}}', 'restart');
    for (const name of ['kill', 'stop', 'restart']) await becomes(name, 'healthy');
    for (const name of ['kill', 'stop', 'restart']) await store.must('exec', name, 'touch', '/bad');
    await exited('kill');
    await exited('stop');
    expect(await store.must('ps', '-a', '--filter', 'name=kill', '--format', '{{.Status}}')).toMatch(
      /^Exited \(137\) .* \(unhealthy\)$/,
    );
    await eventually('the restart', async () => {
      const now = await store.must('inspect', '--format', '{{.State.Pid}} {{.State.Health.Status}}', 'restart');
      return now !== `${pid} healthy` && now.endsWith(' healthy') ? true : undefined;
    });
    await store.must('rm', '-f', '-a', '-t', '0');
  });

  test('a check that takes too long has failed, and all of its processes are killed', async () => {
    const slow = 'sleep 4321 & sleep 4321; true';
    await store.must(
      'run',
      '-d',
      '--name',
      'slow',
      '--health-timeout',
      '300ms',
      ...never,
      '--health-cmd',
      slow,
      busybox,
      'sleep',
      '1000',
    );
    expect(await store.tspod(['healthcheck', 'run', 'slow'])).toEqual({
      exitCode: 125,
      stdout: '',
      stderr: expect.stringContaining('healthcheck command exceeded timeout of 0.3s'),
    });
    expect((await health('slow')).Log[0].ExitCode).toBe(-1);
    await eventually('the processes of the check to end', async () =>
      (await store.must('exec', 'slow', 'ps')).includes('4321') ? undefined : true,
    );
    await store.must('rm', '-f', '-t', '0', 'slow');
  });

  test("the image's check is used, changed or left out; an impossible one leaves no container", async () => {
    const directory = store.path('Containerfile');
    writeFileSync(directory, `FROM ${busybox}\nHEALTHCHECK --interval=7s CMD test -e /ok\n`);
    const built = await store.buildah([
      'bud',
      '-q',
      '--isolation',
      'chroot',
      '--format',
      'docker',
      '-t',
      'localhost/checked',
      '-f',
      directory,
      store.directory,
    ]);
    expect(built.exitCode).toBe(0);
    const check = async (...words: string[]) => {
      const id = await store.must('create', ...words, 'localhost/checked', 'true');
      return JSON.parse(await store.must('inspect', '--format', '{{json .Config.Healthcheck}}', id));
    };
    const ofImage = { Test: ['CMD-SHELL', 'test -e /ok'], Interval: 7e9, Timeout: 30e9, Retries: 3 };
    expect(await check()).toEqual(ofImage);
    expect(await check('--health-interval', '3s')).toEqual({ ...ofImage, Interval: 3e9 });
    expect(await check('--no-healthcheck')).toEqual({ Test: ['NONE'] });
    const before = await store.must('ps', '-a', '-q');
    for (const [words, text] of [
      [['--health-on-failure', 'kill', busybox], 'cannot set on-failure action to kill without a health check'],
      [['--health-cmd', 'x', '--health-retries', '0', busybox], 'healthcheck-retries must be greater than 0'],
      [['--health-cmd', '[]', busybox], 'must define a healthcheck command for all healthchecks'],
    ] as const) {
      expect(await store.tspod(['create', ...words])).toEqual({
        exitCode: 125,
        stdout: '',
        stderr: expect.stringContaining(text),
      });
    }
    expect(await store.must('ps', '-a', '-q')).toBe(before);
    await store.must('rm', '-a');
  });
});
