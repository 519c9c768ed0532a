import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { eventually, traces } from './support/machine.ts';
import { busybox, launcher, run, Store } from './support/store.ts';

const sweep = fileURLToPath(new URL('../scripts/crash-sweep.ts', import.meta.url));

// every step of every command, on both storages: `npm run test:soak -- --only sweep`
describe.each([
  ['crun', 'overlay', 1],
  ['runc', 'overlay', 1],
] as const)('killed at a step that outlives it, %s on %s', (runtime, storage, offset) => {
  test('whatever was begun is finished or undone, and what was told holds', async () => {
    const flags = ['--runtime', runtime, '--storage', storage, '--every', '27', '--offset', String(offset)];
    const { exitCode, stdout, stderr } = await run(process.execPath, [sweep, ...flags], { timeout: 110_000 });
    console.log(stdout.trim().split('\n').at(-1));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(Number(/: (\d+) points, 0 failures/.exec(stdout)?.[1])).toBeGreaterThan(20);
  });
});

describe.each(['crun', 'runc'] as const)('a client that is killed, %s', (runtime) => {
  test('leaves a container of run --rm to its exit command, which removes it', async () => {
    await using store = await Store.create({ runtime });
    await store.must('run', '--rm', busybox, 'true');
    const before = traces(store);
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
