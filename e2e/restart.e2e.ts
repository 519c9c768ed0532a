import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually, traces } from './support/machine.ts';
import { busybox, launcher, run, Store } from './support/store.ts';

// what the runtimes keep in /run stays: on some machines that is no tmpfs, either
describe.each(['crun', 'runc'] as const)('restarts, reboots and events, %s', (runtime) => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create({ runtime });
  });
  afterEach(async () => {
    await store.must('rm', '-f', '-a', '-t', '0');
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  const look = async (name: string) => JSON.parse(await store.must('inspect', name))[0];
  const states = async () => {
    const listed: { Names: string[]; State: string }[] = JSON.parse(await store.must('ps', '-a', '--format', 'json'));
    return listed.map(({ Names, State }) => `${Names[0]} ${State}`);
  };
  const told = async (...filters: string[]) =>
    (
      await store.must('events', '--stream=false', '--format', '{{.Status}}', ...filters.flatMap((one) => ['--filter', one]))
    ).split('\n');

  test('on-failure gives up after so many times; wait answers the last exit code; podman’s events', async () => {
    await store.must(
      'run',
      '-d',
      '--restart',
      'on-failure:2',
      '--name',
      'failing',
      busybox,
      'sh',
      '-c',
      'echo x >> /runs; exit 3',
    );
    expect(await store.must('wait', 'failing')).toBe('3');
    await eventually('the clean-up', async () => ((await look('failing')).State.Status === 'exited' ? true : undefined));
    expect(await look('failing')).toMatchObject({
      RestartCount: 2,
      HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } },
    });
    const once = ['init', 'start', 'died'];
    expect(await told('container=failing')).toEqual(['create', ...once, 'restart', ...once, 'restart', ...once, 'cleanup']);
    const fields = JSON.parse(
      (await store.must('events', '--stream=false', '--filter', 'event=died', '--format', 'json')).split('\n')[0] ?? '',
    );
    expect(fields).toMatchObject({
      Type: 'container',
      Status: 'died',
      Name: 'failing',
      ContainerExitCode: 3,
      Image: busybox,
      Attributes: {},
    });
  });

  test('always starts it again until it is stopped, and then not any more', async () => {
    await store.must('run', '-d', '--restart', 'always', '--name', 'steady', busybox, 'sleep', '100');
    const first = (await look('steady')).State.Pid;
    process.kill(first, 'SIGKILL');
    await eventually('another process', async () => {
      const { Running, Pid } = (await look('steady')).State;
      return Running && Pid !== first ? true : undefined;
    });
    await store.must('stop', '-t', '0', 'steady');
    const after = await told('container=steady');
    expect(after.slice(-2)).toEqual(['died', 'cleanup']);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await told('container=steady')).toEqual(after);
    expect((await look('steady')).State.Status).toBe('exited');
  });

  test('a container that is stopped while it comes and goes all the time stays stopped, and one that is removed is gone', async () => {
    for (const round of [1, 2, 3]) {
      const name = `flapping-${round}`;
      await store.must('run', '-d', '--restart', 'always', '--name', name, busybox, 'true');
      await new Promise((resolve) => setTimeout(resolve, 60 * round));
      if (round === 3) await store.must('rm', '-f', '-t', '0', name);
      else await store.must('stop', '-t', '0', name);
      const count = (await told(`container=${name}`)).length;
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect(await told(`container=${name}`)).toHaveLength(count);
    }
    expect(await states()).toEqual(['flapping-1 exited', 'flapping-2 exited']);
  });

  test('events arrive as they happen, and run --rm makes podman’s', async () => {
    const follower = spawn(launcher, store.argv(['events', '--format', '{{.Status}}', '--filter', 'label=followed']), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let seen = '';
    follower.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
    });
    try {
      await eventually('the follower', () => (readFileSync(`/proc/${follower.pid}/wchan`, 'utf8') !== '' ? true : undefined));
      await eventually('its first event', async () => {
        await store.must('create', '--label', 'followed', busybox, 'true');
        return seen.includes('create') ? true : undefined;
      });
      seen = '';
      await store.must('run', '--rm', '--label', 'followed', busybox, 'true');
      await eventually('the last event', () => (seen.includes('remove') ? true : undefined));
      expect(
        seen
          .replace(/^(create\n)+/, 'create\n')
          .trim()
          .split('\n'),
      ).toEqual(['create', 'init', 'start', 'attach', 'died', 'remove']);
    } finally {
      follower.kill('SIGTERM');
      await once(follower, 'exit');
    }
  });

  test('after a reboot nothing runs, and the policies say what is started', async () => {
    for (const [name, policy] of Object.entries({
      faithful: 'always',
      plain: 'no',
      resting: 'unless-stopped',
      wanted: 'unless-stopped',
    }))
      await store.must('run', '-d', '--restart', policy, '--name', name, busybox, 'sleep', '100');
    await store.must('create', '--name', 'fresh', busybox, 'true');
    await store.must('stop', '-t', '0', 'resting');
    const documents = await Promise.all(['faithful', 'plain', 'wanted'].map(look));
    for (const { State } of documents) process.kill(State.ConmonPid, 'SIGKILL');
    for (const { State } of documents) process.kill(State.Pid, 'SIGKILL');
    await eventually('the end of all processes', () => (traces(store).processes.length === 0 ? true : undefined));
    await unmountAll(store);
    rmSync(store.runRoot, { recursive: true });

    expect(await states()).toEqual(['faithful exited', 'plain exited', 'resting exited', 'wanted exited', 'fresh created']);
    expect(await store.must('ps', '-a', '--filter', 'should-start-on-boot=true', '--format', '{{.Names}}')).toBe(
      'faithful\nwanted',
    );
    expect(await store.must('ps', '-a', '--filter', 'restart-policy=always', '--format', '{{.Names}}')).toBe('faithful');
    await store.must('start', '--all', '--filter', 'restart-policy=always');
    const others = ['plain exited', 'resting exited', 'wanted exited', 'fresh created'];
    expect(await states()).toEqual(['faithful running', ...others]);
    expect((await told('container=faithful')).slice(-2)).toEqual(['init', 'start']);
  });
});

/** As a reboot does. */
async function unmountAll({ directory }: Store): Promise<void> {
  const targets = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((target) => target.startsWith(`${directory}/`));
  for (const target of targets.reverse()) await run('umount', ['-l', target]);
}
