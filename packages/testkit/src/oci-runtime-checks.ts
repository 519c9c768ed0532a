import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type OciRuntime, type OciRuntimeCapabilities, type RuntimeState, runtimeMessage } from '@tspod/core';
import type { ConditionalCheck } from './check.ts';
import type { BundleWorkshop } from './minimal-bundle.ts';
import { assertRefuses } from './refusal.ts';
import { until } from './waiting.ts';

type OciRuntimeCheck = ConditionalCheck<OciRuntimeFixture, OciRuntimeCapabilities>;

export interface OciRuntimeFixture {
  readonly runtime: OciRuntime;
  readonly workshop: BundleWorkshop;
  /** Makes a bundle and runs the runtime's create as a monitor would, without its streams. */
  create(command: string, id?: string): Promise<CreatedContainer>;
  /** Deletes every container. @param through the runtime to use for it. Default: the one of the fixture. */
  cleanup(through?: OciRuntime): Promise<void>;
}

export interface CreatedContainer {
  readonly id: string;
  readonly bundle: string;
  /** From the pid file. */
  readonly pid: number;
}

const always = () => true;
const missing = (promise: Promise<unknown>) => assertRefuses(promise, 'not-found', 'no-such-container');
const cleanWords = /^(?!.*(time=|level=|"msg")).+$/s;
let lastNumber = 0;

export function createOciRuntimeFixture(runtime: OciRuntime, workshop: BundleWorkshop): OciRuntimeFixture {
  const made: string[] = [];
  return {
    runtime,
    workshop,
    async create(command, id = `r${process.pid}x${++lastNumber}`) {
      made.push(id);
      const bundle = workshop.makeBundle(id, { command: ['sh', '-c', command] });
      const pidFile = join(bundle, 'pid');
      await runVerb(runtime, bundle, ['create', '--bundle', bundle, '--pid-file', pidFile, id]);
      return { id, bundle, pid: Number(readFileSync(pidFile, 'utf8')) };
    },
    async cleanup(through = runtime) {
      for (const id of made) await through.delete(id);
    },
  };
}

/** @throws with the words of the runtime's log. */
async function runVerb(runtime: OciRuntime, bundle: string, verb: readonly string[]): Promise<void> {
  const log = join(bundle, 'oci-log');
  const { executable, globalArguments } = runtime.commandLine({ logPath: log });
  const child = spawn(executable, [...globalArguments, ...verb], {
    cwd: bundle,
    stdio: 'ignore',
    env: { PATH: process.env.PATH ?? '' },
  });
  const [exitCode] = await once(child, 'exit');
  if (exitCode !== 0) throw new Error(runtimeMessage(existsSync(log) ? readFileSync(log, 'utf8') : ''));
}

/** A process that has ended may be a zombie for a moment. */
function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

const mebibyte = 2 ** 20;

/** As the files of its cgroup say, of either version; undefined: none, or not mounted. */
function limitsOf(pid: number): Readonly<Record<'memory' | 'pids' | 'quota', number | undefined>> {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
  const read = (controller: string, file: string, unifiedFile: string) => {
    const line = lines.find((one) => one.split(':')[1]?.split(',').includes(controller));
    const unified = lines.find((one) => one.startsWith('0::'));
    const path =
      line === undefined
        ? `/sys/fs/cgroup${unified?.slice(3)}/${unifiedFile}`
        : `/sys/fs/cgroup/${controller}${line.split(':').slice(2).join(':')}/${file}`;
    return existsSync(path) ? Number.parseInt(readFileSync(path, 'utf8'), 10) : undefined;
  };
  return {
    memory: read('memory', 'memory.limit_in_bytes', 'memory.max'),
    pids: read('pids', 'pids.max', 'pids.max'),
    quota: read('cpu', 'cpu.cfs_quota_us', 'cpu.max'),
  };
}

async function becomes({ runtime }: OciRuntimeFixture, id: string, status: RuntimeState['status']): Promise<void> {
  await until(async () => (await runtime.state(id)).status === status, `${id} is ${status}`);
}

