import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './support/machine.ts';
import { busybox, Store } from './support/store.ts';

describe.each(['crun', 'runc'] as const)('an OCI runtime that does not come back, %s', (runtime) => {
  let store: Store;
  /** The runtime under another name: its `kill` hangs while a file is there. */
  let wrapper: string;
  let hanging: string;

  beforeAll(async () => {
    store = await Store.create({ runtime });
    wrapper = store.path(runtime);
    hanging = store.path('hanging');
    const script = `#!/bin/sh
for word; do
  case $word in kill) [ ! -e ${hanging} ] || { echo $$ > ${hanging}; exec sleep 1000; };; esac
done
exec /usr/${runtime === 'runc' ? 's' : ''}bin/${runtime} "$@"
`;
    writeFileSync(wrapper, script);
    chmodSync(wrapper, 0o755);
  });

  afterAll(() => store[Symbol.asyncDispose]());

  test('holds up who waits for it, and nobody else', async () => {
    await store.must('--runtime', wrapper, 'run', '-d', '--name', 'stuck', busybox, 'sh', '-c', 'echo here; sleep 1000');
    await store.must('run', '-d', '--name', 'other', busybox, 'sleep', '1000');
    writeFileSync(hanging, '');
    const stopping = store.tspod(['--runtime', wrapper, 'stop', '-t', '1', 'stuck'], { timeout: 120_000 });
    const helper = Number(await eventually('kill to hang', () => readFileSync(hanging, 'utf8').trim() || undefined));
    try {
      const all = [
        ['ps', '-a'],
        ['ps', '--size'],
        ['inspect', 'stuck'],
        ['logs', 'stuck'],
        ['port', 'stuck'],
        ['diff', 'stuck'],
        ['stats', '--no-stream'],
        ['container', 'exists', 'stuck'],
        ['info'],
        ['images'],
        ['events', '--stream=false'],
        ['system', 'df'],
        ['volume', 'ls'],
        ['exec', 'other', 'true'],
        ['run', '--rm', busybox, 'true'],
        ['rm', '-f', '-t', '0', 'other'],
      ];
      for (const args of all) {
        const { exitCode, stderr } = await store.tspod(args, { timeout: 10_000 });
        expect({ args, exitCode, stderr }).toEqual({ args, exitCode: 0, stderr: '' });
      }
      expect(await store.must('inspect', '--format', '{{.State.Status}}', 'stuck')).toBe('stopping');
    } finally {
      rmSync(hanging);
      process.kill(helper, 'SIGKILL');
    }
    await stopping;
    await store.must('stop', '-t', '0', 'stuck');
    expect(await store.must('inspect', '--format', '{{.State.Status}}', 'stuck')).toBe('exited');
  });
});
