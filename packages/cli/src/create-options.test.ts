import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command as create } from './commands/create.ts';
import { runCommand } from './fake-context.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-cli-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

async function optionsOf(...words: string[]) {
  let seen: object | undefined;
  const runtime = {
    createContainer: async (options: object) => {
      seen = options;
      return { id: 'f00' };
    },
  };
  const { failure, stdout } = await runCommand(create, words, runtime);
  if (failure !== undefined) throw failure;
  expect(stdout).toBe('f00\n');
  return seen;
}

test('what is not said is left to the engine', async () => {
  const options = await optionsOf('busybox');
  expect(options).toMatchObject({ rootfs: { image: 'busybox' }, command: [], autoRemove: false, mounts: [], environment: {} });
  const said = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  expect(said.map(([name]) => name)).not.toEqual(expect.arrayContaining(['entrypoint']));
  expect(Object.fromEntries(said)).not.toHaveProperty('network');
  expect(Object.fromEntries(said)).not.toHaveProperty('init');
});

test('flags after the image belong to the command', async () => {
  expect(await optionsOf('-i', 'busybox', 'ls', '-l', '--rm')).toMatchObject({
    stdin: true,
    autoRemove: false,
    command: ['ls', '-l', '--rm'],
    createCommand: ['tspod', '-i', 'busybox', 'ls', '-l', '--rm'],
  });
});

test.each([
  [['--entrypoint', 'echo'], { entrypoint: ['echo'] }],
  [['--entrypoint', '["echo","a b"]'], { entrypoint: ['echo', 'a b'] }],
  [['--entrypoint', ''], { entrypoint: [] }],
  [['--entrypoint', '["echo"'], { entrypoint: ['["echo"'] }],
  [['--entrypoint', '5'], { entrypoint: ['5'] }],
  [['-l', 'a=b=c', '--label', 'd,e'], { labels: { a: 'b=c', 'd,e': '' } }],
  [['--annotation', 'x=1,y=2'], { annotations: { x: '1', y: '2' } }],
  [
    ['-v', './rel:/x:ro', '--tmpfs', '/t:size=1m'],
    {
      mounts: [
        { type: 'bind', source: '/work/rel', destination: '/x', options: ['ro'] },
        { type: 'tmpfs', destination: '/t', options: ['size=1m'] },
      ],
    },
  ],
  [['--net', 'host', '-h', 'box'], { network: 'host', hostname: 'box' }],
  [['--pidfile', 'pid'], { pidFile: '/work/pid' }],
  [['--log-driver', 'none', '--log-opt', 'path=log'], { logDriver: 'none', logOptions: { path: '/work/log' } }],
  [['--cap-add', 'a,b', '--cap-drop', 'all'], { capAdd: ['a', 'b'], capDrop: ['all'] }],
  [
    ['-t', '--init', '--privileged', '--read-only', '--rm'],
    { terminal: true, init: true, privileged: true, readOnly: true, autoRemove: true },
  ],
  [
    ['-u', '1:2', '-w', '/w', '--stop-timeout', '0', '--stop-signal', 'USR1'],
    { user: '1:2', workingDirectory: '/w', stopTimeout: 0, stopSignal: 'USR1' },
  ],
])('%j', async (words, expected) => {
  expect(await optionsOf(...words, 'busybox')).toMatchObject(expected);
});

test('an empty value, as of a variable that is not set, says nothing', async () => {
  const names =
    'name workdir hostname uts pid ipc cgroupns pod pod-id-file stop-signal log-driver cgroup-parent cgroups health-on-failure ' +
    'health-interval image-volume arch os variant platform pull env';
  const flags = names.split(' ').map((name) => `--${name}=`);
  expect({ ...(await optionsOf(...flags, 'busybox')), createCommand: undefined }).toEqual({
    ...(await optionsOf('busybox')),
    createCommand: undefined,
  });
});

test.each(['host', 'none'])('--shm-size is refused with --ipc %s', async (mode) => {
  await expect(optionsOf('--ipc', mode, '--shm-size', '1m', 'busybox')).rejects.toThrow('cannot set --shm-size');
});

test('a directory, as it is or under a throw-away layer', async () => {
  expect(await optionsOf('--rootfs', 'root', 'sh')).toMatchObject({
    rootfs: { directory: '/work/root', overlay: false },
    command: ['sh'],
  });
  expect(await optionsOf('--rootfs', '/srv/root:O', 'sh')).toMatchObject({ rootfs: { directory: '/srv/root', overlay: true } });
});

test('files give way to flags', async () => {
  const env = join(directory, 'env');
  const labels = join(directory, 'labels');
  writeFileSync(env, '# comment\nA=file\nB=file\nHOST_VARIABLE\n');
  writeFileSync(labels, '# comment\n\na=file\n  b\n');
  expect(await optionsOf('-e', 'A=flag', '--env-file', env, '-l', 'a=flag', '--label-file', labels, 'x')).toMatchObject({
    environment: { A: 'flag', B: 'file', HOST_VARIABLE: 'from host' },
    labels: { a: 'flag', b: '' },
  });
});

test('--cidfile is taken first and given back when nothing is made', async () => {
  const cidFile = join(directory, 'cid');
  const failing = { createContainer: () => Promise.reject(new Error('no')) };
  expect(await runCommand(create, ['--cidfile', cidFile, 'x'], failing)).toMatchObject({ failure: { message: 'no' } });
  expect(await optionsOf('--cidfile', cidFile, 'x')).toMatchObject({ cidFile });
  expect(await runCommand(create, ['--cidfile', cidFile, 'x'])).toMatchObject({ failure: { code: 'cid-file-exists' } });
});