/** Every promise of `OciRuntime`. */
export const ociRuntimeChecks: readonly OciRuntimeCheck[] = [
  {
    name: 'says what it is',
    needs: always,
    async run({ runtime }) {
      assert.equal(runtime.specVersion, 'v1');
      assert.match(runtime.path, /^\//);
      const { version, text } = await runtime.version();
      assert.ok(text.includes(version) && /^\d+\./.test(version), text);
      assert.deepEqual(await runtime.probe(), { usable: true });
    },
  },
  {
    name: 'knows nothing of a container that is not there',
    needs: always,
    async run({ runtime }) {
      await missing(runtime.state('nosuch'));
      await missing(runtime.start('nosuch'));
      await missing(runtime.kill('nosuch', 9));
      await missing(runtime.kill('nosuch', 9, { all: true }));
      await missing(runtime.pause('nosuch'));
      await missing(runtime.resume('nosuch'));
      if (runtime.capabilities.update ?? true) await missing(runtime.update('nosuch', { pids: { limit: 10 } }));
      await runtime.delete('nosuch');
    },
  },
  {
    name: 'refuses an id that is none',
    needs: always,
    async run({ runtime }) {
      for (const id of ['', '-x', '../escape', 'a/b', 'a b', 'a\n']) {
        await assertRefuses(runtime.state(id), 'invalid-argument', 'invalid-container-id');
        await assertRefuses(runtime.delete(id), 'invalid-argument', 'invalid-container-id');
      }
    },
  },
  {
    name: 'leads a container through its life',
    needs: always,
    async run(fixture) {
      const { runtime } = fixture;
      const { id, pid, bundle } = await fixture.create('while :; do sleep 0.1; done');
      assert.deepEqual(await runtime.state(id), { id, status: 'created', pid, bundle });
      await runtime.start(id);
      assert.deepEqual(await runtime.state(id), { id, status: 'running', pid, bundle });
      await runtime.kill(id, 9);
      await becomes(fixture, id, 'stopped');
      assert.equal((await runtime.state(id)).pid, 0);
      await runtime.delete(id);
      await runtime.delete(id);
      await missing(runtime.state(id));
    },
  },
  {
    name: 'keeps what it does not start waiting',
    needs: always,
    async run({ runtime, create }) {
      const { id, pid } = await create('exit 0');
      await sleep(50);
      assert.ok(isRunning(pid));
      assert.equal((await runtime.state(id)).status, 'created');
    },
  },
  {
    name: 'sends signals by their number, to the first process',
    needs: always,
    async run(fixture) {
      const { runtime } = fixture;
      const { id } = await fixture.create("trap 'exit 0' TERM; trap : USR1; while :; do sleep 0.05; done");
      await runtime.start(id);
      await sleep(100);
      await runtime.kill(id, 10);
      await sleep(100);
      assert.equal((await runtime.state(id)).status, 'running', 'it handles SIGUSR1');
      await runtime.kill(id, 15);
      await becomes(fixture, id, 'stopped');
    },
  },
  {
    name: 'sends signals to every process',
    needs: always,
    async run(fixture) {
      const { runtime } = fixture;
      const { id } = await fixture.create('trap : TERM; sleep 1000 & wait; wait; exit 0');
      await runtime.start(id);
      await sleep(100);
      await runtime.kill(id, 15, { all: true });
      await becomes(fixture, id, 'stopped');
    },
  },
  {
    name: 'deletes what is created, running or paused, with its processes',
    needs: always,
    async run({ runtime, create }) {
      for (const advance of [
        async () => undefined,
        (id: string) => runtime.start(id),
        (id: string) => runtime.start(id).then(() => runtime.pause(id)),
      ]) {
        const { id, pid } = await create('while :; do sleep 0.1; done');
        await advance(id);
        await runtime.delete(id);
        await missing(runtime.state(id));
        await until(() => !isRunning(pid), 'the process is gone');
      }
    },
  },
  {
    name: 'pauses and resumes',
    needs: always,
    async run(fixture) {
      const { runtime } = fixture;
      const { id } = await fixture.create('while :; do sleep 0.1; done');
      await runtime.start(id);
      await runtime.pause(id);
      assert.equal((await runtime.state(id)).status, 'paused');
      await runtime.resume(id);
      assert.equal((await runtime.state(id)).status, 'running');
    },
  },
  {
    name: 'changes limits of a container that is created, running or paused, and leaves the others as they are',
    needs: ({ update = true }) => update,
    async run({ runtime, create }) {
      const { id, pid } = await create('while :; do sleep 0.1; done');
      const usual = limitsOf(pid);
      await runtime.update(id, { memory: { limit: 64 * mebibyte, swap: 128 * mebibyte }, pids: { limit: 50 } });
      assert.deepEqual(limitsOf(pid), { ...usual, memory: 64 * mebibyte, pids: 50 });
      await runtime.start(id);
      await runtime.update(id, {
        cpu: { quota: 20_000, period: 100_000 },
        memory: { limit: 256 * mebibyte, swap: 512 * mebibyte },
      });
      assert.deepEqual(limitsOf(pid), { memory: 256 * mebibyte, pids: 50, quota: 20_000 });
      await runtime.pause(id);
      await runtime.update(id, { pids: { limit: 60 } });
      await runtime.resume(id);
      assert.deepEqual(limitsOf(pid), { memory: 256 * mebibyte, pids: 60, quota: 20_000 });
      await assertRefuses(runtime.update(id, { cpu: { cpus: '4000' } }), 'runtime-failed', 'oci-update-failed', cleanWords);
    },
  },
  {
    name: 'ends a paused container at once with SIGKILL',
    needs: ({ killsPaused }) => killsPaused,
    async run(fixture) {
      const { runtime } = fixture;
      const { id, pid } = await fixture.create('while :; do sleep 0.1; done');
      await runtime.start(id);
      await runtime.pause(id);
      await runtime.kill(id, 9);
      await until(() => !isRunning(pid), 'the process is gone');
    },
  },
  {
    name: 'ends a paused container with SIGKILL when it is resumed',
    needs: ({ killsPaused, signalsPaused = true }) => !killsPaused && signalsPaused,
    async run(fixture) {
      const { runtime } = fixture;
      const { id, pid } = await fixture.create('while :; do sleep 0.1; done');
      await runtime.start(id);
      await runtime.pause(id);
      await runtime.kill(id, 9);
      await runtime.resume(id);
      await until(() => !isRunning(pid), 'the process is gone');
    },
  },
  {
    name: 'refuses to send signals to a paused container, as its capabilities say',
    needs: ({ signalsPaused = true }) => !signalsPaused,
    async run({ runtime, create }) {
      const { id, pid } = await create('while :; do sleep 0.1; done');
      await runtime.start(id);
      await runtime.pause(id);
      await assertRefuses(runtime.kill(id, 9), 'runtime-failed', 'oci-kill-failed', cleanWords);
      await runtime.resume(id);
      await runtime.kill(id, 9);
      await until(() => !isRunning(pid), 'the process is gone');
    },
  },
  {
    name: 'says in its own words why it failed',
    needs: always,
    async run(fixture) {
      const { runtime } = fixture;
      const { id } = await fixture.create('while :; do sleep 0.1; done');
      await runtime.start(id);
      await assertRefuses(runtime.start(id), 'runtime-failed', 'oci-start-failed', cleanWords);
      await assertRefuses(runtime.kill(id, 99), 'runtime-failed', 'oci-kill-failed', cleanWords);
      await runtime.kill(id, 9);
      await becomes(fixture, id, 'stopped');
      await assertRefuses(runtime.start(id), 'runtime-failed', 'oci-start-failed', cleanWords);
      await assertRefuses(runtime.kill(id, 9), 'runtime-failed', 'oci-kill-failed', cleanWords);
    },
  },
  {
    name: 'gives the monitor a command line whose log has the reason of a failure',
    needs: always,
    async run({ runtime, create }) {
      const { id, bundle } = await create('while :; do sleep 0.1; done');
      await assert.rejects(create('true', id), /exists/);
      assert.match(readFileSync(join(bundle, 'oci-log'), 'utf8'), /^\{.*"msg"/);
      const request = { logPath: '/some/log' };
      assert.deepEqual(runtime.commandLine(request), runtime.commandLine(request));
      assert.deepEqual(runtime.commandLine(request).executable, runtime.path);
      assert.deepEqual(runtime.commandLine(request).logPath, '/some/log');
    },
  },
  {
    name: 'runs one more process with the arguments that it gives the monitor',
    needs: always,
    async run({ runtime, create, workshop }) {
      const { id, bundle } = await create('while :; do sleep 0.1; done');
      await runtime.start(id);
      const document = join(bundle, 'process.json');
      writeFileSync(document, JSON.stringify(workshop.process(['sh', '-c', 'exit 0'])));
      await runVerb(runtime, bundle, ['exec', '--process', document, id]);
      writeFileSync(document, JSON.stringify(workshop.process(['nosuch'])));
      await assert.rejects(runVerb(runtime, bundle, ['exec', '--process', document, id]), /nosuch.*(not found|no such file)/);
    },
  },
  {
    name: 'says whether it can write checkpoints here',
    needs: ({ checkpoint }) => checkpoint,
    async run({ runtime }) {
      const usability = await runtime.checkpointUsability?.();
      assert.ok(usability !== undefined && runtime.checkpoint !== undefined, 'it has the methods that go with the capability');
      assert.ok(usability.usable || usability.reason.length > 10, JSON.stringify(usability));
      await assertRefuses(
        runtime.checkpoint('../escape', { imagePath: '/x', workPath: '/x' }),
        'invalid-argument',
        'invalid-container-id',
      );
    },
  },
  {
    name: 'writes a checkpoint of a running container and restores it',
    needs: ({ checkpoint }) => checkpoint,
    async lacks({ runtime }) {
      const usability = await runtime.checkpointUsability?.();
      return usability?.usable === false ? usability.reason : undefined;
    },
    async run(fixture) {
      const { runtime, create } = fixture;
      const { id, bundle } = await create('i=0; while :; do i=$((i+1)); echo $i >/dev/null; sleep 0.1; done');
      await runtime.start(id);
      const images = join(bundle, 'checkpoint');
      await runtime.checkpoint?.(id, { imagePath: images, workPath: bundle, leaveRunning: true });
      assert.ok(existsSync(join(images, 'inventory.img')));
      await becomes(fixture, id, 'running');
      await runtime.checkpoint?.(id, { imagePath: images, workPath: bundle });
      await runtime.delete(id);
      const places = ['--image-path', images, '--work-path', bundle, '--bundle', bundle, '--pid-file', join(bundle, 'pid')];
      await runVerb(runtime, bundle, ['restore', '--detach', ...places, id]);
      await becomes(fixture, id, 'running');
      assert.equal((await runtime.state(id)).pid, Number(readFileSync(join(bundle, 'pid'), 'utf8')));
      await assertRefuses(
        runtime.checkpoint?.('nosuch', { imagePath: images, workPath: bundle }) ?? Promise.resolve(),
        'not-found',
        'no-such-container',
      );
    },
  },
];
