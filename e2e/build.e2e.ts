import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { traces } from './support/machine.ts';
import { busybox, Store } from './support/store.ts';

describe('build through buildah', () => {
  let store: Store;
  let context: string;
  beforeAll(async () => {
    store = await Store.create({ ownNetworks: true });
    context = store.path('context');
    mkdirSync(context);
    writeFileSync(join(context, 'greeting'), 'built here\n');
    writeFileSync(
      join(context, 'Containerfile'),
      `FROM ${busybox}\nARG WHO=nobody\nCOPY greeting /greeting\nENV WHO=$WHO\nCMD ["sh", "-c", "cat /greeting; echo $WHO"]\n`,
    );
  });
  afterAll(() => store[Symbol.asyncDispose]());

  test('what is built runs at once, and podman has it, too', async () => {
    const idFile = store.path('id');
    const built = await store.tspod(['build', '--build-arg', 'WHO=me', '-t', 'web:v1', '--iidfile', idFile, context]);
    expect(built).toMatchObject({ exitCode: 0 });
    expect(built.stdout).toContain('COMMIT web:v1');
    expect(traces(store).mounts).toEqual([]);
    const id = built.stdout.trim().split('\n').at(-1) ?? '';
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await store.must('run', '--rm', '--network', 'none', 'web:v1')).toBe('built here\nme');
    expect(await store.must('image', 'inspect', '--format', '{{.Id}}', 'localhost/web:v1')).toBe(id);
    expect(await store.mustPodman('image', 'inspect', '--format', '{{.Id}}', 'localhost/web:v1')).toBe(id);
  });

  test('RUN has the network of containers, in a store that no other program has made', async () => {
    const made = await store.tspod(['build', '-t', 'routed', '-'], {
      input: `FROM ${busybox}\nRUN ip -o -4 addr > /addresses\n`,
    });
    expect(made).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('plugin') });
    expect(await store.must('run', '--rm', '--network', 'none', 'routed', 'cat', '/addresses')).toContain('eth0');
    expect(readFileSync(join(store.root, 'defaultNetworkBackend'), 'utf8')).toBe('netavark');
  });

  test('a Containerfile from stdin, and one that fails', async () => {
    const built = await store.tspod(['build', '-q', '-t', 'piped', '-'], { input: `FROM ${busybox}\nLABEL piped=yes\n` });
    expect(built).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^[0-9a-f]{64}\n$/) });
    expect(await store.must('image', 'inspect', '--format', '{{.Labels.piped}}', 'piped')).toBe('yes');
    const before = await store.must('images', '-a', '-q');
    const failed = await store.tspod(['build', '-'], { input: `FROM ${busybox}\nCOPY missing /x\n` });
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stderr).toContain('missing');
    expect(await store.must('images', '-a', '-q')).toBe(before);
    expect((await store.buildah(['containers', '-q'])).stdout).toBe('');
  });

  test('a context that is not there, a flag that is not known', async () => {
    expect((await store.tspod(['build', store.path('nowhere')])).exitCode).toBe(125);
    expect(await store.tspod(['build', '--nosuch', '.'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('--nosuch'),
    });
  });
});
