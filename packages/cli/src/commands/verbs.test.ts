import { InUseError, InvalidStateError, NotFoundError, RuntimeFailedError } from '@tspod/core';
import { expect, test } from 'vitest';
import { runCommand } from '../fake-context.ts';
import { command as containerExists } from './container-exists.ts';
import { command as exec } from './exec.ts';
import { command as inspect } from './inspect.ts';
import { command as kill } from './kill.ts';
import { command as logs } from './logs.ts';
import { command as pause } from './pause.ts';
import { command as rm } from './rm.ts';
import { command as rmi } from './rmi.ts';
import { command as run } from './run.ts';
import { command as start } from './start.ts';
import { command as stop } from './stop.ts';
import { command as wait } from './wait.ts';

const missing = (name: string) =>
  new NotFoundError(`no container with name or ID "${name}" found: no such container`, { code: 'no-such-container' });
const stillRuns = new InvalidStateError('it runs', { code: 'container-running', actual: 'running', allowed: [] });

/** Containers whose verbs write down that they were called. */
function runtimeWith(containers: Record<string, object>) {
  return {
    container: async (name: string) => {
      if (!Object.hasOwn(containers, name)) throw missing(name);
      return { id: name.repeat(64).slice(0, 64), ...containers[name] };
    },
    latestContainer: async () => {
      const [id, container] = Object.entries(containers).at(-1) ?? [];
      if (id === undefined) throw new NotFoundError('no such container', { code: 'no-such-container' });
      return { id, ...container };
    },
    hasContainer: async (name: string) => Object.hasOwn(containers, name),
    listContainers: async () => Object.keys(containers).map((id) => ({ id })),
    listExternalContainers: async () => [{ id: 'f'.repeat(64), names: ['foreign'] }],
    removeExternalContainer: async () => undefined,
    removeContainers: async (chosen: readonly { id: string; remove(options: unknown): Promise<void> }[], options: unknown) =>
      Promise.all(
        chosen.map(({ id, remove }) =>
          remove(options).then(
            () => ({ id }),
            (failure: unknown) => ({ id, failure }),
          ),
        ),
      ),
  };
}

test('rm: exit codes and results', async () => {
  const removed: unknown[] = [];
  const gone = { remove: async (options: unknown) => removed.push(options) };
  const runtime = runtimeWith({ a: gone, b: gone, busy: { remove: () => Promise.reject(stillRuns) } });
  expect(await runCommand(rm, ['a', 'b'], runtime)).toMatchObject({ stdout: 'a\nb\n', exitCode: 0 });
  expect(await runCommand(rm, ['a', 'nosuch'], runtime)).toMatchObject({ stdout: '', failure: { exitCode: 1 } });
  expect(removed).toHaveLength(2); // names are looked up before anything is removed
  expect(await runCommand(rm, ['busy', 'a'], runtime)).toMatchObject({
    stdout: 'a\n',
    failure: { exitCode: 2, cause: stillRuns },
  });
  expect(await runCommand(rm, ['-i', 'nosuch'], runtime)).toMatchObject({ stdout: '', exitCode: 0 });
  expect(await runCommand(rm, ['-ft0', 'nosuch', 'a'], runtime)).toMatchObject({ stdout: 'a\n', exitCode: 0 });
  for (const name of ['foreign', 'ff']) {
    expect(await runCommand(rm, [name], runtime)).toMatchObject({ stdout: `${name}\n`, exitCode: 0 });
  }
  expect(removed.at(-1)).toEqual({ force: true, timeout: 0, dependents: false });
  expect(await runCommand(rm, ['-t', '0', 'a'], runtime)).toMatchObject({ failure: { name: 'UsageError' } });
});

test('several failures: all are told, the last one ends the command', async () => {
  const failing = (text: string) => ({ start: () => Promise.reject(new Error(text)) });
  const runtime = runtimeWith({ a: failing('first'), b: { start: async () => undefined }, c: failing('second') });
  expect(await runCommand(start, ['a', 'b', 'c'], runtime)).toMatchObject({
    stdout: 'b\n',
    stderr: 'Error: first\n',
    failure: { message: 'second' },
  });
});

test('start refuses what does not go together', async () => {
  expect(await runCommand(start, ['-a', 'x', 'y'])).toMatchObject({
    failure: { message: expect.stringContaining('multiple containers') },
  });
  expect(await runCommand(start, ['--sig-proxy', 'x'])).toMatchObject({
    failure: { message: expect.stringContaining('without --attach') },
  });
});

