import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerMonitor } from '@tspod/core';
import type { Check } from './check.ts';
import { createRecorder, type MonitorHarness, processesOf } from './monitor-harness.ts';
import { assertRefuses } from './refusal.ts';
import { until } from './waiting.ts';

const k8sLine = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}[+-]\d\d:\d\d (stdout|stderr) ([FP]) ?(.*)$/;

/** Runs `work` `count` times, four at a time. */
async function repeat(count: number, work: (index: number) => Promise<void>): Promise<void> {
  const indexes = Array.from({ length: count }, (_, index) => index).values();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (const index of indexes) await work(index);
    }),
  );
}

async function isGone(promise: Promise<unknown>): Promise<void> {
  await assertRefuses(promise, 'not-found', 'not-attachable');
}

function openFiles(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).map((fd) => readlinkSync(join(directory, fd)));
}

const streams: readonly Check<MonitorHarness>[] = [
  {
    name: 'keeps stdout and stderr apart',
    async run({ run }) {
      const { stdout, stderr, exit } = await run('echo out; echo err >&2; echo more');
      assert.deepEqual([String(stdout()), String(stderr()), exit.exitCode], ['out\nmore\n', 'err\n', 0]);
    },
  },
  {
    name: 'passes any bytes in both directions, however many and however long the lines',
    async run({ container }) {
      const bytes = randomBytes(700_000);
      for (const [command, stream] of [
        ['cat', 'stdout'],
        ['cat >&2', 'stderr'],
      ] as const) {
        const one = container(command);
        await one.create({ stdin: true });
        const client = await one.attach();
        await one.start();
        await client.connection.write(bytes.subarray(0, 0));
        await client.connection.write(bytes);
        await client.connection.closeStdin();
        await client.connection.ended;
        assert.ok(client[stream]().equals(bytes), `${client[stream]().length} of ${bytes.length} bytes came back from ${stream}`);
        assert.equal((await one.exit()).exitCode, 0);
      }
    },
  },
  {
    name: 'loses no output of short containers',
    async run({ run }) {
      await repeat(200, async (index) => {
        const { stdout, stderr, exit } = await run(`echo first ${index}; echo last ${index} >&2; exit ${index % 256}`);
        const got = [String(stdout()), String(stderr()), exit.exitCode];
        assert.deepEqual(got, [`first ${index}\n`, `last ${index}\n`, index % 256]);
      });
    },
  },
  {
    name: 'loses no output of short exec sessions',
    async run({ container }) {
      const one = container('sleep 1000');
      await one.create();
      await one.start();
      await repeat(60, async (index) => {
        const session = await one.exec(['sh', '-c', `echo first ${index}; echo last ${index} >&2; exit ${index}`]);
        const { exitCode } = await session.exit;
        await session.connection.ended;
        assert.deepEqual(
          [String(session.stdout()), String(session.stderr()), exitCode],
          [`first ${index}\n`, `last ${index}\n`, index],
        );
      });
    },
  },
  {
    name: 'goes on with output after a half-close',
    async run({ container }) {
      const one = container('cat; sleep 0.1; echo after');
      await one.create({ stdin: true });
      const client = await one.attach();
      await one.start();
      await client.connection.write(Buffer.from('before\n'));
      await client.connection.closeStdin();
      await client.connection.closeStdin();
      await client.connection.ended;
      assert.equal(String(client.stdout()), 'before\nafter\n');
    },
  },
  {
    name: 'gives an empty stdin to a container without one',
    async run({ run }) {
      const { stdout } = await run('cat; echo done');
      assert.equal(String(stdout()), 'done\n');
    },
  },
  {
    name: 'gives every client everything',
    async run({ container }) {
      const one = container('read line; echo "got $line"; seq 1 2000');
      await one.create({ stdin: true });
      const clients = await Promise.all(Array.from({ length: 20 }, () => one.attach()));
      await one.start();
      await clients[7]?.connection.write(Buffer.from('word\n'));
      await Promise.all(clients.map(({ connection }) => connection.ended));
      const expected = `got word\n${Array.from({ length: 2000 }, (_, index) => `${index + 1}\n`).join('')}`;
      for (const { stdout } of clients) assert.equal(String(stdout()), expected);
    },
  },
  {
    name: 'lets one client leave and the container go on',
    async run({ container }) {
      const one = container('sleep 0.2; echo still here');
      await one.create();
      const [leaving, staying] = [await one.attach(), await one.attach()];
      await one.start();
      leaving.connection.close();
      leaving.connection.close();
      await leaving.connection.ended;
      await staying.connection.ended;
      assert.equal(String(leaving.stdout()), '');
      assert.equal(String(staying.stdout()), 'still here\n');
      assert.equal((await one.exit()).exitCode, 0);
    },
  },
  {
    name: 'waits for a slow client and loses nothing',
    async run({ monitor, container }) {
      const one = container('head -c 1000000 /dev/zero');
      await one.create();
      let calls = 0;
      let size = 0;
      const gate = Promise.withResolvers<void>();
      const connection = await monitor.attach(one.paths, {
        onOutput(_stream, chunk) {
          calls++;
          size += chunk.length;
          return gate.promise;
        },
      });
      await one.start();
      await until(() => calls > 0, 'output comes');
      await sleep(200);
      assert.equal(calls, 1, 'nothing more is delivered while the client is busy');
      assert.equal(await monitor.exitStatus(one.paths), undefined, 'the container waits');
      gate.resolve();
      await connection.ended;
      assert.equal(size, 1_000_000);
    },
  },
  {
    name: 'refuses to attach, or to resize, when there is no monitor',
    async run({ monitor, container }) {
      const one = container('true');
      const attach = () => monitor.attach(one.paths, createRecorder().client);
      const resize = () => monitor.resize(one.paths, { rows: 1, columns: 1 });
      await isGone(attach());
      await isGone(resize());
      await one.create();
      await one.start();
      await one.exit();
      await one.exitCommandRuns();
      await until(() => processesOf(one.id).length === 0, 'the monitor is gone');
      await isGone(attach());
      await isGone(resize());
    },
  },
  {
    name: 'passes descriptors on to the process, and keeps others for as long as it runs',
    async run({ workshop, container }) {
      const files = ['three', 'four', 'kept'].map((name) => {
        const path = join(workshop.directory, name);
        writeFileSync(path, `this is ${name}\n`);
        return openSync(path, 'r');
      });
      const [three = 0, four = 0, kept = 0] = files;
      try {
        const one = container('cat <&3; cat <&4; ls -l /proc/self/fd/; sleep 0.2');
        const { pid, monitorPid } = await one.create({ inheritedFds: [three, four], keptFds: [kept] });
        const client = await one.attach();
        await one.start();
        assert.ok(pid > 0);
        assert.ok(openFiles(monitorPid).includes(join(workshop.directory, 'kept')));
        await client.connection.ended;
        const said = String(client.stdout());
        assert.match(said, /^this is three\nthis is four\n/);
        assert.doesNotMatch(said, /kept/);
      } finally {
        for (const fd of files) closeSync(fd);
      }
    },
  },
];

