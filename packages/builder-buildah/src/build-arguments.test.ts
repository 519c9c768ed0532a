import { expect, test } from 'vitest';
import { buildArguments } from './build-arguments.ts';

const settings = { graphRoot: '/graph', runRoot: '/run/x' };
const withFlags = (...flags: readonly (readonly [string, string])[]) => buildArguments(settings, { context: '/src', flags }, {});

test('the store comes first, podman’s own defaults, then the flags and the context', () => {
  expect(withFlags(['tag', 'web:v1'], ['build-arg', 'a=b,c'])).toEqual([
    '--root=/graph',
    '--runroot=/run/x',
    '--storage-driver=overlay',
    'build',
    '--force-rm=true',
    '--layers=true',
    '--pull=false',
    '--tag=web:v1',
    '--build-arg=a=b,c',
    '--',
    '/src',
  ]);
});

test.each([
  [['pull', 'true'], '--pull=always'],
  [['pull', 'newer'], '--pull=true'],
  [['pull', 'never'], '--pull=never'],
  [['pull-never', 'true'], '--pull=never'],
  [['pull-always', 'true'], '--pull=always'],
  [['squash-all', 'true'], '--squash=true'],
  [['force-rm', 'false'], '--force-rm=false'],
] as const)('--%s is %s', (flag, wanted) => {
  expect(withFlags(flag)).toContain(wanted);
});

test('what is squashed is not kept layer by layer, and BUILDAH_LAYERS has its say', () => {
  expect(withFlags(['squash', 'true'])).toContain('--layers=false');
  expect(withFlags(['squash', 'true'])).not.toContain('--squash=true');
  const flags = buildArguments(settings, { context: '/src' }, { BUILDAH_LAYERS: 'false' });
  expect(flags.some((flag) => flag.startsWith('--layers'))).toBe(false);
});

test('without a context there is none', () => {
  expect(buildArguments(settings, { flags: [['file', 'x']] }, {}).at(-1)).toBe('--file=x');
});

test('the runtime, its flags, the manager and the policy are handed on', () => {
  const given = {
    ...settings,
    cgroupManager: 'cgroupfs' as const,
    runtime: '/usr/bin/crun',
    runtimeFlags: ['--debug'],
    hooksDirectories: ['/hooks'],
    policyPath: '/p.json',
  };
  const flags = buildArguments(given, { context: '.' }, {});
  expect(flags).toEqual(
    expect.arrayContaining([
      '--cgroup-manager=cgroupfs',
      '--runtime=/usr/bin/crun',
      '--hooks-dir=/hooks',
      '--runtime-flag=debug',
      '--signature-policy=/p.json',
    ]),
  );
});
