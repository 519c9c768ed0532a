import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type Traces, traces } from './support/machine.ts';
import { busybox, launcher, Store } from './support/store.ts';

/** An empty lock file may stay: who takes it away holds it, and was killed. */
function withoutLocks({ files, ...rest }: Traces): Traces {
  return { ...rest, files: files.filter((path) => !path.includes('/locks/')) };
}

describe.each(['crun', 'runc'] as const)('killed at any moment, %s', (runtime) => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create({ runtime });
    await store.must('run', '--rm', busybox, 'true');
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  async function killedAfter(delay: number, args: string[]): Promise<void> {
    const child = spawn(launcher, store.argv(args), { stdio: 'ignore' });
    const exit = new Promise((resolve) => child.on('exit', resolve));
    const timer = setTimeout(() => child.kill('SIGKILL'), delay);
    await exit;
    clearTimeout(timer);
  }

  test('run -d: no container runs that ps does not know, and everything can be removed', async () => {
    const before = traces(store);
    for (let delay = 30; delay <= 330; delay += 15) {
      await killedAfter(delay, ['run', '-d', busybox, 'sleep', '300']);
      const known = (await store.must('ps', '-a', '-q', '--no-trunc')).split('\n');
      for (const line of traces(store).cgroups) expect(known).toContain(line.replace(/.*libpod-/, ''));
    }
    await store.must('rm', '-f', '-a', '-t', '0');
    await eventually('helpers to end', () => (traces(store).processes.length === 0 ? true : undefined));
    expect(withoutLocks(traces(store))).toEqual(withoutLocks(before));
  });

  test('run --rm in the foreground: the container is removed by its exit command', async () => {
    const before = traces(store);
    const child = spawn(
      launcher,
      store.argv(['run', '--rm', '--name', 'left', busybox, 'sh', '-c', 'while [ ! -e /stop ]; do sleep 0.05; done']),
      {
        stdio: 'ignore',
      },
    );
    await eventually('it to run', async () => ((await store.must('ps', '-q')) === '' ? undefined : true));
    child.kill('SIGKILL');
    await store.must('exec', 'left', 'touch', '/stop');
    await eventually('it to be removed', async () => ((await store.must('ps', '-a', '-q')) === '' ? true : undefined));
    await eventually('helpers to end', () => (traces(store).processes.length === 0 ? true : undefined));
    expect(traces(store)).toEqual(before);
  });

  test('rm: what was begun is finished', async () => {
    const before = traces(store);
    for (let delay = 30; delay <= 150; delay += 10) {
      await store.must('create', '--name', 'doomed', busybox, 'true');
      await killedAfter(delay, ['rm', 'doomed']);
      const after = await store.tspod(['rm', 'doomed']);
      expect([0, 1]).toContain(after.exitCode);
    }
    await store.must('create', '--name', 'doomed', busybox, 'true');
    await store.must('rm', 'doomed');
    expect(withoutLocks(traces(store))).toEqual(withoutLocks(before));
  });
});
