import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './support/machine.ts';
import { busybox, launcher, run, Store } from './support/store.ts';

describe('logs and exec by flags', () => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create();
    await store.must('run', '-d', '--name', 'one', busybox, 'sh', '-c', 'echo 1a; sleep 0.1; echo 1b >&2; sleep 1000');
    await store.must('run', '-d', '--name', 'two', busybox, 'sh', '-c', 'echo 2a; sleep 0.1; echo 2b; sleep 1000');
    await eventually('the last line', async () => ((await store.must('logs', 'two')).includes('2b') ? true : undefined));
  });
  afterAll(async () => store[Symbol.asyncDispose]());

  test('--follow --until ends at that moment, although the container goes on', async () => {
    const begun = performance.now();
    const { exitCode, stdout } = await store.tspod(['logs', '--follow', '--until', '700ms', 'two'], { timeout: 10_000 });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '2a\n2b\n' });
    expect(performance.now() - begun).toBeGreaterThan(700);
    const past = await store.tspod(['logs', '--follow', '--until', '2001-01-01', 'two'], { timeout: 10_000 });
    expect(past).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('several containers are told apart, and their lines come in the order of their times', async () => {
    const id = (await store.must('inspect', '--format', '{{.Id}}', 'one')).slice(0, 12);
    const plain = await store.tspod(['logs', 'one', 'two']);
    expect(plain.stdout).toContain(`${id} 1a\n`);
    expect(plain.stderr).toBe(`${id} 1b\n`);
    const named = await store.tspod(['logs', '--names', '--timestamps', '--tail', '1', 'two', 'one']);
    expect(named.stdout).toMatch(/^two \S+ 2b\n$/);
    expect(named.stderr).toMatch(/^one \S+ 1b\n$/);
    expect((await store.tspod(['logs', '--names', '--color', 'one', 'two'])).stdout).toContain('\x1b[37mone 1a\x1b[0m\n');
    expect((await store.tspod(['logs', '--names', 'two'])).stdout).toBe('2a\n2b\n');
    for (const env of [{}, { NO_COLOR: '1' }] as Record<string, string>[]) {
      // who asks for colors by a flag gets them, from podman, too
      const { stdout } = await store.tspod(['logs', '--color', 'two'], { env });
      expect(stdout).toBe('\x1b[37m2a\x1b[0m\n\x1b[37m2b\x1b[0m\n');
    }
  });

  test('--latest is the newest container', async () => {
    expect((await store.tspod(['logs', '-l'])).stdout).toBe('2a\n2b\n');
    expect(await store.must('exec', '-l', 'sh', '-c', 'hostname')).toBe(
      (await store.must('inspect', '--format', '{{.Id}}', 'two')).slice(0, 12),
    );
    for (const command of ['logs', 'attach']) {
      expect(await store.tspod([command, '-l', 'two'])).toEqual({
        exitCode: 125,
        stdout: '',
        stderr: expect.stringContaining('--latest and containers cannot be used together'),
      });
    }
  });

  test('--preserve-fds passes descriptors on, and names the one that is missing', async () => {
    const words = store.argv(['exec', '--preserve-fds', '2', 'two', 'sh', '-c', 'cat <&3; cat <&4']);
    const file = store.path('given');
    const script = `exec 3<<A 4<<B\nthree\nA\nfour\nB\nexec "$@" > ${file}`;
    expect((await run('sh', ['-c', script, 'sh', launcher, ...words])).exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('three\nfour\n');
    expect(await store.tspod(['exec', '--preserve-fds', '30', 'two', 'true'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringMatching(/file descriptor \d+ is not available - the preserve-fds option/),
    });
  });

  test('--log-opt max-size keeps the log small, and following it loses nothing of what is kept', async () => {
    await store.must(
      'run',
      '-d',
      '--name',
      'small',
      '--log-opt',
      'max-size=4k',
      busybox,
      'sh',
      '-c',
      'while [ ! -e /go ]; do sleep 0.02; done; i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo line $i; done',
    );
    expect(JSON.parse(await store.must('inspect', '--format', '{{json .HostConfig.LogConfig}}', 'small'))).toMatchObject({
      Size: '4kB',
    });
    await store.must('exec', 'small', 'touch', '/go');
    expect(await store.must('wait', 'small')).toBe('0');
    const [{ Id }] = JSON.parse(await store.must('inspect', 'small'));
    expect(statSync(join(store.root, 'overlay-containers', Id, 'userdata/ctr.log')).size).toBeLessThanOrEqual(4000);
    const lines = (await store.must('logs', 'small')).split('\n');
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, index) => `line ${200 - lines.length + 1 + index}`));
    expect(await store.tspod(['create', '--log-opt', 'max-size=zz', busybox, 'true'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining("invalid size: 'zz'"),
    });
  });

  test('--log-opt max-file keeps older files, which are read and followed as one log', async () => {
    const script =
      'until [ -e /go ]; do sleep 0.02; done; i=0; while [ $i -lt 120 ]; do i=$((i+1)); echo line $i; usleep 5000; done';
    const options = ['--log-opt', 'max-size=1500', '--log-opt', 'max-file=3'];
    await store.must('run', '-d', '--name', 'kept', ...options, busybox, 'sh', '-c', script);
    const [{ Id }] = JSON.parse(await store.must('inspect', 'kept'));
    const following = store.tspod(['logs', '--follow', 'kept'], { timeout: 20_000 });
    await store.must('exec', 'kept', 'touch', '/go');
    const lines = (from: number) => Array.from({ length: 121 - from }, (_, index) => `line ${from + index}\n`).join('');
    expect((await following).stdout).toBe(lines(1));
    const directory = join(store.root, 'overlay-containers', Id, 'userdata');
    const kept = readdirSync(directory).filter((name) => name.startsWith('ctr.log.') && !name.endsWith('.next'));
    expect(kept.sort()).toEqual(['ctr.log.1', 'ctr.log.2']);
    const whole = await store.must('logs', 'kept');
    const first = Number(/line (\d+)/.exec(whole)?.[1]);
    expect(`${whole}\n`).toBe(lines(first));
    expect(first).toBeLessThan(95);
    expect(await store.must('logs', '--tail', '40', 'kept')).toBe(lines(81).trimEnd());
    expect(await store.tspod(['create', '--log-opt', 'max-file=0', busybox, 'true'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining("invalid log option max-file: '0'"),
    });
  });

  test('--follow goes on while the restart policy starts the container again', async () => {
    await store.must(
      'create',
      '--name',
      'again',
      '--restart',
      'on-failure:2',
      busybox,
      'sh',
      '-c',
      'echo run; sleep 0.2; exit 3',
    );
    await store.must('start', 'again');
    const { exitCode, stdout } = await store.tspod(['logs', '--follow', 'again'], { timeout: 20_000 });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'run\nrun\nrun\n' });
  });

  const ticking = 'echo began; trap "exit 0" TERM; for n in $(seq 1000); do echo $n; sleep 0.1; done';

  test.each([
    ['k8s-file', ['restart', '-t', '5']],
    ['json-file', ['restart', '-t', '0']],
  ])('--follow goes on when the container is restarted by hand, %s, %j', async (driver, restart) => {
    await store.must('run', '-d', '--name', 'by-hand', '--log-driver', driver, busybox, 'sh', '-c', ticking);
    const following = store.tspod(['logs', '--follow', 'by-hand'], { timeout: 20_000 });
    await store.must('exec', 'by-hand', 'sleep', '0.5');
    await store.must(...restart, 'by-hand');
    await store.must('exec', 'by-hand', 'sleep', '0.5');
    await store.must('stop', '-t', '5', 'by-hand');
    const { exitCode, stdout } = await following;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${await store.must('logs', 'by-hand')}\n` });
    expect(stdout.match(/began\n1\n2\n3\n/g)).toHaveLength(2);
    await store.must('rm', '-f', '-t', '0', 'by-hand');
  });

  test('--follow ends when the container is stopped by hand, whatever is done with it later', async () => {
    await store.must('run', '-d', '--name', 'stopped', busybox, 'sh', '-c', ticking);
    const following = store.tspod(['logs', '--follow', 'stopped'], { timeout: 20_000 });
    await store.must('exec', 'stopped', 'sleep', '0.5');
    await store.must('stop', '-t', '5', 'stopped');
    const { exitCode, stdout } = await following;
    await store.must('start', 'stopped');
    expect({ exitCode, began: stdout.match(/began/g) }).toEqual({ exitCode: 0, began: ['began'] });
    await store.must('rm', '-f', '-t', '0', 'stopped');
  });
});