const terminals: readonly Check<MonitorHarness>[] = [
  {
    name: 'gives a terminal, with the size that it was told before the start',
    async run({ monitor, container }) {
      const one = container('tty; stty size; echo err >&2', { terminal: true });
      await one.create();
      const client = await one.attach();
      await monitor.resize(one.paths, { rows: 33, columns: 101 });
      await sleep(20);
      await one.start();
      await client.connection.ended;
      assert.match(String(client.stdout()), /^\/dev\/\S+\r\n33 101\r\nerr\r\n$/);
      assert.equal(client.stderr().length, 0);
    },
  },
  {
    name: 'tells a running process the last of many sizes',
    async run({ monitor, container }) {
      const one = container("trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done", { terminal: true });
      await one.create();
      const client = await one.attach();
      await one.start();
      await client.sees('ready');
      const sizes = Array.from({ length: 30 }, (_, index) => ({ rows: 20 + index, columns: 80 + index }));
      await Promise.all(sizes.map((size) => monitor.resize(one.paths, size)));
      await client.sees('49 109');
      await sleep(300);
      const seen = String(client.stdout()).trim().split('\r\n');
      assert.equal(seen.at(-1), '49 109');
    },
  },
  {
    name: 'reads the keyboard of a terminal, and ends it with its key',
    async run({ container }) {
      const one = container('stty -echo; echo ready; cat', { terminal: true });
      await one.create();
      const client = await one.attach();
      await one.start();
      await client.sees('ready');
      await client.connection.write(Buffer.from('typed\n'));
      await client.sees('typed');
      await client.connection.write(Buffer.from([4]));
      await client.connection.ended;
      assert.equal((await one.exit()).exitCode, 0);
    },
  },
];