test('stop passes the time, and tells a warning on stderr', async () => {
  const times: unknown[] = [];
  const stoppable = {
    stop: async ({ timeout, onWarning }: { timeout: number; onWarning: (text: string) => void }) => {
      times.push(timeout);
      onWarning('resorting to SIGKILL');
    },
  };
  expect(await runCommand(stop, ['-t', '3', 'a'], runtimeWith({ a: stoppable }))).toMatchObject({
    stdout: 'a\n',
    stderr: 'Warning: resorting to SIGKILL\n',
  });
  expect(times).toEqual([3]);
});

test('kill checks the signal before it looks for containers', async () => {
  expect(await runCommand(kill, ['-s', 'nosuch', 'nobody'], runtimeWith({}))).toMatchObject({
    failure: { code: 'invalid-signal' },
  });
  const signals: unknown[] = [];
  await runCommand(kill, ['-s', 'hup', 'a'], runtimeWith({ a: { kill: async (signal: number) => signals.push(signal) } }));
  expect(signals).toEqual([1]);
});

test('wait: exit codes, condition and interval', async () => {
  const asked: unknown[] = [];
  const waiting = { wait: async (options: unknown) => asked.push(options) + 6 };
  const runtime = runtimeWith({ a: waiting, b: waiting });
  expect((await runCommand(wait, ['a', 'b'], runtime)).stdout).toBe('7\n8\n');
  await runCommand(wait, ['--condition', 'initialized,created', '-i', '2s', 'a'], runtime);
  expect(asked.at(-1)).toEqual({ interval: 2000, condition: ['created', 'configured'] });
  expect(await runCommand(wait, ['-i', 'x', 'a'], runtime)).toMatchObject({ failure: { message: 'time: invalid duration "x"' } });
  expect(await runCommand(wait, ['--condition', 'foo', 'a'], runtime)).toMatchObject({
    failure: { message: 'unknown container state: foo: invalid argument' },
  });
});

test('exists', async () => {
  const runtime = runtimeWith({ a: {} });
  expect((await runCommand(containerExists, ['a'], runtime)).exitCode).toBe(0);
  expect((await runCommand(containerExists, ['nosuch'], runtime)).exitCode).toBe(1);
});

test('inspect prints what is found and then complains', async () => {
  const noImage = new NotFoundError('image not known', { code: 'no-such-image' });
  const runtime = {
    ...runtimeWith({ a: { inspect: async () => ({ Id: 'a' }) } }),
    images: { inspect: async (name: string) => (name === 'i' ? { Id: 'i' } : Promise.reject(noImage)) },
    volumes: {
      inspect: async (name: string) => {
        if (name === 'v') return { Name: 'v' };
        throw new NotFoundError('no such volume', { code: 'no-such-volume' });
      },
    },
    networks: {
      get: async () => {
        throw new NotFoundError('no such network', { code: 'no-such-network' });
      },
    },
    pod: async (name: string) => {
      if (name === 'p') return { inspect: async () => ({ Id: 'p' }) };
      throw new NotFoundError('no such pod', { code: 'no-such-pod' });
    },
  };
  expect(await runCommand(inspect, ['a', 'i'], runtime)).toMatchObject({
    stdout: '[\n     {\n          "Id": "a"\n     },\n     {\n          "Id": "i"\n     }\n]\n',
    exitCode: 0,
  });
  const partly = await runCommand(inspect, ['nosuch', 'a'], runtime);
  expect(JSON.parse(partly.stdout)).toEqual([{ Id: 'a' }]);
  expect(partly.failure).toMatchObject({ message: 'inspecting object: no such object: "nosuch"' });
  expect(JSON.parse((await runCommand(inspect, ['p'], runtime)).stdout)).toEqual([{ Id: 'p' }]);
  expect(JSON.parse((await runCommand(inspect, ['v'], runtime)).stdout)).toEqual([{ Name: 'v' }]);
  expect(JSON.parse((await runCommand(inspect, ['--latest'], runtime)).stdout)).toEqual([{ Id: 'a' }]);
  expect(await runCommand(inspect, ['--latest', 'a'], runtime)).toMatchObject({
    failure: { message: '--latest and arguments cannot be used together' },
  });
  expect(await runCommand(inspect, ['-t', 'image', 'a'], runtime)).toMatchObject({
    failure: { message: 'inspecting object: a: image not known' },
  });
});

