import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busybox, launcher, Store } from './support/store.ts';
import { Terminal } from './support/terminal.ts';

describe.each(['crun', 'runc'] as const)('a terminal, %s', (runtime) => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create({ runtime });
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  const command = (...args: string[]) => [launcher, ...store.argv(args)].join(' ');

  /** Settings of the terminal before and after must be the same. */
  async function settings(terminal: Terminal, mark: string): Promise<string> {
    await terminal.ready();
    terminal.enter(`clear; echo ${mark}=$(stty -g)=`);
    const screen = await terminal.sees(new RegExp(`^${mark}=[0-9a-f:]+=`, 'm'));
    return new RegExp(`^${mark}=([0-9a-f:]+)=`, 'm').exec(screen)?.[1] ?? '';
  }

  test('a shell in it works, and the terminal is as before', async () => {
    using terminal = new Terminal();
    const before = await settings(terminal, 'before');
    terminal.enter(command('run', '--rm', '-it', busybox, 'sh', '-c', `'stty size; read line; echo got:$line'`));
    await terminal.sees(/^24 80$/m);
    terminal.enter('some text');
    await terminal.sees(/^got:some text$/m);
    expect(await settings(terminal, 'after')).toBe(before);
  });

  test('follows the size of the window', async () => {
    using terminal = new Terminal();
    terminal.enter(command('run', '--rm', '-it', busybox, 'sh', '-c', `'echo ready; while sleep 0.1; do stty size; done'`));
    await terminal.sees(/^24 80$/m);
    terminal.resize(101, 33);
    await terminal.sees(/^33 101$/m);
    terminal.press('C-c');
    await terminal.ready();
  });

  test('ctrl-p ctrl-q detaches, the container goes on, attach comes back', async () => {
    using terminal = new Terminal();
    const before = await settings(terminal, 'before');
    terminal.enter(command('run', '-it', '--name', 'detached', busybox, 'sh'));
    await terminal.sees(/# *$/m);
    terminal.press('C-p', 'C-q');
    expect(await settings(terminal, 'after')).toBe(before);
    expect(await store.must('ps', '--format', 'json')).toContain('detached');
    await terminal.ready();
    terminal.enter(command('attach', 'detached'));
    terminal.enter('echo a$((1+1))b');
    await terminal.sees(/^a2b/m);
    terminal.enter('exit');
    expect(await settings(terminal, 'last')).toBe(before);
    await store.must('rm', '-f', 'detached');
  });

  test('exec -it', async () => {
    await store.must('run', '-d', '--name', 'host', busybox, 'sleep', '100');
    using terminal = new Terminal();
    const before = await settings(terminal, 'before');
    // again and again: of what a session writes to its terminal first conmon 2.1 loses a line now and then, with podman as well
    terminal.enter(command('exec', '-it', 'host', 'sh', '-c', `'tty; until read -t 1 x; do stty size; done; exit 3'`));
    await terminal.sees(/^24 80$/m);
    terminal.press('Enter');
    await terminal.ready();
    terminal.enter('echo code=$?');
    await terminal.sees(/code=3/);
    expect(await settings(terminal, 'after')).toBe(before);
    await store.must('rm', '-f', '-t', '0', 'host');
  });

  test('is restored when the container is killed', async () => {
    using terminal = new Terminal();
    const before = await settings(terminal, 'before');
    terminal.enter(command('run', '-it', '--name', 'victim', busybox, 'sh'));
    await terminal.sees(/# *$/m);
    await store.must('kill', 'victim');
    expect(await settings(terminal, 'after')).toBe(before);
    await store.must('rm', 'victim');
  });

  test.each(['TERM', 'HUP', 'KILL'])('is restored when the engine gets SIG%s', async (signal) => {
    using terminal = new Terminal();
    const before = await settings(terminal, 'before');
    terminal.enter(command('run', '-it', '--name', 'running', busybox, 'sh'));
    await terminal.sees(/# *$/m);
    const engine = execFileSync('pgrep', ['-f', `tspod.js --root ${store.root} .*--name running`], { encoding: 'utf8' })
      .trim()
      .split('\n')[0];
    process.kill(Number(engine), `SIG${signal}` as NodeJS.Signals);
    if (signal !== 'KILL') await store.tspod(['kill', 'running']);
    expect(await settings(terminal, 'after')).toBe(before);
    await store.must('rm', '-f', '-t', '0', 'running');
  });
});
