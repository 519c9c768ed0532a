import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busybox, launcher, run, Store } from './support/store.ts';

/** The files that a command line opens, seen by the kernel. */
async function openedBy(store: Store, args: readonly string[]): Promise<readonly string[]> {
  const log = store.path('strace.log');
  await run('strace', ['-f', '-qq', '-e', 'trace=open,openat', '-o', log, launcher, ...args]);
  return [...new Set([...readFileSync(log, 'utf8').matchAll(/"([^"]*)"/g)].map(([, path = '']) => path))];
}

/** Our own files that a command line loads. */
async function loadedBy(store: Store, words: readonly string[], args = store.argv(words)): Promise<readonly string[]> {
  return (await openedBy(store, args)).filter((path) => /\/packages\/cli\/dist\/[^/]*\.js$/.test(path));
}

/** What only one kind of command needs, by words that stand in its code. */
const rare = {
  'the language of templates': 'unclosed action',
  'the completion of shells': 'bash completion for tspod',
  'the description of networks for netavark': 'dns_server_ips',
};

describe('a command loads its own code only', () => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create();
  });
  afterAll(() => store[Symbol.asyncDispose]());

  // a limit that is reached wants a look at what came in, and then either a lazy import or a higher limit
  test.each<[name: string, words: readonly string[], files: number, kilobytes: number]>([
    ['ps', ['ps'], 12, 630],
    ['images', ['images'], 12, 640],
    ['run --rm', ['run', '--rm', '--network', 'none', busybox, 'true'], 14, 735],
  ])('%s', async (_, words, most, kilobytes) => {
    const files = await loadedBy(store, words);
    const size = files.reduce((sum, path) => sum + statSync(path).size, 0) / 1000;
    const list = `${files.length} files: ${files.map((path) => basename(path)).join(' ')}`;
    expect(files.length).toBeGreaterThan(0);
    expect(files.length, list).toBeLessThan(most);
    expect(size, list).toBeLessThan(kilobytes);
    const code = files.map((path) => readFileSync(path, 'utf8')).join('\n');
    for (const [what, words] of Object.entries(rare)) expect(code.includes(words), what).toBe(false);
    // modules of Node that take milliseconds wait for their first call
    if (words[0] !== 'run')
      expect(code).not.toMatch(/^const .* = process\.getBuiltinModule\("node:(child_process|crypto|net|tty)"\)\.\w+;$/m);
  });

  test('a command reads no configuration that it does not need', async () => {
    expect(await openedBy(store, store.argv(['ps']))).not.toContain('/etc/containers/registries.conf');
  });

  test('--version and completion load next to nothing', async () => {
    const sizeOf = async (args: readonly string[]) =>
      (await loadedBy(store, [], [...args])).reduce((sum, path) => sum + statSync(path).size, 0) / 1000;
    expect(await sizeOf(['--version'])).toBeLessThan(6);
    expect(await sizeOf(['--root', store.path('root'), '--version'])).toBeLessThan(50);
    expect(await sizeOf(['__complete', 'ru'])).toBeLessThan(60);
  });
});
