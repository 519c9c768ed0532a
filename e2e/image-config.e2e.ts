import { writeFileSync } from 'node:fs';
import { writeBusyboxArchive } from '@tspod/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { busybox, Store } from './support/store.ts';

let store: Store;
const image = 'localhost/configured:1';

beforeAll(async () => {
  store = await Store.create();
  const archive = store.path('configured.tar');
  writeBusyboxArchive(archive, {
    name: image,
    config: {
      User: 'user:1',
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      Env: ['PATH=/bin', 'A=of the image', 'EMPTY='],
      Entrypoint: ['/bin/sh', '-c'],
      Cmd: ['echo "$0|$A|$EMPTY|$PWD|$HOME|$(id -u):$(id -g)|$(stat -c %U:%a /data)"', 'zero'],
      Volumes: { '/data': {} },
      WorkingDir: '/made/for/it',
      Labels: { of: 'the image', both: 'image' },
      StopSignal: 'SIGUSR1',
      Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 3_600_000_000_000, Retries: 2 },
      OnBuild: ['RUN false'],
    },
  });
  await store.must('load', '-q', '-i', archive);
});

afterAll(() => store[Symbol.asyncDispose]());

const containerOf = (text: string) => JSON.parse(text)[0];

/** What of a container comes from the image, in podman's words. */
function applied({ Path, Args, Config, Mounts }: ReturnType<typeof containerOf>) {
  const { Cmd, Entrypoint, Env, Healthcheck, Labels, OnBuild, StopSignal, User, WorkingDir } = Config;
  return {
    ...{ Path, Args, Cmd, Entrypoint, Healthcheck, Labels, OnBuild, StopSignal, User, WorkingDir },
    // podman adds these to its answer when the container has run
    Env: Env.filter((variable: string) => !/^(HOSTNAME|HOME)=/.test(variable)).sort(),
    Mounts: Mounts.map(({ Type, Destination }: { Type: string; Destination: string }) => `${Type} ${Destination}`),
  };
}

describe('the config of an image is applied as podman applies it', () => {
  afterEach(() => Promise.all([store.must('rm', '-f', '-v', 'ours'), store.mustPodman('rm', '-f', '-v', 'theirs')]));

  it.each<[readonly string[], readonly string[]]>([
    [[], []],
    [[], ['echo own command; echo $0', 'first']],
    [
      ['--entrypoint', ''],
      ['id', '-u'],
    ],
    [['--entrypoint', '["echo","two words"]'], ['three']],
    [['-u', '0', '-w', '/', '-e', 'A=own', '--unsetenv', 'EMPTY'], []],
    [['-u', 'user', '--label', 'both=own', '--stop-signal', 'INT', '--no-healthcheck'], ['id']],
    [['--image-volume', 'tmpfs', '--health-cmd', 'false'], ['id']],
  ])('%j %j', async (flags, command) => {
    const words = ['--network', 'none', ...flags, image, ...command];
    const [ours, theirs] = await Promise.all([
      store.tspod(['run', '--name', 'ours', ...words]),
      store.podman(['run', '--name', 'theirs', ...words]),
    ]);
    // podman complains of the systemd that is not there for its health checks
    expect(ours).toEqual({ ...theirs, stderr: '' });
    expect(applied(containerOf(await store.must('inspect', 'ours')))).toEqual(
      applied(containerOf(await store.mustPodman('inspect', 'theirs'))),
    );
  });
});

it('users are looked up inside of the image, wherever its files point', async () => {
  const outside = store.path('passwd');
  writeFileSync(outside, 'intruder:x:0:0::/:/bin/sh\n');
  for (const target of [outside, `../../../../../../../..${outside}`]) {
    const script = `rm /etc/passwd; ln -s ${target} /etc/passwd; rm /etc/group; ln -s ${target} /etc/group`;
    await store.must('run', '--network', 'none', '--name', 'trap', busybox, 'sh', '-c', script);
    await store.must('commit', '-q', '-c', 'USER intruder', 'trap', 'localhost/trap:1');
    await store.must('rm', 'trap');
    const ours = await store.tspod(['run', '--rm', '--network', 'none', 'localhost/trap:1', 'id']);
    expect(ours).toMatchObject({ stdout: '', stderr: expect.stringContaining('unable to find user intruder') });
    const theirs = await store.podman(['run', '--rm', '--network', 'none', 'localhost/trap:1', 'id']);
    expect(ours.exitCode).toBe(theirs.exitCode);
  }
});
