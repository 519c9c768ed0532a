import type { ContainerSummary, Image } from '@tspod/core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCommand } from '../fake-context.ts';
import { command as images, tagOf } from './images.ts';
import { command as ps, statusOf } from './ps.ts';

const now = Date.parse('2026-11-23T20:00:00.900Z');
beforeAll(() => {
  vi.useFakeTimers({ now });
});
afterAll(() => {
  vi.useRealTimers();
});

const id = (digit: string) => digit.repeat(64);

const running: ContainerSummary = {
  id: id('a'),
  name: 'up',
  rootfs: { kind: 'image', imageId: id('1'), imageName: 'localhost/busybox:latest' },
  command: ['sh', '-c', 'sleep 1000; echo more'],
  createdAt: '2026-11-23T19:58:59.000Z',
  state: { status: 'running', process: { pid: 42, startTime: 1 }, startedAt: '2026-11-23T19:59:57.800Z' },
  labels: { a: 'b' },
  pid: 42,
  network: 'bridge',
  networks: ['podman'],
  ports: [{ hostAddress: '', hostPort: 8080, containerPort: 80, range: 1, protocol: 'tcp' }],
  mounts: ['/data'],
  autoRemove: false,
  pod: undefined,
  isInfra: false,
  restarts: 0,
  mountPoint: undefined,
};
const ended: ContainerSummary = {
  ...running,
  id: id('b'),
  name: 'over',
  rootfs: { kind: 'directory', path: '/srv', overlay: false },
  command: [],
  state: { status: 'exited', exitCode: 3, finishedAt: '2026-11-23T19:00:00.000Z', oomKilled: false },
  labels: {},
  pid: 0,
  networks: [],
  ports: [],
};
const containers = {
  listContainers: async ({ all }: { all: boolean }) => (all ? [running, ended] : [running]),
};

test('ps prints podman’s table', async () => {
  expect((await runCommand(ps, ['-a'], containers)).stdout).toBe(
    [
      'CONTAINER ID  IMAGE                     COMMAND               CREATED             STATUS                        PORTS                 NAMES',
      'aaaaaaaaaaaa  localhost/busybox:latest  sh -c sleep 1000;...  About a minute ago  Up 3 seconds ago              0.0.0.0:8080->80/tcp  up',
      'bbbbbbbbbbbb                                                  About a minute ago  Exited (3) About an hour ago                        over',
      '',
    ].join('\n'),
  );
});

test('ps without containers prints the titles only', async () => {
  const { stdout } = await runCommand(ps, [], { listContainers: async () => [] });
  expect(stdout).toBe('CONTAINER ID  IMAGE       COMMAND     CREATED     STATUS      PORTS       NAMES\n');
});

test.each([
  [['-q'], `${id('a').slice(0, 12)}\n`],
  [['-aq', '--no-trunc'], `${id('a')}\n${id('b')}\n`],
  [['-q', '-n', '1'], `${id('b').slice(0, 12)}\n`],
  [['-ql'], `${id('b').slice(0, 12)}\n`],
  [['-q', '--last', '0'], `${id('a').slice(0, 12)}\n`],
])('ps %j', async (words, stdout) => {
  expect(await runCommand(ps, words, containers)).toMatchObject({ stdout, exitCode: 0 });
});

test('ps --format json has podman’s fields', async () => {
  const [up, over] = JSON.parse((await runCommand(ps, ['-a', '--format', 'json'], containers)).stdout);
  expect(up).toEqual({
    AutoRemove: false,
    Command: ['sh', '-c', 'sleep 1000; echo more'],
    CreatedAt: 'About a minute ago',
    Exited: false,
    ExitedAt: -62135596800,
    ExitCode: 0,
    Id: id('a'),
    Image: 'localhost/busybox:latest',
    ImageID: id('1'),
    IsInfra: false,
    Labels: { a: 'b' },
    Mounts: ['/data'],
    Names: ['up'],
    Namespaces: {},
    Networks: ['podman'],
    Pid: 42,
    Pod: '',
    PodName: '',
    Ports: [{ host_ip: '', container_port: 80, host_port: 8080, range: 1, protocol: 'tcp' }],
    Size: null,
    StartedAt: Date.parse('2026-11-23T19:59:57Z') / 1000,
    State: 'running',
    Status: 'Up 3 seconds ago',
    Created: Date.parse('2026-11-23T19:58:59Z') / 1000,
  });
  expect(over).toMatchObject({
    Exited: true,
    ExitCode: 3,
    Image: '',
    Labels: null,
    Command: null,
    Pid: 0,
    StartedAt: -62135596800,
  });
});

