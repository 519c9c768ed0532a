import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cdiEdits, checkCdiSpec, isCdiDevice, withCdiEdits } from './cdi.ts';
import { isMeant, parseHook, readHooks, withHooks } from './hooks.ts';

let directory: string;
const path = (name: string) => join(directory, name);
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-plugins-'));
  for (const name of ['one', 'two']) mkdirSync(path(name));
});
afterAll(() => rmSync(directory, { recursive: true }));

const hook = (changes: object = {}) =>
  JSON.stringify({ version: '1.0.0', hook: { path: '/bin/sh' }, when: { always: true }, stages: ['prestart'], ...changes });

describe('hooks', () => {
  const subject = { command: ['/usr/bin/app', 'x'], annotations: { 'org.example.key': 'value' }, hasBindMounts: false };

  test.each([
    [{ always: true }, true],
    [{ always: false }, false],
    [{ commands: ['^/usr/bin/app$'] }, true],
    [{ commands: ['^/other$', 'app'] }, true],
    [{ commands: ['^x$'] }, false],
    [{ hasBindMounts: true }, false],
    [{ hasBindMounts: false }, true],
    [{ annotations: { '^org\\.example\\.key$': '^val' } }, true],
    [{ annotations: { '^org\\.example\\.key$': '^other' } }, false],
    [{ always: true, commands: ['^x$'] }, false],
  ])('%j: %s', (when, expected) => {
    expect(isMeant(when, subject)).toBe(expected);
  });

  test.each([
    ['{', 'parsing hook "/h.json"'],
    [hook({ version: '2.0.0' }), 'unrecognized hook version: "2.0.0"'],
    [hook({ hook: {} }), 'missing required property: hook.path'],
    [hook({ hook: { path: 'sh' } }), 'is not absolute'],
    [hook({ hook: { path: '/no/such/hook' } }), 'stat /no/such/hook: no such file or directory'],
    [hook({ hook: { path: '/bin/sh', timeout: 0 } }), 'hook.timeout'],
    [hook({ when: {} }), 'missing required property: when'],
    [hook({ when: { commands: ['('] } }), 'nvalid regular expression'],
    [hook({ stages: [] }), 'missing required property: stages'],
    [hook({ stages: ['never'] }), 'unknown stage "never"'],
  ])('%s is refused', (text, message) => {
    expect(() => parseHook(text, '/h.json')).toThrow(message);
  });

  test('a later directory’s file takes the place of an earlier one’s', () => {
    writeFileSync(path('one/b.json'), hook());
    writeFileSync(path('one/a.json'), hook());
    writeFileSync(path('two/b.json'), hook({ stages: ['poststop'] }));
    writeFileSync(path('two/readme'), 'no hook');
    expect(readHooks([path('one'), path('two'), path('nosuch')]).map(({ stages }) => stages)).toEqual([
      ['prestart'],
      ['poststop'],
    ]);
  });

  test('precreate hooks change the spec, others are handed to the runtime', async () => {
    const definitions = [
      parseHook(hook({ stages: ['prestart', 'precreate'] }), ''),
      parseHook(hook({ stages: ['poststop'], when: { always: false } }), ''),
    ];
    const spec = { ociVersion: '1.0.2', hostname: 'before' };
    const changed = await withHooks(spec, definitions, subject, async (_, input) =>
      JSON.stringify({ ...JSON.parse(input), hostname: 'after' }),
    );
    expect(changed).toEqual({ ociVersion: '1.0.2', hostname: 'after', hooks: { prestart: [{ path: '/bin/sh' }] } });
    await expect(withHooks(spec, definitions, subject, async () => 'no JSON')).rejects.toMatchObject({ code: 'hook-failed' });
  });
});

