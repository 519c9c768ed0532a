import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecretStore } from '@tspod/core';
import { type SecretStoreFixture, secretStoreChecks, secretStoreSuite } from '@tspod/testkit';
import { describe, expect, it, test } from 'vitest';
import { createSecretFileStore } from './index.ts';

async function fixture(spoil: (store: SecretStore) => Partial<SecretStore> = () => ({})): Promise<SecretStoreFixture> {
  const graphRoot = mkdtempSync(join(tmpdir(), 'tspod-secrets-'));
  const open = () => {
    const store = createSecretFileStore({ graphRoot });
    const methods = ['create', 'list', 'lookup', 'read', 'remove'] as const;
    const own = Object.fromEntries(methods.map((name) => [name, (store[name] as (...args: never[]) => unknown).bind(store)]));
    return { ...store, ...own, ...spoil(store) } as SecretStore;
  };
  return { instance: open(), reopen: open, cleanup: async () => rmSync(graphRoot, { recursive: true }) };
}

secretStoreSuite('files', () => fixture());

/** A way to break the store, by the name of the check that has to notice. */
const defects: Readonly<Record<string, (store: SecretStore) => Partial<SecretStore>>> = {
  'keeps content, labels and options, also for another instance': (store) => ({
    create: (request) => store.create({ ...request, labels: {} }),
  }),
  'lists by name, without the content': (store) => ({ list: async () => (await store.list()).toReversed() }),
  'finds by id, name and unique prefix of the id, the id first': (store) => ({
    lookup: async (wanted) => {
      const named = (await store.list()).find(({ name }) => name === wanted);
      return named ?? store.lookup(wanted);
    },
  }),
  'refuses a taken name, unless it is to be replaced': (store) => ({
    create: (request) => store.create({ ...request, replace: true }),
  }),
  'gives a name to one of those who want it at once': (store) => ({
    create: (request) => store.create({ ...request, replace: true }),
  }),
  'removes, as often as asked': () => ({ remove: async () => undefined }),
  'refuses names and sizes that can’t be used': (store) => ({
    create: (request) =>
      store.create({ ...request, content: request.content.length === 0 ? new Uint8Array(1) : request.content }),
  }),
};

describe('every check notices', () => {
  it.each(secretStoreChecks.map((check) => [check.name, check] as const))('%s', async (name, check) => {
    const broken = await fixture(defects[name]);
    try {
      await expect(check.run(broken)).rejects.toThrow();
    } finally {
      await broken.cleanup();
    }
  });
});

test('only root can read the files, nothing else is left, and a damaged one is named and kept', async () => {
  const graphRoot = mkdtempSync(join(tmpdir(), 'tspod-secrets-'));
  try {
    const store = createSecretFileStore({ graphRoot });
    await store.create({ name: 's', content: Buffer.from('x') });
    await store.create({ name: 's', content: Buffer.from('x') }).catch(() => undefined);
    const directory = join(graphRoot, 'tspod', 'secrets');
    expect(readdirSync(directory)).toEqual(['s.json']);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 's.json')).mode & 0o777).toBe(0o600);
    writeFileSync(join(directory, 's.json'), '{"id":');
    await expect(store.lookup('s')).rejects.toMatchObject({ code: 'corrupt-secret', path: join(directory, 's.json') });
    expect(readFileSync(join(directory, 's.json'), 'utf8')).toBe('{"id":');
  } finally {
    rmSync(graphRoot, { recursive: true });
  }
});