const exits: readonly Check<MonitorHarness>[] = [
  {
    name: 'writes down how and when a process ended',
    async run({ monitor, container, run, runtime }) {
      const before = Date.now();
      const { exit } = await run('exit 7');
      assert.deepEqual({ ...exit, finishedAt: '' }, { exitCode: 7, finishedAt: '', oomKilled: false });
      const finishedAt = Date.parse(exit.finishedAt);
      assert.ok(finishedAt >= before - 20 && finishedAt <= Date.now() + 20, `${exit.finishedAt} is now`);

      const one = container(['sleep', '1000']);
      await one.create();
      await one.start();
      assert.equal(await monitor.exitStatus(one.paths), undefined);
      const ends = [one.exit(), one.exit(), one.exit()];
      await runtime.kill(one.id, 9);
      for (const end of ends) assert.equal((await end).exitCode, 137);
      assert.deepEqual(await monitor.exitStatus(one.paths), await one.exit());

      const created = container(['sleep', '1000']);
      await created.create();
      await runtime.delete(created.id);
      assert.equal((await created.exit()).exitCode, 137);
    },
  },
  {
    name: 'stops waiting when asked to',
    async run({ monitor, container }) {
      const one = container('sleep 1000');
      await one.create();
      await one.start();
      const reason = new Error('enough');
      const abort = new AbortController();
      const waiting = monitor.waitExit(one.paths, { signal: abort.signal });
      setTimeout(() => abort.abort(reason), 30);
      await assert.rejects(waiting, reason);
      await assert.rejects(monitor.waitExit(one.paths, { signal: AbortSignal.abort(reason) }), reason);
    },
  },
  {
    name: 'tells that memory ran out',
    async run({ container }) {
      const one = container(['tail', '/dev/zero'], { memoryLimit: 16 * 1024 * 1024 });
      await one.create();
      await one.start();
      const exit = await one.exit();
      assert.deepEqual([exit.exitCode, exit.oomKilled], [137, true]);
    },
  },
  {
    name: 'runs the exit command once, with its arguments, after the exit status is written',
    async run({ monitor, container }) {
      const one = container('exit 3');
      await one.create();
      await one.start();
      assert.deepEqual(await one.exitCommandRuns(), [`3|${one.id}||two words`]);
      assert.equal((await monitor.exitStatus(one.paths))?.exitCode, 3);
    },
  },
  {
    name: 'does not wait for ever when the monitor was killed',
    async run({ monitor, container }) {
      const one = container('sleep 1000');
      const { monitorPid } = await one.create();
      await one.start();
      const waiting = monitor.waitExit(one.paths, { signal: AbortSignal.timeout(10_000) });
      await sleep(50);
      process.kill(monitorPid, 'SIGKILL');
      assert.equal(await waiting, undefined);
      assert.equal(await monitor.waitExit(one.paths), undefined);
      assert.equal(await monitor.exitStatus(one.paths), undefined);
      await isGone(monitor.attach(one.paths, createRecorder().client));
    },
  },
  {
    name: 'forgets an earlier run',
    async run({ monitor, container, runtime }) {
      const one = container('exit 4');
      await one.create();
      await one.start();
      await one.exit();
      await one.exitCommandRuns();
      await runtime.delete(one.id);
      await monitor.forget(one.paths);
      await monitor.forget(one.paths);
      assert.equal(await monitor.exitStatus(one.paths), undefined);
      assert.equal(await monitor.waitExit(one.paths), undefined);
      await one.create();
      assert.equal(await monitor.exitStatus(one.paths), undefined);
      await one.start();
      assert.equal((await one.exit()).exitCode, 4);
    },
  },
];

/** Ways not to start, and how the runtime's words must look. What is wrong is in them, and nothing of the log format is. */
const unstartable: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['a command that is not there', ['nosuch'], /nosuch.*not found/],
  ['a path that is not there', ['/no/such'], /no such file|not found/i],
  ['a directory', ['/etc'], /not permitted|permission denied/i],
  ['a file that is not executable', ['/bin/not-executable'], /permission denied/i],
];

