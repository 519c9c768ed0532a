import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadOutsideBackends } from './outside-backends.ts';

describe('loadOutsideBackends', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tspod-outside-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function write(name: string, text: string): string {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(path, text, { mode: 0o644 });
    return path;
  }

  const good = (name: string, role = 'runtime') =>
    `export const backend = { specVersion: 'v1', role: '${role}', name: '${name}', create: (settings, deps) => ({ specVersion: 'v1', name: '${name}', settings, deps }) };`;
  const load = (...wanted: string[]) => loadOutsideBackends(wanted, directory, { runtime: ['crun'], storage: ['overlay'] });

  test('loads modules and packages by path and by name, each once', async () => {
    const file = write('file.mjs', good('from-file'));
    write(
      '@scope/pack/package.json',
      '{ "type": "module", "exports": { ".": { "types": "./x.d.ts", "import": "./entry.js" } } }',
    );
    write('@scope/pack/entry.js', good('from-package', 'storage'));
    write('plain/package.json', '{ "type": "module", "main": "./main.js" }');
    write('plain/main.js', good('plain'));
    const { runtimes, storages } = await load(file, '@scope/pack', file, join(directory, 'plain'));
    expect(runtimes.map(({ name }) => name)).toEqual(['from-file', 'plain']);
    expect(storages.map(({ name }) => name)).toEqual(['from-package']);
    const settings = { systemdCgroup: false, extraArguments: [] };
    expect(runtimes[0]?.create(settings, {} as never)).toMatchObject({ name: 'from-file', settings });
  });

  test.each([
    ['no export', 'export default 1', 'invalid-backend', 'exports no object named "backend"'],
    [
      'another version',
      good('x').replace('v1', 'v2'),
      'unsupported-spec-version',
      'specVersion "v2", and this tspod understands "v1"',
    ],
    ['no version', good('x').replace("specVersion: 'v1', role", 'role'), 'unsupported-spec-version', 'specVersion undefined'],
    ['a role of the future', good('x', 'balloon'), 'invalid-backend', '"balloon" and not one of runtime, storage'],
    ['no name', good(''), 'invalid-backend', '"" is no name'],
    ['no factory', good('x').replace('create:', 'made:'), 'invalid-backend', 'no function "create"'],
    ['a taken name', good('crun'), 'backend-exists', 'a runtime backend named "crun" already'],
    ['a fault of its own', 'throw new Error("boom")', 'invalid-backend', "can't be loaded: boom"],
    ['a missing import', 'import "./nosuch.js"', 'invalid-backend', 'nosuch.js'],
  ])('refuses %s, and names the module', async (_what, text, code, problem) => {
    const path = write('bad.mjs', text);
    await expect(load(path)).rejects.toMatchObject({ code, message: expect.stringContaining(problem) });
    await expect(load(path)).rejects.toMatchObject({ message: expect.stringContaining(path) });
  });

  test('refuses two of one name, what is neither path nor name, and what is not there', async () => {
    const paths = ['one.mjs', 'other.mjs'].map((name) => write(name, good('twice')));
    await expect(load(...paths)).rejects.toMatchObject({ code: 'backend-exists' });
    for (const name of ['./one.mjs', '../x', '', 'a/b/c', '.hidden']) {
      await expect(load(name)).rejects.toMatchObject({ code: 'invalid-backend', message: expect.stringContaining(`"${name}"`) });
    }
    await expect(load('nosuch')).rejects.toMatchObject({ code: 'no-such-file', message: expect.stringContaining('nosuch') });
    mkdirSync(join(directory, 'empty'));
    await expect(load('empty')).rejects.toMatchObject({
      code: 'invalid-backend',
      message: expect.stringContaining('package.json'),
    });
  });

  test('what it makes must have the name and version that it states', async () => {
    const wrongName = write('name.mjs', good('one').replace("v1', name: 'one', settings", "v1', name: 'other', settings"));
    const wrongVersion = write('version.mjs', good('two').replace("({ specVersion: 'v1'", "({ specVersion: 'v0'"));
    const { runtimes } = await load(wrongName, wrongVersion);
    const make = (index: number) => () => runtimes[index]?.create({ systemdCgroup: false, extraArguments: [] }, {} as never);
    expect(make(0)).toThrow('named "other" in place of "one"');
    expect(make(1)).toThrow('specVersion "v0"');
  });
});