test('a template is used for each container, one with an unknown field is refused', async () => {
  const shown = await runCommand(ps, ['-a', '--format', 'table {{.Names}} {{.State}}'], containers);
  expect(shown.stdout).toMatch(/^NAMES +STATE\n/);
  const { failure, stdout } = await runCommand(ps, ['-a', '--format', '{{.Nope}}'], containers);
  expect(failure).toMatchObject({ message: expect.stringContaining("can't evaluate field Nope in type containers.psReporter") });
  expect(stdout).toBe('');
});

test('states without a time', () => {
  expect(statusOf({ state: { status: 'configured' } }, now)).toBe('Created');
  expect(statusOf({ state: { status: 'created', process: { pid: 1, startTime: 1 } } }, now)).toBe('Initialized');
});

const image = (digit: string, names: string[], createdAt: string): Image => ({
  id: id(digit),
  digest: `sha256:${id(digit)}`,
  digests: [`sha256:${id(digit)}`],
  names,
  namesHistory: names,
  topLayer: undefined,
  createdAt,
  size: 2_131_027,
  readOnly: false,
  isManifestList: false,
});
const old = image('1', ['localhost/busybox:latest', 'quay.io:443/x/y:v1'], '2026-11-23T19:58:00.123456Z');
const step = image('2', [], '2026-11-23T19:59:58Z');
const documents: Record<string, object> = { [old.id]: { Labels: null }, [step.id]: { Labels: null } };
const store = (...all: Image[]) => ({
  ...containers,
  images: {
    list: async () => all,
    inspect: async (reference: string) => documents[reference],
    filter: async (filters: object) => {
      expect({ ...filters }).toEqual({ intermediate: ['false'] });
      return async ({ id }: Image) => all.length === 1 || id !== step.id;
    },
  },
});

test('images prints podman’s table, a row per name, the newest image first', async () => {
  expect((await runCommand(images, ['--all'], store(old, step))).stdout).toBe(
    [
      'REPOSITORY         TAG         IMAGE ID      CREATED        SIZE',
      '<none>             <none>      222222222222  2 seconds ago  2.13 MB',
      'localhost/busybox  latest      111111111111  2 minutes ago  2.13 MB',
      'quay.io:443/x/y    v1          111111111111  2 minutes ago  2.13 MB',
      '',
    ].join('\n'),
  );
});

test('images hides steps of a build unless asked', async () => {
  expect((await runCommand(images, ['-q'], store(old, step))).stdout).toBe('111111111111\n');
  expect((await runCommand(images, ['-q', '--no-trunc'], store(step))).stdout).toBe(`sha256:${id('2')}\n`);
});

test('images --format json has podman’s fields', async () => {
  const described = JSON.parse((await runCommand(images, ['--format', 'json'], store(old))).stdout);
  expect(described).toHaveLength(2);
  expect(described[0]).toEqual({
    Id: id('1'),
    ParentId: '',
    RepoTags: null,
    RepoDigests: [`localhost/busybox@sha256:${id('1')}`, `quay.io:443/x/y@sha256:${id('1')}`],
    Size: 2_131_027,
    SharedSize: 0,
    VirtualSize: 2_131_027,
    Labels: null,
    Containers: 1,
    Names: old.names,
    Digest: `sha256:${id('1')}`,
    History: old.names,
    Created: Date.parse('2026-11-23T19:58:00Z') / 1000,
    CreatedAt: '2026-11-23T19:58:00Z',
  });
});

test('a name with a digest has no tag', () => {
  expect(tagOf('localhost/x:1')).toBe('1');
  expect(tagOf('localhost:5000/x')).toBeUndefined();
  expect(tagOf(`localhost/x@sha256:${id('1')}`)).toBeUndefined();
});
