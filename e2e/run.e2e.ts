import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, traces, tracesAtRest } from './support/machine.ts';
import { matrix } from './support/matrix.ts';
import { busybox, Store } from './support/store.ts';

describe.each(matrix)('run, $title', (backends) => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create(backends);
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  const run = (...args: string[]) => store.tspod(['run', '--rm', ...args]);

  test('gives the process its output, its errors and its exit code', async () => {
    const result = await run(busybox, 'sh', '-c', 'echo out; echo err >&2; exit 7');
    expect(result).toEqual({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  test('leaves nothing on the machine', async () => {
    const quiet = () => eventually('the exit command to end', () => (traces(store).processes.length === 0 ? true : undefined));
    await run(busybox, 'true');
    const before = await tracesAtRest(store);
    expect((await run(busybox, 'echo', 'hi')).stdout).toBe('hi\n');
    await quiet();
    expect(traces(store)).toEqual(before);
    expect(await store.must('ps', '-a', '-q')).toBe('');
  });

  test('a signal that ends the process is 128 + its number', async () => {
    expect((await run('--init', busybox, 'sh', '-c', 'kill -KILL $$')).exitCode).toBe(137);
    await store.must('run', '-d', '--name', 'signalled', busybox, 'sleep', '100');
    await store.must('kill', 'signalled');
    expect(await store.must('wait', 'signalled')).toBe('137');
    await store.must('rm', 'signalled');
  });

  test('a command that is not there is 127, one that is a directory is 126, a bad flag 125', async () => {
    expect((await run(busybox, 'nosuchcommand')).exitCode).toBe(127);
    expect((await run(busybox, '/no/such/file')).exitCode).toBe(127);
    expect((await run(busybox, '/etc')).exitCode).toBe(126);
    expect((await run('--nosuchflag', busybox, 'true')).exitCode).toBe(125);
  });

  test('the image configuration applies: command, environment, working directory', async () => {
    expect((await run(busybox, 'sh', '-c', 'echo $PATH')).stdout).toContain('/bin');
    const { stdout } = await store.tspod(['run', '--rm', '-i', busybox], { input: 'echo from-cmd\n' });
    expect(stdout).toBe('from-cmd\n');
  });

  test('environment: -e, -e NAME from the host, --env-file', async () => {
    const file = store.path('environment');
    writeFileSync(file, '# comment\nFROM_FILE=file value\nOVERRIDDEN=file\nFROM_HOST\n');
    const { stdout } = await store.tspod(
      ['run', '--rm', '--env-file', file, '-e', 'OVERRIDDEN=flag', '-e', 'ALSO_HOST', busybox, 'env'],
      { env: { FROM_HOST: 'h1', ALSO_HOST: 'h2' } },
    );
    const lines = stdout.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'FROM_FILE=file value',
        'OVERRIDDEN=flag',
        'FROM_HOST=h1',
        'ALSO_HOST=h2',
        'HOME=/root',
        'container=podman',
      ]),
    );
  });

  test('users by number and by name, with their groups and home', async () => {
    expect((await run('-u', '1234:77', busybox, 'id')).stdout).toMatch(/^uid=1234\(1234\) gid=77\(77\)/);
    expect((await run('-u', 'nobody', busybox, 'sh', '-c', 'id -un')).stdout).toBe('nobody\n');
  });

  test('the working directory is made when it is missing', async () => {
    expect((await run('-w', '/somewhere/new', busybox, 'pwd')).stdout).toBe('/somewhere/new\n');
  });

  test('bind mounts, read-write and read-only, and tmpfs', async () => {
    const directory = store.path('shared');
    mkdirSync(directory, { recursive: true });
    writeFileSync(`${directory}/in`, 'given');
    const readWrite = await run('-v', `${directory}:/data`, busybox, 'sh', '-c', 'cat /data/in; echo back > /data/out');
    expect(readWrite).toMatchObject({ exitCode: 0, stdout: 'given' });
    expect(readFileSync(`${directory}/out`, 'utf8')).toBe('back\n');
    const readOnly = await run('-v', `${directory}:/data:ro`, busybox, 'touch', '/data/no');
    expect(readOnly.exitCode).toBe(1);
    expect(existsSync(`${directory}/no`)).toBe(false);
    const tmpfs = await run('--tmpfs', '/scratch:size=1m', busybox, 'sh', '-c', "grep ' /scratch ' /proc/mounts");
    expect(tmpfs.stdout).toMatch(/^tmpfs \/scratch tmpfs .*size=1024k/);
  });

  test('the entrypoint can be replaced and removed', async () => {
    expect((await run('--entrypoint', 'echo', busybox, 'a', 'b')).stdout).toBe('a b\n');
    expect((await run('--entrypoint', '["echo","x"]', busybox, 'a')).stdout).toBe('x a\n');
    expect((await run('--entrypoint', '', busybox, 'echo', 'plain')).stdout).toBe('plain\n');
  });

  test('host names, of its own and of the host', async () => {
    expect((await run('--hostname', 'somebox', busybox, 'hostname')).stdout).toBe('somebox\n');
    expect((await run('--network', 'host', busybox, 'hostname')).stdout).toBe(`${hostname()}\n`);
  });

  test('with the network none there is loopback and nothing else', async () => {
    for (const network of [[], ['--network', 'none']]) {
      const { stdout } = await run(
        ...network,
        busybox,
        'sh',
        '-c',
        'tail -n +3 /proc/net/dev | cut -d: -f1; ip addr show lo | grep -c "inet 127.0.0.1"',
      );
      expect(stdout.trim().split(/\s+/)).toEqual(['lo', '1']);
    }
  });

  test('read-only root filesystem, with a writable /tmp', async () => {
    const { stdout } = await run(
      '--read-only',
      busybox,
      'sh',
      '-c',
      'touch /x 2>/dev/null || echo refused; touch /tmp/x && echo tmp',
    );
    expect(stdout).toBe('refused\ntmp\n');
  });

  test('capabilities are added and dropped', async () => {
    const capabilities = async (...flags: string[]) =>
      BigInt(`0x${(await run(...flags, busybox, 'sh', '-c', 'grep CapEff /proc/self/status | cut -f2')).stdout.trim()}`);
    const has = (set: bigint, bit: number) => (set >> BigInt(bit)) % 2n === 1n;
    const [chown, sysTime] = [0, 25];
    const plain = await capabilities();
    expect([has(plain, chown), has(plain, sysTime)]).toEqual([true, false]);
    expect(has(await capabilities('--cap-drop', 'chown'), chown)).toBe(false);
    expect(has(await capabilities('--cap-add', 'CAP_SYS_PTRACE'), 19)).toBe(true);
    expect(await capabilities('--cap-drop', 'all')).toBe(0n);
    expect(has(await capabilities('--privileged'), 21)).toBe(true);
  });

  test('seccomp is in force in the first run, in the next, and in exec; not when privileged', async () => {
    const filters = ['grep', 'Seccomp:', '/proc/self/status'];
    for (let count = 0; count < 2; count += 1) expect((await run(busybox, ...filters)).stdout).toBe('Seccomp:\t2\n');
    await store.must('run', '-d', '--name', 'filtered', busybox, 'sleep', '100');
    expect(await store.must('exec', 'filtered', ...filters)).toBe('Seccomp:\t2');
    await store.must('rm', '-f', '-t', '0', 'filtered');
    expect((await run('--privileged', busybox, ...filters)).stdout).toBe('Seccomp:\t0\n');
  });

  test('--init puts an init process in front', async () => {
    const { stdout } = await run('--init', busybox, 'sh', '-c', 'cat /proc/1/cmdline');
    expect(stdout).toContain('init');
  });

  test('stdin and stdout are exact to the byte, and the end of stdin arrives', async () => {
    const input = randomBytes(3_000_000);
    const digest = createHash('sha256').update(input).digest('hex');
    const summed = await store.tspod(['run', '--rm', '-i', busybox, 'sha256sum'], { input });
    expect(summed.stdout).toBe(`${digest}  -\n`);
    const back = await store.tspod(['run', '--rm', '-i', busybox, 'sh', '-c', 'cat | od -An -v -tx1 | tr -d " \\n"'], {
      input: input.subarray(0, 70_000),
    });
    expect(back.stdout).toBe(input.subarray(0, 70_000).toString('hex'));
  });

  test('output larger than any buffer arrives whole', async () => {
    const { stdout } = await run(busybox, 'sh', '-c', 'seq 1 200000');
    expect(stdout.length).toBe(Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join('').length);
    expect(stdout.endsWith('200000\n')).toBe(true);
  });

  test('-d prints the id, runs on, and with --rm cleans up by itself', async () => {
    const id = await store.must('run', '-d', '--rm', busybox, 'sh', '-c', 'while [ ! -e /stop ]; do sleep 0.05; done');
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await store.must('ps', '-q', '--no-trunc')).toBe(id);
    await store.must('exec', id, 'touch', '/stop');
    await eventually('the container to be gone', async () => ((await store.must('ps', '-a', '-q')) === '' ? true : undefined));
    await eventually('every trace to be gone', () => (traces(store).processes.length === 0 ? true : undefined));
    expect(traces(store).cgroups).toEqual([]);
  });

  test('--cidfile and --pidfile', async () => {
    const cidFile = store.path(`cid-${backends.runtime}`);
    const pidFile = store.path(`pid-${backends.runtime}`);
    const id = await store.must(
      'run',
      '-d',
      '--name',
      'files',
      '--cidfile',
      cidFile,
      '--pidfile',
      pidFile,
      busybox,
      'sleep',
      '100',
    );
    expect(readFileSync(cidFile, 'utf8')).toBe(id);
    // runc is done a moment before its process becomes the command
    await expect.poll(() => readFileSync(`/proc/${readFileSync(pidFile, 'utf8')}/cmdline`, 'utf8')).toContain('sleep');
    await store.must('rm', '-f', '-t', '0', 'files');
  });

  test('labels and annotations are kept', async () => {
    await store.must('create', '--name', 'labelled', '-l', 'a=b', '--label', 'c', '--annotation', 'x=y', busybox, 'true');
    const [document] = JSON.parse(await store.must('inspect', 'labelled'));
    expect(document.Config.Labels).toEqual({ a: 'b', c: '' });
    expect(document.Config.Annotations.x).toBe('y');
    await store.must('rm', 'labelled');
  });

  test('--stop-signal and --stop-timeout', async () => {
    const script = 'trap "echo got USR1; exit 3" USR1; while :; do sleep 0.05; done';
    await store.must('run', '-d', '--name', 'polite', '--stop-signal', 'USR1', busybox, 'sh', '-c', script);
    await store.must('stop', 'polite');
    expect(await store.must('logs', 'polite')).toBe('got USR1');
    expect(await store.must('wait', 'polite')).toBe('3');
    await store.must('rm', 'polite');
    await store.must('run', '-d', '--name', 'stubborn', '--stop-timeout', '1', busybox, 'sh', '-c', 'trap "" TERM; sleep 100');
    const before = performance.now();
    const stopped = await store.tspod(['stop', 'stubborn']);
    expect(stopped.stderr).toContain('resorting to SIGKILL');
    expect(performance.now() - before).toBeLessThan(6_000);
    await store.must('rm', 'stubborn');
  });

  test('--log-driver none keeps nothing, and says so', async () => {
    await store.must('run', '--name', 'silent', '--log-driver', 'none', busybox, 'echo', 'unkept');
    const result = await store.tspod(['logs', 'silent']);
    expect(result.exitCode).toBe(125);
    expect(result.stderr).toContain('none');
    await store.must('rm', 'silent');
  });
});