test('rmi: results and exit codes', async () => {
  const outcomes: Record<string, () => Promise<object>> = {
    tagged: async () => ({ untagged: ['localhost/tagged:latest'], deleted: [] }),
    last: async () => ({ untagged: ['localhost/last:latest'], deleted: ['f00'] }),
    used: () => Promise.reject(new InUseError('used', { code: 'image-in-use', users: ['c'] })),
    nosuch: () => Promise.reject(new NotFoundError('nosuch: image not known', { code: 'no-such-image' })),
  };
  const runtime = { images: { remove: async (name: string) => outcomes[name]?.() } };
  expect(await runCommand(rmi, ['tagged', 'last'], runtime)).toMatchObject({
    stdout: 'Untagged: localhost/tagged:latest\nUntagged: localhost/last:latest\nDeleted: f00\n',
    exitCode: 0,
  });
  expect(await runCommand(rmi, ['nosuch', 'tagged'], runtime)).toMatchObject({
    stdout: 'Untagged: localhost/tagged:latest\n',
    failure: { exitCode: 1 },
  });
  expect(await runCommand(rmi, ['used', 'nosuch'], runtime)).toMatchObject({ stderr: 'Error: used\n', failure: { exitCode: 2 } });
  expect(await runCommand(rmi, ['-f', 'nosuch'], runtime)).toMatchObject({ exitCode: 0 });
});

test('logs: streams, partial lines, timestamps and prefixes', async () => {
  const entry = (stream: string, text: string, partial = false) => ({
    stream,
    time: '2026-11-23T20:00:00.123456789+00:00',
    text: Buffer.from(text),
    partial,
  });
  const asked: object[] = [];
  const writer = {
    async *logs(options: object) {
      asked.push(options);
      yield* [entry('stdout', 'one'), entry('stderr', 'oops'), entry('stdout', 'two ', true), entry('stdout', 'halves')];
    },
  };
  const runtime = runtimeWith({ a: writer, b: writer });
  expect(await runCommand(logs, ['a'], runtime)).toMatchObject({ stdout: 'one\ntwo halves\n', stderr: 'oops\n', exitCode: 0 });
  expect((await runCommand(logs, ['-t', 'a'], runtime)).stdout).toBe(
    '2026-11-23T20:00:00.123456789Z one\n2026-11-23T20:00:00.123456789Z two halves\n',
  );
  expect((await runCommand(logs, ['a', 'b'], runtime)).stdout).toBe(
    'aaaaaaaaaaaa one\naaaaaaaaaaaa two halves\nbbbbbbbbbbbb one\nbbbbbbbbbbbb two halves\n',
  );
  const open = {
    logs: async function* () {
      yield entry('stdout', 'open', true);
    },
  };
  expect((await runCommand(logs, ['a', 'b'], runtimeWith({ a: open, b: writer }))).stdout).toBe(
    'aaaaaaaaaaaa open\nbbbbbbbbbbbb one\nbbbbbbbbbbbb two halves\n',
  );
  await runCommand(logs, ['-f', '--tail', '5', '--since', '2026-11-23T20:00:00Z', 'a'], runtime);
  expect(asked.at(-1)).toEqual({ follow: true, tail: 5, since: new Date('2026-11-23T20:00:00Z'), until: undefined });
});

test('exec -d prints the session; failures have podman’s exit codes', async () => {
  const detached = { exec: async (options: object) => ({ id: JSON.stringify(options) }) };
  const { stdout } = await runCommand(
    exec,
    ['-d', '-e', 'A=1', '-e', 'HOST_VARIABLE', '-w', '/x', 'a', 'sh', '-c', 'x'],
    runtimeWith({ a: detached }),
  );
  expect(JSON.parse(stdout)).toEqual({
    command: ['sh', '-c', 'x'],
    environment: { A: '1', HOST_VARIABLE: 'from host' },
    workingDirectory: '/x',
    terminal: false,
    stdin: false,
    privileged: false,
  });
  const failing = (error: Error) => runtimeWith({ a: { exec: () => Promise.reject(error) } });
  const runtimeSays = (text: string) => new RuntimeFailedError(text, { code: 'exec-failed', argv: [] });
  expect(await runCommand(exec, ['a', 'x'], failing(runtimeSays('executable file `x` not found')))).toMatchObject({
    failure: { exitCode: 127 },
  });
  expect(await runCommand(exec, ['a', 'x'], failing(runtimeSays('permission denied')))).toMatchObject({
    failure: { exitCode: 126 },
  });
  expect(await runCommand(exec, ['a', 'x'], failing(stillRuns))).toMatchObject({ failure: { exitCode: 255 } });
  expect(await runCommand(exec, ['nosuch', 'x'], runtimeWith({}))).toMatchObject({ failure: { code: 'no-such-container' } });
});

