import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './support/machine.ts';
import { busybox, launcher, Store } from './support/store.ts';

/** A copy as podman is asked for it, too. What is given of `says` is what both say. */
interface Row {
  readonly from: string;
  readonly to: string;
  readonly says?: string;
  readonly input?: string;
}

/** `r` runs and `s` never did; `bf` and `bd` are a file and a directory of the host, `vol` a volume. */
const table: readonly Row[] = [
  { from: 'f', to: 'r:/etc/hosts', says: 'device or resource busy' },
  { from: 'f', to: 'r:/bf', says: 'device or resource busy' },
  { from: 'f', to: 'r:/etc/plain' },
  { from: 'f', to: 'r:/vol/r' },
  { from: 'f', to: 'r:/bd' },
  { from: 'f', to: 'r:/tmpf/r' },
  { from: 'r:/tmpf/r', to: 'out-tmpfs' },
  { from: 'r:/bf', to: 'out-file' },
  { from: 'f', to: 's:/vol' },
  { from: 'f', to: 's:/deep/er/s' },
  { from: 's:/vol/f', to: 'out-volume' },
  { from: 's:/deep', to: 'x', says: 'could not be found' },
  { from: 'd/.', to: 's:/bd' },
  { from: 'r:/proc/cpuinfo', to: 'x' },
  { from: 'nosuch', to: 'r:/x', says: '"nosuch" could not be found on the host: no such file or directory' },
  { from: 'r:/nosuch', to: 'x', says: '"/nosuch" could not be found on container' },
  { from: 'f', to: 'r:/no/such', says: '"/no/such" could not be found on container' },
  { from: 'd', to: 'r:/etc/passwd', says: 'destination must be a directory when copying a directory' },
  { from: '-', to: 'r:/tmp', input: '', says: 'source must be a (compressed) tar archive when copying from stdin' },
  { from: '-', to: 'r:/etc/passwd', input: '', says: 'destination must be a directory when copying from stdin' },
];

type Command = Store['tspod'];

interface Mount {
  readonly path: string;
  readonly count: number;
}

async function prepare(store: Store, must: Store['must']): Promise<void> {
  for (const name of ['d', 'bd']) mkdirSync(store.path(name));
  for (const [name, content] of Object.entries({ f: 'new', bf: 'bound', 'd/in': 'inside' }))
    writeFileSync(store.path(name), content);
  const places = [`${store.path('bf')}:/bf`, `${store.path('bd')}:/bd`, 'vol:/vol', 'deep:/deep/er'];
  const mounts = [...places.flatMap((place) => ['-v', place]), '--tmpfs', '/tmpf'];
  await must('run', '-d', '--name', 'r', ...mounts, busybox, 'sleep', '1000');
  await must('create', '--name', 's', ...mounts, busybox, 'sleep', '1000');
}

/** Exit codes and messages of the table, and the files after it. */
async function outcomeOf(store: Store, command: Command): Promise<readonly unknown[]> {
  const outcome: unknown[] = [];
  for (const { from, to, says = '', input } of table) {
    const options = { cwd: store.path('.'), ...(input !== undefined && { input }) };
    const { exitCode, stderr } = await command(['cp', from, to], options);
    outcome.push(`${from} ${to}: ${exitCode} ${stderr.includes(says) ? says : stderr}`);
  }
  const look =
    'cat /bf /etc/plain /vol/* /bd/* /deep/er/*; grep -c new /etc/hosts; grep -oE " (/bf|/etc/hosts) " /proc/mounts | sort';
  outcome.push((await command(['exec', 'r', 'sh', '-c', look])).stdout);
  for (const name of ['bf', 'bd/f', 'bd/in', 'out-tmpfs', 'out-file', 'out-volume']) outcome.push(contentOf(store.path(name)));
  mkdirSync(store.path('whole'));
  outcome.push(await command(['cp', 'r:/', store.path('whole')]));
  for (const name of ['proc', 'sys', 'dev', 'etc/hosts', 'vol/r', 'bd/f'])
    outcome.push(existsSync(`${store.path('whole')}/${name}`));
  return outcome;
}

function contentOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

let podmans: readonly unknown[];
beforeAll(async () => {
  await using store = await Store.create({ runtime: 'crun' });
  try {
    await prepare(store, store.mustPodman.bind(store));
    podmans = await outcomeOf(store, store.podman.bind(store));
  } finally {
    await store.podman(['rm', '-fat0']);
  }
});

describe.each(['crun', 'runc'] as const)('cp with %s', (runtime) => {
  it('does what podman does, leaves the same files, and reaches a file that is bound into a stopped container', async () => {
    await using store = await Store.create({ runtime });
    await prepare(store, store.must.bind(store));
    const outcome = await outcomeOf(store, store.tspod.bind(store));
    expect(outcome).toEqual(podmans);
    for (const [at, { says }] of table.entries()) expect(outcome[at]).toContain(says ?? '');

    await store.must('cp', 's:/bf', store.path('out-bound'));
    expect(contentOf(store.path('out-bound'))).toBe('bound');
    const refused = await store.tspod(['cp', store.path('f'), 's:/bf']);
    expect(refused).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('device or resource busy') });
    expect(contentOf(store.path('bf'))).toBe('bound');
    expect((await store.must('cp', 'r:/', '-')).includes('etc/passwd')).toBe(true);
    const mountCounts = async (): Promise<number[]> => {
      const volumes = JSON.parse(await store.must('volume', 'inspect', 'vol', 'deep'));
      return volumes.map(({ MountCount }: { MountCount: number }) => MountCount);
    };
    expect(await mountCounts()).toEqual([1, 1]);
    const mounted = JSON.parse(await store.must('mount', '--format', 'json'));
    expect(mounted.map(({ Names }: { Names: string[] }) => Names)).toEqual([['r']]);

    // one that is killed while it copies: what it mounted is found, and goes with the next command; that of another one stays
    const counts = `${store.runRoot}/overlay-layers/mountpoints.json`;
    const isMounted = (count: number) =>
      JSON.parse(readFileSync(counts, 'utf8')).some((one: Mount) => one.path !== root && one.count === count);
    const root = mounted[0].mountpoint;
    const killWhen = async (hasBegun: () => boolean | Promise<boolean>) => {
      const copying = spawn(launcher, store.argv(['cp', '-', 's:/vol']), { stdio: ['pipe', 'ignore', 'ignore'] });
      const end = new Promise((resolve) => copying.once('exit', resolve));
      await eventually('the copy to begin', async () => ((await hasBegun()) ? true : undefined));
      copying.kill('SIGKILL');
      await end;
    };
    await killWhen(() => isMounted(1));
    expect((await store.tspod(['system', 'check'])).stdout).toMatch(/^found abandoned-mount: .* s /);
    await store.must('system', 'check', '--repair');
    expect(isMounted(1)).toBe(false);
    await store.must('mount', 's');
    await killWhen(async () => (await mountCounts())[0] === 2);
    await store.must('container', 'cleanup', 's');
    expect(isMounted(1)).toBe(true);
    expect(await mountCounts()).toEqual([1, 1]);
    await store.must('umount', 's');
    expect(isMounted(1)).toBe(false);
  });
});
