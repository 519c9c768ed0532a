import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busybox, Store } from './support/store.ts';

/** What a service manager gets, a line per datagram. The first line says that it receives. */
const receiver = `
import socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1].replace("@", "\\0", 1))
print("receiving", flush=True)
while True:
    print(manager.recv(4096).decode().replace("\\n", " "), flush=True)
`;

const sender = `
import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(sys.argv[2].encode(), sys.argv[1])
`;

class ServiceManager implements Disposable {
  readonly socket: string;
  readonly #process;
  readonly #lines;

  constructor(socket: string) {
    this.socket = socket;
    this.#process = spawn('python3', ['-c', receiver, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  async next(): Promise<string | undefined> {
    return (await this.#lines.next()).value;
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }
}

describe.each(['crun', 'runc'] as const)('--sdnotify, %s', (runtime) => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create({ runtime });
  });
  afterAll(() => store[Symbol.asyncDispose]());

  const stateOf = async (name: string): Promise<{ readonly Pid: number; readonly ConmonPid: number }> =>
    JSON.parse(await store.must('inspect', '-f', '{{json .State}}', name));

  test('the process, the engine or nobody tells the service manager', async () => {
    using manager = new ServiceManager(store.path('manager.sock'));
    expect(await manager.next()).toBe('receiving');
    const env = { NOTIFY_SOCKET: manager.socket };
    const start = (name: string, ...flags: readonly string[]) =>
      store.tspod(['run', '-d', '--name', name, ...flags, busybox, 'sh', '-c', 'echo socket $NOTIFY_SOCKET; exec sleep 1000'], {
        env,
      });

    expect(await start('itself')).toMatchObject({ exitCode: 0 });
    const first = await stateOf('itself');
    expect(await manager.next()).toBe(`MAINPID=${first.ConmonPid}`);
    execFileSync('python3', ['-c', sender, `/proc/${first.Pid}/root/run/notify/notify.sock`, 'READY=1']);
    expect(await manager.next()).toBe('READY=1');
    expect(await store.must('inspect', '-f', '{{.Config.SdNotifyMode}} {{.Config.SdNotifySocket}}', 'itself')).toBe(
      `container ${manager.socket}`,
    );
    await store.tspod(['restart', '-t', '0', 'itself'], { env });
    const second = await stateOf('itself');
    expect(await manager.next()).toBe(`MAINPID=${second.ConmonPid}`);
    execFileSync('python3', ['-c', sender, `/proc/${second.Pid}/root/run/notify/notify.sock`, 'READY=1']);
    expect(await manager.next()).toBe('READY=1');

    expect(await start('ignoring', '--sdnotify', 'ignore')).toMatchObject({ exitCode: 0 });
    expect(await start('engine', '--sdnotify=conmon')).toMatchObject({ exitCode: 0 });
    expect(await manager.next()).toBe(`MAINPID=${(await stateOf('engine')).ConmonPid} READY=1`);
    const logs = await Promise.all(['itself', 'ignoring', 'engine'].map((name) => store.must('logs', name)));
    expect(logs).toEqual(['socket /run/notify/notify.sock\nsocket /run/notify/notify.sock', 'socket', 'socket']);
  });

  test('a name without a file; a manager that is gone stops nothing; an unknown mode is refused', async () => {
    using manager = new ServiceManager(`@tspod-e2e-${process.pid}-${runtime}`);
    expect(await manager.next()).toBe('receiving');
    await store.tspod(['run', '--rm', '--sdnotify=conmon', busybox, 'true'], { env: { NOTIFY_SOCKET: manager.socket } });
    expect(await manager.next()).toMatch(/^MAINPID=\d+ READY=1$/);
    const alone = await store.tspod(['run', '--rm', busybox, 'echo', 'went'], { env: { NOTIFY_SOCKET: '/nowhere' } });
    expect(alone).toMatchObject({ exitCode: 0, stdout: 'went\n', stderr: expect.stringContaining('/nowhere') });
    expect(await store.tspod(['run', '--rm', '--sdnotify', 'foo', busybox, 'true'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('invalid sdnotify value "foo": must be container, conmon or ignore'),
    });
  });
});
