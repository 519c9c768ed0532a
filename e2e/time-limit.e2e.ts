import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busybox, launcher, run, Store } from './support/store.ts';

describe.each(['crun', 'runc'] as const)('run with %s', (runtime) => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create({ runtime });
  });
  afterAll(async () => store?.[Symbol.asyncDispose]());

  test('--timeout kills the process after so many seconds, with podman’s exit codes', async () => {
    const begun = performance.now();
    const ended = await store.tspod(['run', '--name', 'limited', '--timeout', '1', busybox, 'sleep', '1000']);
    expect(ended.exitCode).toBe(255);
    expect(performance.now() - begun).toBeGreaterThan(1000);
    expect(await store.must('inspect', '--format', '{{.Config.Timeout}} {{.State.Status}} {{.State.ExitCode}}', 'limited')).toBe(
      '1 exited -1',
    );
    expect((await store.tspod(['run', '--rm', '--timeout', '0', busybox, 'sh', '-c', 'exit 3'])).exitCode).toBe(3);
    expect(await store.tspod(['create', '--timeout', '5000000000', busybox, 'true'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('the time limit 5000000000 is not a number of seconds'),
    });
  });

  test('--preserve-fds passes descriptors on, and never one of the engine’s own', async () => {
    const words = store.argv(['run', '--rm', '--preserve-fds', '2', busybox, 'sh', '-c', 'cat <&3; cat <&4; ls /proc/self/fd']);
    const both = await run('bash', ['-c', 'exec 3<<<three 4<<<four 5<<<five; exec "$@"', 'bash', launcher, ...words]);
    expect(both).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^three\nfour\n0\n1\n2\n3\n4\n5\n$/) }); // 5 is ls's own
    const one = await run('bash', ['-c', 'exec 3<<<three; exec "$@"', 'bash', launcher, ...words]);
    expect(one).toEqual({
      exitCode: 125,
      stdout: '',
      stderr: expect.stringContaining('file descriptor 4 is not available - the preserve-fds option requires'),
    });
    const ids = await store.must('ps', '-a', '-q', '--filter', 'status=created');
    expect(ids).toBe('');
  });
});
