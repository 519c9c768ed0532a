import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './support/machine.ts';
import { matrix } from './support/matrix.ts';
import { busybox, Store } from './support/store.ts';

describe.each(matrix)('life of a container, $title', (backends) => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create(backends);
  });
  afterEach(async () => {
    await store.must('rm', '-f', '-a', '-t', '0');
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  const status = async (name: string) => JSON.parse(await store.must('inspect', name))[0].State.Status as string;

  test('create, start, stop, start again, rm', async () => {
    const id = await store.must('create', '--name', 'one', busybox, 'sleep', '100');
    expect(await status('one')).toBe('created');
    expect(await store.must('start', 'one')).toBe('one');
    expect(await status('one')).toBe('running');
    expect(await store.must('start', 'one')).toBe('one');
    expect(await store.must('stop', '-t', '0', 'one')).toBe('one');
    expect(await status('one')).toBe('exited');
    expect(await store.must('start', id.slice(0, 8))).toBe(id.slice(0, 8));
    expect(await status('one')).toBe('running');
    const refused = await store.tspod(['rm', 'one']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('cannot be removed without force');
    expect(await store.must('rm', '-f', '-t', '0', 'one')).toBe('one');
    expect((await store.tspod(['inspect', 'one'])).exitCode).toBe(125);
  });

  test('start -a shows the output and answers the exit code', async () => {
    await store.must('create', '--name', 'attached', busybox, 'sh', '-c', 'echo shown; exit 4');
    expect(await store.tspod(['start', '-a', 'attached'])).toEqual({ exitCode: 4, stdout: 'shown\n', stderr: '' });
  });

  test('start -a -i gives it stdin', async () => {
    await store.must('create', '-i', '--name', 'reader', busybox, 'cat');
    expect(await store.tspod(['start', '-a', '-i', 'reader'], { input: 'over and out' })).toMatchObject({
      exitCode: 0,
      stdout: 'over and out',
    });
  });

  test('what was written in one run is there in the next', async () => {
    await store.must('run', '--name', 'keeper', busybox, 'sh', '-c', 'echo run >> /log; cat /log');
    expect((await store.tspod(['start', '-a', 'keeper'])).stdout).toBe('run\nrun\n');
  });

  test('pause, unpause, restart, init: states, messages, choice by flag', async () => {
    await store.must('run', '-d', '--name', 'pausable', busybox, 'sleep', '100');
    await store.must('create', '--name', 'idle', busybox, 'sleep', '100');
    const startedAt = async () => JSON.parse(await store.must('inspect', 'pausable'))[0].State.StartedAt as string;
    const firstStart = await startedAt();
    expect(await store.tspod(['pause', 'idle', 'pausable'])).toEqual({
      exitCode: 125,
      stdout: 'pausable\n',
      stderr: 'Error: "created" is not running, can\'t pause: container state improper\n',
    });
    expect(await status('pausable')).toBe('paused');
    expect(await store.tspod(['restart', 'pausable'])).toMatchObject({
      exitCode: 125,
      stderr: 'Error: unable to restart a container in a paused or unknown state: container state improper\n',
    });
    await store.must('unpause', '--all');
    expect(await status('pausable')).toBe('running');
    expect((await store.tspod(['unpause', 'pausable'])).stderr).toContain("is not paused, can't unpause");
    expect(await store.must('restart', '-t', '0', '--filter', 'name=pausable')).toMatch(/^[0-9a-f]{64}$/);
    expect(await status('pausable')).toBe('running');
    expect(await startedAt()).not.toBe(firstStart);
    expect(await store.must('container', 'init', '--latest')).toMatch(/^[0-9a-f]{64}$/);
    expect(await status('idle')).toBe('initialized');
    await store.must('container', 'cleanup', 'idle');
    expect(await status('idle')).toBe('created');
    await store.must('container', 'init', 'idle');
    expect(await store.must('restart', '-t', '0', 'idle')).toBe('idle');
    expect(await status('idle')).toBe('running');
  });

  test('a container that removes itself outlives its restart', async () => {
    await store.must('run', '-d', '--rm', '--name', 'fleeting', busybox, 'sleep', '100');
    await store.must('restart', '-t', '0', 'fleeting');
    expect(await status('fleeting')).toBe('running');
    await store.must('stop', '-t', '0', 'fleeting');
    await eventually('it to remove itself', async () =>
      (await store.tspod(['container', 'exists', 'fleeting'])).exitCode === 1 ? true : undefined,
    );
  });

  test('kill ends a paused container', async () => {
    await store.must('run', '-d', '--name', 'frozen', busybox, 'sleep', '100');
    await store.must('pause', 'frozen');
    expect(await store.must('kill', 'frozen')).toBe('frozen');
    expect(await store.must('wait', 'frozen')).toBe('137');
  });

  test('kill sends a signal by name or number', async () => {
    await store.must('run', '-d', '--name', 'victim', busybox, 'sh', '-c', 'trap "exit 9" HUP; while :; do sleep 0.05; done');
    await store.must('kill', '-s', 'HUP', 'victim');
    expect(await store.must('wait', 'victim')).toBe('9');
    const refused = await store.tspod(['kill', 'victim']);
    expect(refused.exitCode).toBe(125);
    expect(refused.stderr).toContain('container state improper');
  });

  test('exec: output, exit code, stdin, user, environment, working directory', async () => {
    await store.must('run', '-d', '--name', 'host', busybox, 'sleep', '100');
    expect(await store.tspod(['exec', 'host', 'sh', '-c', 'echo o; echo e >&2; exit 5'])).toEqual({
      exitCode: 5,
      stdout: 'o\n',
      stderr: 'e\n',
    });
    expect(await store.tspod(['exec', '-i', 'host', 'cat'], { input: 'through' })).toMatchObject({
      exitCode: 0,
      stdout: 'through',
    });
    expect(await store.must('exec', '-u', '42', '-e', 'X=y', '-w', '/tmp', 'host', 'sh', '-c', 'id -u; echo $X; pwd')).toBe(
      '42\ny\n/tmp',
    );
    expect((await store.tspod(['exec', 'host', 'nosuchcommand'])).exitCode).toBe(127);
    expect((await store.tspod(['exec', 'host', 'sh', '-c', 'kill -9 $$'])).exitCode).toBe(137);
  });

  test('exec -d runs on, and its session is forgotten when it ends', async () => {
    await store.must('run', '-d', '--name', 'host', busybox, 'sleep', '100');
    expect(await store.must('exec', '-d', 'host', 'sh', '-c', 'sleep 0.3; echo done > /done')).toMatch(/^[0-9a-f]{64}$/);
    await eventually('the detached command', async () => {
      const { exitCode, stdout } = await store.tspod(['exec', 'host', 'cat', '/done']);
      return exitCode === 0 ? stdout : undefined;
    });
    await eventually('the session to end', async () =>
      JSON.parse(await store.must('inspect', 'host'))[0].ExecIDs.length === 0 ? true : undefined,
    );
  });

  test('exec needs a running container', async () => {
    await store.must('create', '--name', 'idle', busybox, 'true');
    const refused = await store.tspod(['exec', 'idle', 'true']);
    expect(refused.exitCode).toBe(255);
    expect(refused.stderr).toContain('can only create exec sessions on running containers');
  });

  test('attach sees what comes from now on, and the end', async () => {
    await store.must('run', '-d', '-i', '--name', 'talker', busybox, 'sh', '-c', 'read line; echo "heard $line"; exit 6');
    expect(await store.tspod(['attach', 'talker'], { input: 'you\n' })).toMatchObject({ exitCode: 6, stdout: 'heard you\n' });
  });

  test('logs: all, tail, timestamps, follow', async () => {
    await store.must('run', '-d', '--name', 'writer', busybox, 'sh', '-c', 'seq 1 5; echo oops >&2; sleep 0.7; echo last');
    await eventually('the first lines', async () =>
      (await store.must('logs', 'writer')).startsWith('1\n2\n3\n4\n5') ? true : undefined,
    );
    expect(await store.must('logs', '--tail', '2', 'writer')).toMatch(/^(5|last)$/);
    const followed = await store.tspod(['logs', '-f', 'writer']);
    expect(followed.stdout).toBe('1\n2\n3\n4\n5\nlast\n');
    expect(followed.stderr).toBe('oops\n');
    expect((await store.must('logs', '-t', 'writer')).split('\n')[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* 1$/);
  });

  test('wait prints the exit code of each', async () => {
    await store.must('run', '-d', '--name', 'w1', busybox, 'sh', '-c', 'sleep 0.3; exit 1');
    await store.must('run', '-d', '--name', 'w2', busybox, 'sh', '-c', 'exit 2');
    expect(await store.must('wait', 'w1', 'w2')).toBe('1\n2');
  });

  test('wait learns the exit code of a container that removes itself', async () => {
    await store.must('run', '-d', '--rm', '--name', 'brief', busybox, 'sh', '-c', 'sleep 2; exit 8');
    expect(await store.must('wait', 'brief')).toBe('8');
  });

  test('ps shows what runs, with -a everything, as JSON with podman’s fields', async () => {
    await store.must('run', '-d', '--name', 'up', busybox, 'sleep', '100');
    await store.tspod(['run', '--name', 'over', busybox, 'sh', '-c', 'exit 3']);
    const [header, ...rows] = (await store.must('ps', '-a')).split('\n');
    expect(header?.split(/ {2,}/)).toEqual(['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES']);
    expect(rows).toHaveLength(2);
    expect(rows.find((row) => row.endsWith('up'))).toMatch(/Up /);
    expect(rows.find((row) => row.endsWith('over'))).toMatch(/Exited \(3\)/);
    expect((await store.must('ps', '-q')).split('\n')).toHaveLength(1);
    const documents = JSON.parse(await store.must('ps', '-a', '--format', 'json'));
    const up = documents.find(({ Names }: { Names: string[] }) => Names[0] === 'up');
    expect(up).toMatchObject({ State: 'running', Exited: false, Image: busybox, Command: ['sleep', '100'] });
    await expect.poll(() => readFileSync(`/proc/${up.Pid}/cmdline`, 'utf8')).toBe('sleep\x00100\x00');
  });

  test('a container outlives the command that started it, and its monitor’s death is noticed', async () => {
    await store.must('run', '-d', '--name', 'orphan', busybox, 'sleep', '100');
    const [document] = JSON.parse(await store.must('inspect', 'orphan'));
    process.kill(document.State.ConmonPid, 'SIGKILL');
    expect(await status('orphan')).toBe('running');
    process.kill(document.State.Pid, 'SIGKILL');
    await eventually('its end to be seen', async () => ((await status('orphan')) !== 'running' ? true : undefined));
    await store.must('rm', '-f', 'orphan');
  });
});
