/**
 * `npm run bench:library`: what a program gets that embeds the library, in one process on this machine.
 *
 * Containers per second through create, start, wait and remove, one after the other and 16 at a time, beside the floor (a shell script
 * over the same conmon, crun and overlay mount) and beside `podman run --rm` in a loop; and what idle containers cost: memory of each
 * container's processes beside its own, the time of `ps`, and the time of the last start beside the first ones'.
 *
 *   npm run bench:library                    200 containers, 500 idle ones
 *   npm run bench:library -- --count 50 --idle 100
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { writeBusyboxArchive } from '@tspod/testkit';
import { type Container, createRuntime } from 'tspod';

const execute = promisify(execFile);
const { values } = parseArgs({
  options: { count: { type: 'string', default: '200' }, idle: { type: 'string', default: '500' } },
});
const count = Number(values.count);
const idle = Number(values.idle);

const image = 'localhost/busybox:latest';
const floorScript = fileURLToPath(new URL('./floor.sh', import.meta.url));
const launcher = fileURLToPath(new URL('../bin/tspod', import.meta.url));
const directory = mkdtempSync('/var/tmp/tspod-bench-library-');
const places = { root: join(directory, 'root'), runRoot: join(directory, 'run') };
const flags = ['--root', places.root, '--runroot', places.runRoot, '--runtime', 'crun'];
const configuration = join(directory, 'containers.conf');
writeFileSync(configuration, '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=30000:30000"]\npids_limit = 0\n');
process.env.CONTAINERS_CONF = configuration;

/** Containers per second when `lanes` of them are worked on at a time. */
async function rate(lanes: number, one: (lane: number) => Promise<unknown>): Promise<number> {
  for (let lane = 0; lane < lanes; lane += 1) await one(lane); // warms up
  let left = count;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: lanes }, async (_value, lane) => {
      for (; left > 0; ) {
        left -= 1;
        await one(lane);
      }
    }),
  );
  return count / ((performance.now() - begun) / 1000);
}

const archive = join(directory, 'busybox.tar');
writeBusyboxArchive(archive, { name: image });
execFileSync(launcher, [...flags, 'load', '-q', '-i', archive]);
const runtime = await createRuntime({ ...places, runtime: 'crun' });
const rootfs = { image };

async function throughLibrary(): Promise<void> {
  const container = await runtime.createContainer({ rootfs, command: ['true'], network: 'none' });
  await container.start({ attended: true });
  await container.wait();
  await container.remove();
}

const podmanRoots = [
  '--root',
  join(directory, 'podman'),
  '--runroot',
  join(directory, 'podman-run'),
  '--tmpdir',
  join(directory, 'podman-tmp'),
];
const podman = (...args: readonly string[]) =>
  execute('podman', [...podmanRoots, '--cgroup-manager', 'cgroupfs', '--runtime', 'crun', ...args]);

/** Each lane has a bundle and a container's name of its own. */
async function prepareFloor(lanes: number): Promise<(lane: number) => Promise<unknown>> {
  const container = await runtime.createContainer({ rootfs, command: ['sleep', '100'], network: 'none' });
  await container.start();
  const { OCIConfigPath, GraphDriver } = JSON.parse(
    execFileSync(launcher, [...flags, 'inspect', container.id], { encoding: 'utf8' }),
  )[0];
  const spec = JSON.parse(readFileSync(OCIConfigPath, 'utf8'));
  spec.process.args = ['true'];
  spec.mounts = spec.mounts.filter(({ type }: { type: string }) => type !== 'bind');
  const config = join(directory, 'floor.json');
  writeFileSync(config, JSON.stringify({ ...spec, root: { path: '' } }));
  const lower = join(directory, 'lower');
  execFileSync('cp', ['-a', GraphDriver.Data.MergedDir, lower]);
  await container.remove({ force: true, timeout: 0 });
  const name = (lane: number) => `floor${process.pid}x${lane}`;
  for (let lane = 0; lane < lanes; lane += 1) {
    const place = join(directory, name(lane));
    mkdirSync(place);
    execFileSync(floorScript, ['prepare', place, lower, config], {
      env: { ...process.env, FLOOR_NAME: name(lane) },
    });
  }
  return (lane) =>
    execute(floorScript, ['run', join(directory, name(lane)), 'crun'], { env: { ...process.env, FLOOR_NAME: name(lane) } });
}

/** Memory that is a process's alone, in MB. */
function privateMemory(pid: string): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = [...rollup.matchAll(/^Private_\w+: +(\d+) kB$/gm)].map(([, number]) => Number(number));
  return kilobytes.reduce((sum, number) => sum + number, 0) / 1024;
}

/** Processes of this bench's store that no container runs: its monitors, and whatever else stays for a container. */
function helpers(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.filter((pid) => commandLine(pid).includes(places.runRoot));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return ''; // it has ended
    throw error;
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

function timed(argv: readonly string[]): number {
  const begun = performance.now();
  execFileSync(launcher, [...flags, ...argv], { stdio: 'ignore' });
  return performance.now() - begun;
}

async function benchIdle(): Promise<void> {
  const made: Container[] = [];
  const starts: number[] = [];
  try {
    for (let number = 0; number < idle; number += 1) {
      const begun = performance.now();
      const container = await runtime.createContainer({ rootfs, command: ['sleep', '100000'], network: 'none' });
      made.push(container);
      await container.start();
      starts.push(performance.now() - begun);
    }
    const tenth = Math.max(Math.floor(idle / 10), 1);
    const first = mean(starts.slice(1, tenth + 1));
    const last = mean(starts.slice(-tenth));
    const memory = helpers().map(privateMemory);
    console.log(`\n${idle} idle containers\n`);
    console.log(
      `create and start: the first tenth ${first.toFixed(1)} ms each, the last ${last.toFixed(1)} ms (${(last / first).toFixed(2)})`,
    );
    console.log(`memory beside the containers' own: ${mean(memory).toFixed(2)} MB in each of ${memory.length} processes`);
    timed(['ps']);
    console.log(`ps: ${timed(['ps']).toFixed(0)} ms, of one by name: ${timed(['inspect', made[0]?.name ?? '']).toFixed(0)} ms`);
  } finally {
    for (const container of made) await container.remove({ force: true, timeout: 0 });
  }
}

try {
  await podman('load', '-q', '-i', archive);
  const floor = await prepareFloor(16);
  const contenders = {
    floor,
    library: throughLibrary,
    podman: () => podman('run', '--rm', '--network', 'none', image, 'true'),
  };
  console.log(
    `containers per second, ${count} each\n\n| | one after the other | ÷ floor | 16 at a time | ÷ floor |\n|---|---|---|---|---|`,
  );
  let base: readonly [number, number] | undefined;
  for (const [name, one] of Object.entries(contenders)) {
    const rates = [await rate(1, one), await rate(16, one)] as const;
    base ??= rates;
    const cells = rates.flatMap((each, index) => [each.toFixed(1), (each / (base?.[index] ?? Number.NaN)).toFixed(2)]);
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
  if (idle > 0) await benchIdle();
} finally {
  await runtime.shutdown();
  execFileSync(launcher, [...flags, 'rm', '-f', '-a', '-t', '0']);
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const target of mounts.filter((path) => path.startsWith(`${directory}/`)).reverse())
    execFileSync('umount', ['-l', target]);
  rmSync(directory, { recursive: true, force: true });
}
