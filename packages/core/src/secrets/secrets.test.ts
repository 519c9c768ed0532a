import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerConfig } from '../container/config.ts';
import type { Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { describeSecrets } from './describe.ts';
import { withVariables } from './environment.ts';
import { parseSecret } from './parse-secret.ts';
import type { SecretRequest } from './requests.ts';
import { copySecrets, resolveSecrets } from './resolve.ts';
import { forgetVariables, variablesOfRun } from './running.ts';
import { withSecrets } from './start.ts';

describe('parseSecret', () => {
  test.each([
    ['pw', { secret: 'pw' }],
    ['pw,type=env,target=FOO', { secret: 'pw', type: 'env', target: 'FOO' }],
    ['pw,target=/etc/x,uid=5,gid=6,mode=0400', { secret: 'pw', target: '/etc/x', uid: 5, gid: 6, mode: 0o400 }],
    ['type=mount,source=pw', { secret: 'pw', type: 'mount' }],
    ['source=pw', { secret: 'source=pw' }],
    ['pw,target=', { secret: 'pw' }],
  ])('%s', (text, expected) => {
    expect(parseSecret(text)).toEqual(expected);
  });

  test.each([
    ['', 'no source found : parsing secret'],
    [',type=env', 'no source found ,type=env: parsing secret'],
    ['pw,type=foo', 'type foo is invalid: parsing secret'],
    ['pw,foo=bar', 'option foo=bar invalid: parsing secret'],
    ['pw,constructor=bar', 'option constructor=bar invalid: parsing secret'],
    ['type=env,pw', 'option pw must be in form option=value: parsing secret'],
    ['pw,mode=999', 'mode 999 invalid: parsing secret'],
    ['pw,mode=10000', 'mode 10000 invalid: parsing secret'],
    ['pw,uid=x', 'UID x invalid: parsing secret'],
    ['pw,uid=4294967295', 'UID 4294967295 invalid: parsing secret'],
    ['pw,gid=-1', 'GID -1 invalid: parsing secret'],
    ['pw,type=env,mode=0400', 'UID, GID, Mode options cannot be set with secret type env: parsing secret'],
  ])('%j is refused', (text, message) => {
    expect(() => parseSecret(text)).toThrow(expect.objectContaining({ message, code: 'invalid-secret' }));
  });
});

test('variables of secrets replace those of their names', () => {
  expect(withVariables(['A=1', 'AB=2', 'C='], ['A=x=y', 'D=3'])).toEqual(['AB=2', 'C=', 'A=x=y', 'D=3']);
});

describe('secrets of a container', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tspod-secrets-'));
    mkdirSync(staticDir());
    mkdirSync(runDir());
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const staticDir = () => join(directory, 'static');
  const runDir = () => join(directory, 'run');

  /** Knows secrets by their names; each one's id is its name reversed. */
  function partsWith(contents: Record<string, string | Uint8Array>): RuntimeParts {
    const find = (key: string) => {
      const name = Object.keys(contents).find((one) => one === key || reversed(one) === key);
      if (name === undefined) throw new Error(`no secret ${key}`);
      return name;
    };
    const store = {
      lookup: async (key: string) => ({ id: reversed(find(key)), name: find(key) }),
      read: async (id: string) => Buffer.from(contents[find(id)] ?? ''),
    };
    return { secrets: async () => store } as unknown as RuntimeParts;
  }

  async function made(
    requests: readonly SecretRequest[],
    parts: RuntimeParts,
    maps?: { hostID: number; size: number },
  ): Promise<ContainerConfig> {
    const lines = maps && [{ containerID: 0, ...maps }];
    const idMaps = lines && { uid: lines, gid: lines };
    const resolved = await resolveSecrets(parts, requests, ['/mnt']);
    copySecrets(staticDir(), resolved, idMaps);
    return { staticDir: staticDir(), secrets: resolved.secrets, isolation: { idMaps } } as unknown as ContainerConfig;
  }

  const spec = { process: { env: ['PW=other', 'A=1'] }, mounts: [{ destination: '/a/b/c/d' }] } as unknown as Spec;

  test('files are copied where nobody else can read, and to the run directory with owner and mode', async () => {
    const parts = partsWith({ pw: 'open sesame', key: 'secret' });
    const config = await made(
      [
        { secret: 'pw' },
        { secret: 'pw', target: '/etc/x', uid: 5, gid: 6, mode: 0o400 },
        { secret: 'yek', type: 'env', target: 'PW' },
      ],
      parts,
    );
    expect(config.secrets).toEqual([
      { type: 'mount', id: 'wp', name: 'pw', target: '/run/secrets/pw', uid: 0, gid: 0, mode: 0o444 },
      { type: 'mount', id: 'wp', name: 'pw', target: '/etc/x', uid: 5, gid: 6, mode: 0o400 },
      { type: 'env', id: 'yek', name: 'key', target: 'PW' },
    ]);
    expect(JSON.stringify(config)).not.toMatch(/sesame|"secret"/);
    const copies = join(staticDir(), 'secrets');
    expect(readdirSync(copies)).toEqual(['0', '1']);
    expect([copies, join(copies, '0')].map(permissions)).toEqual([0o700, 0o600]);

    const removed = partsWith({ key: 'newer' });
    for (let run = 0; run < 2; run += 1) {
      const running = await withSecrets(removed, config, spec, runDir());
      expect(running.process?.env).toEqual(['A=1', 'PW=newer']);
      const options = ['bind', 'rprivate'];
      expect(running.mounts).toEqual([
        { destination: '/etc/x', type: 'bind', source: join(runDir(), 'secrets/1'), options },
        { destination: '/run/secrets/pw', type: 'bind', source: join(runDir(), 'secrets/0'), options },
        { destination: '/a/b/c/d' },
      ]);
      expect(permissions(join(runDir(), 'secrets'))).toBe(0o700);
      expect(permissions(join(runDir(), 'secrets/0'))).toBe(0o444);
      expect(statSync(join(runDir(), 'secrets/1'))).toMatchObject({ uid: 5, gid: 6 });
      expect(permissions(join(runDir(), 'secrets/1'))).toBe(0o400);
      expect(readFileSync(join(runDir(), 'secrets/1'), 'utf8')).toBe('open sesame');
      writeFileSync(join(runDir(), 'secrets/1'), 'what a container wrote');
    }
    expect(describeSecrets(config)).toEqual({
      Secrets: [
        { Name: 'pw', ID: 'wp', UID: 0, GID: 0, Mode: 0o444 },
        { Name: 'pw', ID: 'wp', UID: 5, GID: 6, Mode: 0o400 },
      ],
    });
  });

  test('owners are those of the user namespace', async () => {
    const parts = partsWith({ pw: 'x' });
    const config = await made([{ secret: 'pw', uid: 7, gid: 8 }], parts, { hostID: 100_000, size: 1000 });
    await withSecrets(parts, config, spec, runDir());
    expect(statSync(join(runDir(), 'secrets'))).toMatchObject({ uid: 100_000, gid: 100_000 });
    expect(statSync(join(runDir(), 'secrets/0'))).toMatchObject({ uid: 100_007, gid: 100_008 });
    rmSync(join(staticDir(), 'secrets'), { recursive: true });
    await expect(made([{ secret: 'pw', uid: 1000 }], parts, { hostID: 100_000, size: 1000 })).rejects.toMatchObject({
      code: 'invalid-secret',
      message: expect.stringContaining('1000:0'),
    });
  });

  test('the written spec gives exec its variables, and keeps none of them after the run', async () => {
    const parts = partsWith({ pw: 'a=b\nc' });
    const config = await made([{ secret: 'pw', type: 'env' }], parts);
    expect(describeSecrets(config)).toEqual({});
    forgetVariables(config);
    const path = join(staticDir(), 'config.json');
    const limit = '"rlimits":[{"type":"RLIMIT_CORE","soft":18446744073709551615,"hard":18446744073709551615}]';
    writeFileSync(path, `{"ociVersion":"1.0.2","process":{"env":["A=1","pw=a=b\\nc"],${limit}}}`);
    expect(variablesOfRun(config)).toEqual({ pw: 'a=b\nc' });
    for (let run = 0; run < 2; run += 1) {
      forgetVariables(config);
      expect(readFileSync(path, 'utf8')).toBe(`{"ociVersion":"1.0.2","process":{"env":["A=1"],${limit}}}`);
    }
    expect(permissions(path)).toBe(0o600);
  });

  test.each<[string, SecretRequest[], string]>([
    ['the same place twice', [{ secret: 'pw' }, { secret: 'key', target: 'pw' }], '/run/secrets/pw: duplicate mount destination'],
    ['the place of a mount', [{ secret: 'pw', target: '/mnt/' }], '/mnt: duplicate mount destination'],
    ['the root', [{ secret: 'pw', target: '../..' }], 'the target "../.." is no path of a file'],
    ['the directory of secrets', [{ secret: 'pw', target: '.' }], 'the target "." is no path of a file'],
    ['a name with =', [{ secret: 'pw', type: 'env', target: 'A=B' }], `"A=B" can't be the name of a variable`],
    ['a variable with a zero byte', [{ secret: 'zero', type: 'env' }], `secret zero can't be a variable`],
    ['a variable that is no text', [{ secret: 'bytes', type: 'env' }], `secret bytes can't be a variable`],
    ['a variable with an owner', [{ secret: 'pw', type: 'env', uid: 1 }], 'UID, GID, Mode options cannot be set'],
  ])('%s is refused', async (_, requests, message) => {
    const parts = partsWith({ pw: 'x', key: 'y', zero: 'a\0b', bytes: Buffer.from([0xff, 0xfe]) });
    await expect(resolveSecrets(parts, requests, ['/mnt'])).rejects.toMatchObject({
      code: 'invalid-secret',
      message: expect.stringContaining(message),
    });
  });
});

function reversed(text: string): string {
  return [...text].reverse().join('');
}

function permissions(path: string): number {
  return statSync(path).mode & 0o7777;
}