test('run -d: the id; a container that can’t be started stays, unless it is to remove itself', async () => {
  const removed: object[] = [];
  const notFound = new RuntimeFailedError('executable file `x` not found', { code: 'create-failed', argv: [] });
  const runtime = (start: () => Promise<void>) => ({
    createContainer: async () => ({ id: 'f00', start, remove: async (options: object) => removed.push(options) }),
  });
  expect(
    await runCommand(
      run,
      ['-d', 'image'],
      runtime(async () => undefined),
    ),
  ).toMatchObject({ stdout: 'f00\n', exitCode: 0 });
  const failing = runtime(() => Promise.reject(notFound));
  expect(await runCommand(run, ['-d', 'image', 'x'], failing)).toMatchObject({
    stdout: '',
    failure: { exitCode: 127, cause: notFound },
  });
  expect(removed).toEqual([]);
  expect(await runCommand(run, ['-d', '--rm', 'image', 'x'], failing)).toMatchObject({ failure: { exitCode: 127 } });
  expect(removed).toEqual([{ force: true, timeout: 0 }]);
});

test('run refuses bad input before it makes anything', async () => {
  const untouched = {};
  for (const [words, message] of [
    [['-p', '80:80/foo', 'i'], /unrecognized protocol "foo" in port mapping/],
    [['--network', 'one:foo=bar', 'i'], /invalid option for network one: unknown bridge network option: foo/],
    [['--network', 'host', '--network', 'one', 'i'], /selected mode host conflicts with bridge/],
    [['--ip', 'abc', 'i'], /"abc" is not an ip address/],
    [['--mac-address', 'zz', 'i'], /address zz: invalid MAC address/],
    [['--detach-keys', 'ctrl-p,nosuch', 'i'], /nosuch/],
    [['-a', 'foo', 'i'], /invalid stream "foo"/],
    [['--env-file', '/no/such/env', 'i'], /\/no\/such\/env.*no such file/],
    [['--log-driver', 'nosuch', 'i'], /nosuch/],
    [['--log-opt', 'labels=x', 'i'], /labels/],
    [['-l', '=x', 'i'], /invalid label format: "=x"/],
    [['--annotation', 'x', 'i'], /KEY=VALUE/],
    [['-v', 'name:x', 'i'], /invalid container path "x"/],
  ] as const) {
    const { failure, stdout } = await runCommand(run, words, untouched);
    expect((failure as Error).message).toMatch(message);
    expect(stdout).toBe('');
  }
});

test('kill, stop, rm, start and wait take the newest; names and what stands for them exclude each other', async () => {
  const called: string[] = [];
  const verbs = (name: string) => ({
    config: () => ({}),
    kill: async () => called.push(`kill ${name}`),
    stop: async () => called.push(`stop ${name}`),
    remove: async () => called.push(`remove ${name}`),
    start: async () => called.push(`start ${name}`),
    wait: async () => 3,
  });
  const runtime = runtimeWith({ a: verbs('a'), b: verbs('b') });
  for (const command of [kill, stop, rm, start]) {
    expect(await runCommand(command, ['--latest'], runtime)).toMatchObject({ stdout: 'b\n', exitCode: 0 });
    expect(await runCommand(command, ['--latest', 'a'], runtime)).toMatchObject({
      failure: { message: '--latest and containers cannot be used together' },
    });
    expect(await runCommand(command, ['--all', '--latest'], runtime)).toMatchObject({
      failure: { message: '--all and --latest cannot be used together' },
    });
  }
  expect(called).toEqual(['kill b', 'stop b', 'remove b', 'start b']);
  expect(await runCommand(wait, ['--latest'], runtime)).toMatchObject({ stdout: '3\n', exitCode: 0 });
  expect(await runCommand(start, ['--all', 'a'], runtime)).toMatchObject({
    failure: { message: 'either start all containers or the container(s) provided in the arguments' },
  });
  expect(await runCommand(start, [], runtime)).toMatchObject({
    failure: { message: 'start requires at least one argument' },
  });
  expect(await runCommand(rm, ['--filter', 'name=a', 'b'], runtime)).toMatchObject({
    failure: { message: '--filter takes no arguments' },
  });
});

test('what chooses containers does not go together with everything', async () => {
  const paused: string[] = [];
  const pausable = (name: string) => ({ pause: async () => paused.push(name) });
  const runtime = runtimeWith({ a: pausable('a'), b: pausable('b') });
  expect(await runCommand(pause, ['--latest'], runtime)).toMatchObject({ stdout: 'b\n', exitCode: 0 });
  expect(await runCommand(pause, ['--all'], runtime)).toMatchObject({ stdout: 'a\nb\n', exitCode: 0 });
  expect(paused).toEqual(['b', 'a', 'b']);
  for (const [words, message] of [
    [[], 'you must provide at least one name or id'],
    [['--latest', 'a'], '--latest and containers cannot be used together'],
    [['--all', 'a'], 'no arguments are needed with --all'],
    [['--all', '--latest'], '--all and --latest cannot be used together'],
    [['--cidfile', '/nosuch'], 'reading CIDFile: open /nosuch: no such file or directory'],
  ] as const) {
    expect(await runCommand(pause, words, runtime)).toMatchObject({ failure: { message } });
  }
});
