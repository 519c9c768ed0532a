import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { eventually, traces, tracesAtRest } from './support/machine.ts';
import { busybox, launcher, run, Store } from './support/store.ts';

const sweep = fileURLToPath(new URL('../scripts/crash-sweep.ts', import.meta.url));
const fullDisk = fileURLToPath(new URL('../scripts/full-disk.ts', import.meta.url));
const killSweep = fileURLToPath(new URL('../scripts/kill-sweep.ts', import.meta.url));

// every step of every command, on both runtimes and storages: `npm run test:soak -- --only sweep`
describe.each([
  [
    'crun',
    'create,start,stop,exec,pause,rm -f,run -d,run -d with images mounted,commit,cp of a stopped container,pod create,pod rm',
  ],
  ['runc', 'init,restart,exec -d,rm,run --rm,export of a stopped container,load,pod start,the exit command'],
])('killed at a step that outlives it, %s, %s', (runtime, only) => {
  test('whatever was begun is finished or undone, and what was told holds', async () => {
    const flags = ['--runtime', runtime, '--only', only, '--every', '27'];
    const { exitCode, stdout, stderr } = await run(process.execPath, [sweep, ...flags], { timeout: 110_000 });
    console.log(stdout.trim().split('\n').at(-1));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(Number(/: (\d+) points, 0 failures/.exec(stdout)?.[1])).toBeGreaterThan(10);
  });
});

describe.each([
  ['crun', 'ENOSPC', 'create,start,rm'],
  ['runc', 'EROFS', 'create,stop,rm'],
] as const)('everything in the store fails from a step on, %s, %s', (runtime, fault, only) => {
  test('the command says so, and nothing is left', async () => {
    const flags = ['--runtime', runtime, '--fault', fault, '--every', '11', '--only', only];
    const { exitCode, stdout, stderr } = await run(process.execPath, [sweep, ...flags], { timeout: 110_000 });
    console.log(stdout.trim().split('\n').at(-1));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(Number(/: (\d+) points, 0 failures/.exec(stdout)?.[1])).toBeGreaterThan(5);
  });
});

// every command with every bit of space more: `npm run test:soak -- --only full`
test('a disk that is full is told, can be looked at, and loses nothing', async () => {
  const flags = ['--runtime', 'crun', '--only', 'rm', '--free', '0,4096'];
  const { exitCode, stdout, stderr } = await run(process.execPath, [fullDisk, ...flags], { timeout: 110_000 });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toBe('crun, rm: 4096 KiB are enough\ncrun: 2 points, 0 failures\n');
});

// each verb in each state, and exec sessions: `npm run test:soak -- --only processes`
test.concurrent.each([
  ['crun', 'running'],
  ['runc', 'paused'],
])('a killed monitor or first process, %s, %s: the end is waited for, told, and leaves nothing', async (runtime, state) => {
  const flags = ['--runtime', runtime, '--only', state, '--verbs', 'wait'];
  const { exitCode, stdout, stderr } = await run(process.execPath, [killSweep, ...flags], { timeout: 110_000 });
  expect({ exitCode, stderr, stdout }).toEqual({ exitCode: 0, stderr: '', stdout: `${runtime}: 3 cases, 0 failures\n` });
});

describe.each(['crun', 'runc'] as const)('a client that is killed, %s', (runtime) => {
  test('leaves a container of run --rm to its exit command, which removes it', async () => {
    await using store = await Store.create({ runtime });
    await store.must('run', '--rm', busybox, 'true');
    const before = await tracesAtRest(store);
    const command = 'while [ ! -e /stop ]; do sleep 0.05; done';
    const child = spawn(launcher, store.argv(['run', '--rm', '--name', 'left', busybox, 'sh', '-c', command]), {
      stdio: 'ignore',
    });
    await eventually('it to run', async () => ((await store.must('ps', '-q')) === '' ? undefined : true));
    child.kill('SIGKILL');
    await store.must('exec', 'left', 'touch', '/stop');
    await eventually('it to be removed', async () => ((await store.must('ps', '-a', '-q')) === '' ? true : undefined));
    await eventually('helpers to end', () => (traces(store).processes.length === 0 ? true : undefined));
    expect(traces(store)).toEqual(before);
  });
});