const failures: readonly Check<MonitorHarness>[] = [
  ...unstartable.map(
    ([what, command, words]): Check<MonitorHarness> => ({
      name: `says why it can't create: ${what}`,
      async run({ monitor, container, runtime }) {
        const one = container(command);
        for (const attempt of [1, 2]) {
          await assertRefuses(one.create(), 'runtime-failed', 'oci-create-failed', words);
          const error: unknown = await one.create().catch((reason) => reason);
          assert.ok(
            error instanceof Error && !/level=|time=|"msg"|; /.test(error.message),
            `clean words at attempt ${attempt}: ${error}`,
          );
          await runtime.delete(one.id);
        }
        await assertRefuses(runtime.state(one.id), 'not-found', 'no-such-container');
        await until(() => processesOf(one.id).length === 0, 'nothing runs');
        assert.equal(await monitor.exitStatus(one.paths), undefined);
        assert.deepEqual(await one.exitCommandRuns(), Array(4).fill(`3|${one.id}||two words`));
      },
    }),
  ),
  ...unstartable.map(
    ([what, command, words]): Check<MonitorHarness> => ({
      name: `says why it can't exec: ${what}`,
      async run({ container }) {
        const one = container('sleep 1000');
        await one.create();
        await one.start();
        await assertRefuses(one.exec(command), 'runtime-failed', 'oci-exec-failed', words);
        await assertRefuses(one.exec(command, { terminal: true }), 'runtime-failed', 'oci-exec-failed', words);
        await assertRefuses(one.exec(command, { attach: undefined }), 'runtime-failed', 'oci-exec-failed', words);
      },
    }),
  ),
  {
    name: 'says why it can not exec: a working directory that is not there',
    async run({ container }) {
      const one = container('sleep 1000');
      await one.create();
      await one.start();
      await assertRefuses(one.exec(['true'], { cwd: '/no/such' }), 'runtime-failed', 'oci-exec-failed', /no such file/i);
    },
  },
  {
    name: 'fails when the bundle has no config.json',
    async run({ container, runtime }) {
      const one = container('true');
      rmSync(join(one.paths.bundleDir, 'config.json'));
      await assertRefuses(one.create(), 'runtime-failed', 'oci-create-failed', /config\.json/);
      await assertRefuses(runtime.state(one.id), 'not-found', 'no-such-container');
    },
  },
  {
    name: 'fails when the runtime is not there',
    async run({ container }) {
      const one = container('true');
      const runtime = { executable: '/no/such/runtime', globalArguments: [] };
      await assertRefuses(one.create({ runtime }), 'runtime-failed', 'oci-create-failed', /\/no\/such\/runtime/);
    },
  },
  {
    name: 'leaves nothing at work when it is abandoned, in the middle or afterwards',
    async run({ container, monitor, runtime }) {
      const one = container('sleep 1000');
      const creation = one.create().catch(() => undefined);
      await until(() => processesOf(one.id).length > 0, 'the monitor has begun');
      await monitor.abandon(one.paths);
      await creation;
      await runtime.delete(one.id);
      assert.deepEqual(processesOf(one.id), []);
      const other = container('sleep 1000');
      await other.create();
      await monitor.abandon(other.paths);
      await assertRefuses(monitor.attach(other.paths, createRecorder().client), 'not-found', 'not-attachable');
      await runtime.delete(other.id);
      assert.deepEqual(processesOf(other.id), []);
      await monitor.abandon(other.paths);
    },
  },
];