describe('devices of the Container Device Interface', () => {
  const spec = (devices: object[], rest: object = {}) =>
    JSON.stringify({ cdiVersion: '0.5.0', kind: 'example.com/thing', devices, ...rest });

  test('their names', () => {
    expect(isCdiDevice('example.com/thing=one')).toBe(true);
    for (const text of ['/dev/null', '/dev/a=b', 'example.com=one', 'example.com/thing=', '/a/b=c'])
      expect(isCdiDevice(text)).toBe(false);
  });

  test('edits of the device follow those of its spec, which come once', async () => {
    const directories = [path('cdi-one'), path('cdi-two')];
    for (const each of directories) mkdirSync(each);
    const shared = { containerEdits: { env: ['ALL=1'] } };
    writeFileSync(path('cdi-one/a.json'), spec([{ name: 'a', containerEdits: { env: ['A=old'] } }, { name: 'b' }], shared));
    writeFileSync(path('cdi-two/a.json'), spec([{ name: 'a', containerEdits: { env: ['A=1'] } }], shared));
    writeFileSync(path('cdi-two/broken.json'), '{');
    const edits = await cdiEdits(['example.com/thing=a', 'example.com/thing=b'], directories);
    expect(edits.map(({ env }) => env)).toEqual([['ALL=1'], ['A=1'], ['ALL=1']]);
    await expect(cdiEdits(['example.com/thing=c', 'x.org/y=z'], directories)).rejects.toThrow(
      'setting up CDI devices: unresolvable CDI devices example.com/thing=c, x.org/y=z',
    );
    writeFileSync(path('cdi-two/b.json'), spec([{ name: 'a' }]));
    await expect(cdiEdits(['example.com/thing=a'], directories)).rejects.toThrow('unresolvable CDI devices');
  });

  test('specs in YAML', async () => {
    const directory = path('cdi-yaml');
    mkdirSync(directory);
    const document = [
      'cdiVersion: "0.5.0"',
      'kind: example.com/thing',
      'devices:',
      '- name: "0"',
      '  containerEdits: {env: [A=1]}',
    ];
    writeFileSync(`${directory}/a.yaml`, document.join('\n'));
    writeFileSync(`${directory}/b.yml`, 'kind: [');
    expect(await cdiEdits(['example.com/thing=0'], [directory])).toEqual([{ env: ['A=1'] }]);
    await expect(cdiEdits(['example.com/thing=1'], [directory])).rejects.toMatchObject({
      hint: expect.stringContaining(`${directory}/b.yml: `),
    });
  });

  test.each([
    [{ cdiVersion: 'x' }, 'cdiVersion'],
    [{ kind: 'thing' }, 'kind'],
    [{ devices: [] }, 'no devices'],
    [{ devices: [{ name: '=' }] }, 'no valid name'],
    [{ containerEdits: { env: ['A'] } }, 'NAME=VALUE'],
    [{ containerEdits: { deviceNodes: [{ path: 'x' }] } }, 'absolute'],
    [{ containerEdits: { mounts: [{ hostPath: '/x' }] } }, 'mount'],
    [{ containerEdits: { hooks: [{ path: '/x' }] } }, 'hook'],
  ])('a spec with %j is refused', (changes, message) => {
    expect(() => checkCdiSpec(JSON.parse(spec([{ name: 'a' }], changes)))).toThrow(message);
  });

  test('all kinds of edits', async () => {
    const host = {
      devicesAt: async (at: string) =>
        at === '/dev/real'
          ? {
              kind: 'device' as const,
              devices: [{ path: at, type: 'c' as const, major: 1, minor: 2, fileMode: 0o600, uid: 0, gid: 0, below: '' }],
            }
          : undefined,
    };
    const before = {
      ociVersion: '1.0.2',
      process: { user: { uid: 0, gid: 0 }, cwd: '/', env: ['A=0', 'B=0'] },
      mounts: [{ destination: '/m' }],
      linux: { resources: { devices: [{ allow: false }] } },
    };
    const edit = {
      env: ['A=1'],
      deviceNodes: [
        { path: '/dev/shown', hostPath: '/dev/real', permissions: 'r' },
        { path: '/dev/made', type: 'b', major: 7, minor: 8, fileMode: 0o640, uid: 5 },
      ],
      mounts: [{ hostPath: '/lib/x', containerPath: '/m', options: ['ro', 'bind'] }],
      hooks: [{ hookName: 'createContainer', path: '/bin/true', args: ['true'] }],
    };
    expect(await withCdiEdits(before, [edit], host)).toEqual({
      ...before,
      process: { ...before.process, env: ['A=1', 'B=0'] },
      mounts: [{ destination: '/m', type: 'bind', source: '/lib/x', options: ['ro', 'bind'] }],
      hooks: { createContainer: [{ path: '/bin/true', args: ['true'] }] },
      linux: {
        devices: [
          { path: '/dev/shown', type: 'c', major: 1, minor: 2, fileMode: 0o600, uid: 0, gid: 0 },
          { path: '/dev/made', type: 'b', major: 7, minor: 8, fileMode: 0o640, uid: 5 },
        ],
        resources: {
          devices: [
            { allow: false },
            { allow: true, type: 'c', major: 1, minor: 2, access: 'r' },
            { allow: true, type: 'b', major: 7, minor: 8, access: 'rwm' },
          ],
        },
      },
    });
    await expect(withCdiEdits(before, [{ deviceNodes: [{ path: '/dev/none' }] }], host)).rejects.toMatchObject({
      code: 'unresolvable-device',
    });
  });
});
