import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Store } from './support/store.ts';

describe('volumes and secrets', () => {
  let store: Store;
  beforeAll(() => {
    store = Store.empty();
  });
  afterAll(() => store[Symbol.asyncDispose]());

  test('a volume is made, shown, exported, imported and removed', async () => {
    expect(await store.must('volume', 'create', '--label', 'a=b', 'data')).toBe('data');
    const [shown] = JSON.parse(await store.must('volume', 'inspect', 'data'));
    expect(shown).toMatchObject({ Name: 'data', Driver: 'local', Labels: { a: 'b' }, Scope: 'local', MountCount: 0 });
    writeFileSync(join(shown.Mountpoint, 'file'), 'kept');
    const archive = store.path('data.tar');
    await store.must('volume', 'export', '-o', archive, 'data');
    await store.must('volume', 'create', 'copy');
    await store.must('volume', 'import', 'copy', archive);
    const copy = await store.must('volume', 'inspect', '--format', '{{.Mountpoint}}', 'copy');
    expect(readFileSync(join(copy, 'file'), 'utf8')).toBe('kept');
    expect((await store.must('volume', 'ls', '--filter', 'label=a=b', '--format', '{{.Name}}')).split('\n')).toEqual(['data']);
    expect(await store.must('volume', 'rm', 'data', 'copy')).toBe('data\ncopy');
    expect((await store.tspod(['volume', 'exists', 'data'])).exitCode).toBe(1);
  });

  test('what can’t be done is said as podman says it', async () => {
    await store.must('volume', 'create', 'taken');
    const refusals = [
      [['volume', 'create', 'taken'], 125, 'volume with name taken already exists'],
      [['volume', 'create', 'a/b'], 125, 'names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*'],
      [['volume', 'create', '-o', 'foo=bar', 'other'], 125, "invalid mount option foo for driver 'local'"],
      [['volume', 'rm', 'nosuch'], 1, 'no volume with name "nosuch" found: no such volume'],
      [['volume', 'ls', '--filter', 'foo=bar'], 125, '"foo" is an invalid volume filter'],
    ] as const;
    for (const [args, exitCode, text] of refusals) {
      expect(await store.tspod(args)).toMatchObject({ exitCode, stderr: expect.stringContaining(text) });
    }
    expect(await store.must('volume', 'prune', '-f')).toBe('taken');
    expect(await store.must('volume', 'ls', '-q')).toBe('');
  });

  test('a secret is kept, and never shown', async () => {
    const id = (
      await store.tspod(['secret', 'create', '--label', 'a=b', 'password', '-'], { input: 'open sesame' })
    ).stdout.trim();
    expect(id).toMatch(/^[0-9a-f]{25}$/);
    const inspected = await store.must('secret', 'inspect', 'password');
    expect(JSON.parse(inspected)[0]).toMatchObject({
      ID: id,
      Spec: { Name: 'password', Driver: { Name: 'file' }, Labels: { a: 'b' } },
    });
    expect(inspected).not.toContain(Buffer.from('open sesame').toString('base64'));
    expect(await store.must('secret', 'ls', '--format', '{{.Name}} {{.Driver}}')).toBe('password file');
    expect(await store.tspod(['secret', 'create', 'password', '/etc/hostname'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('password: secret name in use'),
    });
    expect(await store.must('secret', 'rm', 'password')).toBe(id);
    expect(await store.must('secret', 'ls', '-q')).toBe('');
  });
});