const sessions: readonly Check<MonitorHarness>[] = [
  {
    name: 'runs a session with its own streams and exit status',
    async run({ monitor, container }) {
      const one = container('sleep 1000');
      await one.create();
      await one.start();
      const session = await one.exec(['sh', '-c', 'cat; echo err >&2; exit 6'], { stdin: true });
      assert.ok(session.pid > 0 && session.monitorPid > 0 && session.pid !== session.monitorPid);
      await session.connection.write(Buffer.from('through\n'));
      await session.connection.closeStdin();
      await session.connection.ended;
      const exit = await session.exit;
      assert.deepEqual([String(session.stdout()), String(session.stderr()), exit.exitCode], ['through\n', 'err\n', 6]);
      assert.deepEqual(await monitor.waitExit(session.paths), exit);
      assert.equal(await monitor.exitStatus(one.paths), undefined, 'the container runs on');
      assert.deepEqual(await one.exitCommandRuns(), [`3|${one.id}||two words`]);
    },
  },
  {
    name: 'tells the signal that ended a session',
    async run({ container }) {
      const one = container('sleep 1000');
      await one.create();
      await one.start();
      const session = await one.exec(['sh', '-c', 'kill -TERM $$']);
      assert.equal((await session.exit).exitCode, 143);
    },
  },
  {
    name: 'runs a session that nobody is attached to',
    async run({ monitor, container }) {
      const one = container('sleep 1000');
      await one.create();
      await one.start();
      const request = one.execRequest(['sh', '-c', 'sleep 0.1; echo unheard; exit 9']);
      const session = await monitor.exec(request);
      assert.equal(session.connection, undefined);
      assert.equal(await monitor.exitStatus(request.paths), undefined);
      const late = createRecorder();
      await (await monitor.attach(request.paths, late.client)).ended;
      assert.equal(String(late.stdout()), 'unheard\n');
      assert.equal((await session.exit).exitCode, 9);
      assert.equal((await monitor.exitStatus(request.paths))?.exitCode, 9);
    },
  },
  {
    name: 'gives a session a terminal of the right size from the start',
    async run({ monitor, container }) {
      const one = container('sleep 1000');
      await one.create();
      await one.start();
      const session = await one.exec(
        [
          'sh',
          '-c',
          "stty size; trap 'set -- $(stty size); echo $*; [ $1 = 17 ] || exit 0' WINCH; echo ready; while :; do sleep 0.05; done",
        ],
        {
          terminal: true,
          stdin: true,
          size: { rows: 17, columns: 71 },
        },
      );
      await session.sees('ready');
      // the size that it has may be told once more
      assert.match(String(session.stdout()), /^17 71\r\nready\r\n(17 71\r\n)*$/);
      await monitor.resize(session.paths, { rows: 18, columns: 72 });
      await session.sees('18 72');
      assert.equal((await session.exit).exitCode, 0);
    },
  },
  {
    name: 'gives short sessions with a terminal their output and exit status',
    async run({ container }) {
      const one = container('sleep 1000');
      await one.create();
      await one.start();
      await repeat(20, async (index) => {
        const session = await one.exec(['sh', '-c', `echo ${index}; exit ${index}`], {
          terminal: true,
          size: { rows: 5, columns: 50 },
        });
        const { exitCode } = await session.exit;
        await session.connection.ended;
        assert.deepEqual([String(session.stdout()), exitCode], [`${index}\r\n`, index]);
      });
    },
  },
];

const logs: readonly Check<MonitorHarness>[] = [
  {
    name: 'writes a log in the format of Kubernetes',
    async run({ container }) {
      const one = container('echo out; echo err >&2; printf partial');
      await one.create();
      await one.start();
      await one.exit();
      const lines = readFileSync(one.logPath, 'utf8').trimEnd().split('\n');
      const parsed = lines.map((line) => k8sLine.exec(line)?.slice(1) ?? assert.fail(line));
      const sorted = parsed.map((fields) => fields.join(' ')).sort();
      assert.deepEqual(sorted.slice(0, 2), ['stderr F err', 'stdout F out']);
      assert.equal(sorted[2], 'stdout P partial');
    },
  },
  {
    name: 'keeps a log below its size, and none where none is wanted',
    async run({ container }) {
      const small = container('seq 1 5000');
      await small.create({ log: { driver: 'k8s-file', path: small.logPath, sizeMax: 10_000 } });
      await small.start();
      await small.exit();
      const text = readFileSync(small.logPath, 'utf8');
      assert.ok(text.length > 0 && text.length <= 10_000, `${text.length} bytes`);
      assert.match(text, /stdout F 5000\n$/);

      const silent = container('echo unlogged');
      await silent.create({ log: { driver: 'none', path: silent.logPath, tag: 'ignored' } });
      const client = await silent.attach();
      await silent.start();
      await client.connection.ended;
      assert.equal(String(client.stdout()), 'unlogged\n');
      assert.ok(!existsSync(silent.logPath));
    },
  },
];

const self: readonly Check<MonitorHarness>[] = [
  {
    name: 'says what it is',
    async run({ monitor }: { monitor: ContainerMonitor }) {
      assert.equal(monitor.specVersion, 'v1');
      assert.match(monitor.path, /^\//);
      assert.deepEqual(await monitor.probe(), { usable: true });
      const { version, text } = await monitor.version();
      assert.ok(text.includes(version) && /^\d+\./.test(version), text);
    },
  },
];

/** Every promise of `ContainerMonitor`. */
export const containerMonitorChecks: readonly Check<MonitorHarness>[] = [
  ...self,
  ...streams,
  ...terminals,
  ...exits,
  ...failures,
  ...sessions,
  ...logs,
];
