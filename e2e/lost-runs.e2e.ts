import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually, type Traces, traces, tracesAtRest } from './support/machine.ts';
import { busybox, Store } from './support/store.ts';

/** What can happen to the file in which a runtime has a container, e.g. when `/run` is full. */
const losses: readonly (readonly [string, (path: string) => void])[] = [
  ['empty', (path) => truncateSync(path)],
  ['cut off', (path) => truncateSync(path, 60)],
  ['of something else', (path) => writeFileSync(path, '[]')],
  ['missing', (path) => rmSync(path)],
];

describe.each([
  ['crun', 'status'],
  ['runc', 'state.json'],
] as const)('the record of %s in %s', (runtime, file) => {
  let store: Store;
  let before: Traces;

  beforeEach(async () => {
    store = await Store.create({ runtime });
    await store.must('run', '--rm', busybox, 'true');
    before = await tracesAtRest(store);
  });

  afterEach(() => store[Symbol.asyncDispose]());

  async function running(): Promise<{ readonly path: string; readonly pid: number }> {
    const id = await store.must('run', '-d', '--name', 'c', busybox, 'sleep', '300');
    const path = `/run/${runtime}/${id}/${file}`;
    expect(existsSync(path)).toBe(true);
    return { path, pid: Number(await store.must('inspect', '--format', '{{.State.Pid}}', 'c')) };
  }

  async function leavesNothing(pid: number): Promise<void> {
    expect(existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/stat`, 'utf8')).toBe(false);
    await eventually('all of it is gone', () =>
      JSON.stringify(traces(store)) === JSON.stringify(before) ? true : undefined,
    ).catch(() => expect(traces(store)).toEqual(before));
  }

  test.each(losses)('is %s: said with its path and what to do, and stop and start mend it', async (_, lose) => {
    const { path, pid } = await running();
    lose(path);
    for (const [args, code] of [
      [['exec', 'c', 'true'], 255],
      [['pause', 'c'], 125],
      [['update', '--cpu-shares', '100', 'c'], 125],
    ] as const) {
      const { exitCode, stderr } = await store.tspod(args);
      expect({ args, exitCode, stderr }).toMatchObject({ exitCode: code, stderr: expect.stringContaining(path) });
      expect(stderr).toContain('rm -f');
    }
    expect(await store.must('ps', '--format', '{{.Names}}')).toBe('c');
    const stopped = await store.tspod(['stop', '-t', '0', 'c']);
    expect(stopped).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(path) });
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    await store.must('start', 'c');
    await store.must('exec', 'c', 'true');
    await store.must('rm', '-f', '-t', '0', 'c');
    await leavesNothing(pid);
  });

  test.each(losses)('is %s: rm -f removes the container and leaves no process', async (_, lose) => {
    const { path, pid } = await running();
    lose(path);
    expect(await store.tspod(['rm', '-f', '-t', '0', 'c'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^c\n?$/),
    });
    expect(await store.must('ps', '-aq')).toBe('');
    await leavesNothing(pid);
  });

  test('is damaged while the container is paused, or is only created', async () => {
    const { path, pid } = await running();
    await store.must('pause', 'c');
    truncateSync(path);
    await store.must('rm', '-f', '-t', '0', 'c');
    await leavesNothing(pid);

    for (const [, lose] of losses) {
      const id = await store.must('create', '--name', 'c', busybox, 'sleep', '300');
      await store.must('container', 'init', 'c');
      const waiting = Number(await store.must('inspect', '--format', '{{.State.Pid}}', 'c'));
      lose(`/run/${runtime}/${id}/${file}`);
      await store.must('rm', '-f', 'c');
      await leavesNothing(waiting);
    }
  });

  test('is damaged when its process ends: the end is told, and it starts again', async () => {
    const { path, pid } = await running();
    truncateSync(path);
    process.kill(pid, 'SIGKILL');
    expect(await store.must('wait', 'c')).toBe('137');
    await eventually('it has been cleaned up', async () =>
      (await store.must('inspect', '--format', '{{.State.Status}}', 'c')) === 'exited' ? true : undefined,
    );
    expect(existsSync(path)).toBe(false);
    await store.must('start', 'c');
    await store.must('rm', '-f', '-t', '0', 'c');
    await leavesNothing(pid);
  });
});