describe.each(['crun', 'runc'] as const)('run from a directory, %s', (runtime) => {
  let store: Store;
  let directory: string;
  beforeAll(async () => {
    store = await Store.create({ runtime });
    directory = store.path('rootfs');
    mkdirSync(`${directory}/bin`, { recursive: true });
    writeFileSync(`${directory}/bin/busybox`, readFileSync('/bin/busybox'), { mode: 0o755 });
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  test('the directory itself is the root', async () => {
    const result = await store.tspod([
      'run',
      '--rm',
      '--rootfs',
      directory,
      '/bin/busybox',
      'sh',
      '-c',
      'echo x > /written; echo ran',
    ]);
    expect(result).toMatchObject({ exitCode: 0, stdout: 'ran\n' });
    expect(readFileSync(`${directory}/written`, 'utf8')).toBe('x\n');
  });

  test('with :O the directory is only read', async () => {
    const result = await store.tspod([
      'run',
      '--rm',
      '--rootfs',
      `${directory}:O`,
      '/bin/busybox',
      'sh',
      '-c',
      'echo x > /thrown-away; echo ran',
    ]);
    expect(result).toMatchObject({ exitCode: 0, stdout: 'ran\n' });
    expect(existsSync(`${directory}/thrown-away`)).toBe(false);
  });

  test('the directory survives the removal of its container', async () => {
    await store.must('create', '--name', 'from-directory', '--rootfs', directory, '/bin/busybox', 'true');
    await store.must('rm', 'from-directory');
    expect(existsSync(`${directory}/bin/busybox`)).toBe(true);
  });
});
