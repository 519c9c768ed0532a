import { describe, expect, it } from 'vitest';
import { NotFoundError } from '../errors.ts';
import type { ContainerConfig } from './config.ts';
import { type ContainerFilters, containerFilter, type FilterSubject, parseFilters } from './filters.ts';
import type { ContainerState } from './state.ts';

const imageId = '5a671dbf'.padEnd(64, '1');

function subject(
  name: string,
  id: string,
  config: Partial<ContainerConfig>,
  state: ContainerState,
  rest: Partial<FilterSubject> = {},
): FilterSubject {
  return {
    config: {
      id: id.padEnd(64, '0'),
      name,
      labels: {},
      createdAt: `2026-11-24T04:00:0${id[0]}.000Z`,
      rootfs: { kind: 'image', imageId, imageName: 'localhost/busybox:latest' },
      spec: { mounts: [{ destination: '/dev/shm', source: 'shm' }] },
      userMounts: [],
      ...config,
    } as unknown as ContainerConfig,
    state,
    ...rest,
  };
}

const alive = { process: { pid: 1, startTime: 1 }, startedAt: '' };
const over = { finishedAt: '', oomKilled: false };
const policy = (name: 'always' | 'unless-stopped' | 'no') => ({ restartPolicy: { name, maximumRetries: 0 } });
const mount = (source: string, destination: string) => ({
  userMounts: [{ type: 'bind' as const, source, destination, options: [] }],
});

const containers = [
  subject(
    'one',
    '1abc',
    { labels: { 'com.x': '1', k: 'v' }, ...mount('/tmp', '/data') },
    { status: 'configured' },
    { podId: 'f00d', podName: 'group' },
  ),
  subject(
    'two',
    '2abd',
    { ...policy('always'), ...mount('/tmp', '/other') },
    { status: 'running', ...alive },
    { networks: ['front'], health: 'healthy' },
  ),
  subject('three', '3bc', { ...policy('no'), labels: { k: 'w' } }, { status: 'exited', exitCode: 5, ...over }),
  subject(
    'four',
    '4de',
    { rootfs: { kind: 'directory', path: '/r', overlay: false } },
    { status: 'stopped', exitCode: 0, ...over },
  ),
  subject('five', '5ef', policy('unless-stopped'), { status: 'created', process: alive.process }, { stoppedByUser: true }),
  subject(
    'six',
    '6ef',
    { ...policy('unless-stopped'), rootfs: { kind: 'image', imageId: 'ab'.repeat(32), imageName: 'other:v1' } },
    { status: 'paused', ...alive },
  ),
];

const lookups = {
  async container(name: string) {
    const found = containers.find(({ config }) => config.name === name);
    if (found === undefined) throw new NotFoundError(name, { code: 'no-such-container' });
    return found.config;
  },
  now: () => Date.parse('2026-11-24T04:00:04.500Z'),
};

async function chosen(filters: ContainerFilters, verb?: 'prune'): Promise<string> {
  const fits = await containerFilter(filters, lookups, verb);
  return containers
    .filter(fits)
    .map(({ config }) => config.name)
    .join(' ');
}

describe('containerFilter', () => {
  // the answers of podman 4.3 where it has the key
  it.each([
    ['id=1abc', 'one'],
    ['id=bc', 'one three'],
    ['id=^2', 'two'],
    ['name=o', 'one two four'],
    ['name=^t.*e$', 'three'],
    ['name=^t name=six', 'two three six'],
    ['label=k', 'one three'],
    ['label=k=v', 'one'],
    ['label=k=v*', ''],
    ['label=com.*', 'one'],
    ['label=com', ''],
    ['label=k label=com.x', 'one'],
    ['label=k label=zz', ''],
    ['exited=5', 'three'],
    ['exited=5 exited=0', 'three four'],
    ['status=created', 'one'],
    ['status=initialized', 'five'],
    ['status=exited', 'three four'],
    ['status=stopped', 'three four'],
    ['status=paused status=running', 'two six'],
    ['status=exited exited=5', 'three'],
    ['ancestor=localhost/busybox', 'one two three five'],
    ['ancestor=localhost/busybox:latest', 'one two three five'],
    ['ancestor=busybox', ''],
    ['ancestor=other', ''],
    ['ancestor=other:v1', 'six'],
    [`ancestor=${imageId}`, 'one two three five'],
    [`ancestor=${imageId.slice(0, 12)}`, ''],
    ['before=three', 'one two'],
    ['before=three before=two', 'one'],
    ['since=four', 'five six'],
    ['since=four since=three', 'four five six'],
    ['until=2s', 'one two'],
    ['until=2026-11-24T04:00:02Z', 'one'],
    ['volume=/tmp', 'one two'],
    ['volume=/tmp:/data', 'one'],
    ['volume=/data', ''],
    ['volume=shm', 'one two three four five six'],
    ['network=front', 'two'],
    ['network=none', ''],
    ['pod=group', 'one'],
    ['pod=f0', 'one'],
    ['pod=x', ''],
    ['health=healthy', 'two'],
    ['restart-policy=none', 'one four'],
    ['restart-policy=no', 'three'],
    ['restart-policy=always', 'two'],
    ['restart-policy=unless-stopped restart-policy=always', 'two five six'],
    ['should-start-on-boot=true', 'two six'],
  ])('%s', async (texts, expected) => {
    expect(await chosen(parseFilters(texts.split(' ')))).toBe(expected);
  });

  it.each([
    'foo=bar',
    'status=foo',
    'exited=a',
    'until=xx',
    'until=1s until=2s',
    'restart-policy=foo',
    'restart-policy=',
    'pod=',
    'name=(',
    'label!=k',
    'should-start-on-boot=x',
  ])('refuses %s', async (texts) => {
    await expect(chosen(parseFilters(texts.split(' ')))).rejects.toMatchObject({ kind: 'invalid-argument' });
  });

  it('names a container that is not there', async () => {
    await expect(chosen({ before: ['nosuch'] })).rejects.toMatchObject({ code: 'no-such-container' });
  });

  it('prunes by labels and age only', async () => {
    expect(await chosen(parseFilters(['label!=k=v']), 'prune')).toBe('two three four five six');
    expect(await chosen({ until: ['2s'], label: ['k'] }, 'prune')).toBe('one');
    await expect(chosen({ status: ['exited'] }, 'prune')).rejects.toMatchObject({ code: 'invalid-filter' });
  });
});

describe('parseFilters', () => {
  it('collects values by key', () => {
    expect(parseFilters(['a=1', 'b=x=y', 'a=2', 'constructor=z', 'label!=q'])).toEqual({
      a: ['1', '2'],
      b: ['x=y'],
      constructor: ['z'],
      'label!': ['q'],
    });
  });

  it.each(['a', '=b', ''])('refuses "%s"', (text) => {
    expect(() => parseFilters([text])).toThrow(`filter input must be in the form of filter=value: ${text} is invalid`);
  });
});
