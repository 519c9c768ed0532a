/**
 * `npm run bench`: the command's speed beside podman's and the floor's, in one run, on this machine.
 *
 * Every candidate runs each task in turn, the order of the candidates reversed every other round, and the medians are compared: what
 * the machine's noise does to one it does to the others. CPU time and peak memory are those of the command and of every process that
 * it waited for (GNU time); monitors and exit commands are nobody's children and are in nobody's figures.
 *
 *   npm run bench                  the tasks about containers, 15 rounds
 *   npm run bench -- --rounds 5 --only run,exec
 *   npm run bench -- --group images    those about images; the floor of a load is skopeo's own copy
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeBusyboxArchive } from '@tspod/testkit';
import { imageTasks, prepareImageStores } from './bench-images.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    only: { type: 'string' },
    json: { type: 'string' },
    group: { type: 'string', default: 'containers' },
  },
});
const rounds = Number(values.rounds);
const only = values.only?.split(',');

const launcher = fileURLToPath(new URL('../bin/tspod', import.meta.url));
const floorScript = fileURLToPath(new URL('./floor.sh', import.meta.url));
const image = 'localhost/busybox:latest';
const directory = mkdtempSync('/var/tmp/tspod-bench-');
const podmanConfiguration = join(directory, 'containers.conf');
writeFileSync(
  podmanConfiguration,
  '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=30000:30000"]\npids_limit = 0\n[network]\nnetwork_backend = "netavark"\n',
);
const environment = { ...process.env, CONTAINERS_CONF: podmanConfiguration };

interface Candidate {
  readonly name: string;
  /** Its graph root. */
  readonly root: string;
  /** Command and global flags. */
  readonly argv: readonly string[];
}

interface Sample {
  readonly wall: number;
  readonly cpu: number;
  readonly memory: number;
}

interface Task {
  readonly name: string;
  readonly arguments: readonly string[];
  /** Untimed, around each timed command. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  /** Command, and what undoes it. */
  readonly floor?: (runtime: string) => { readonly argv: readonly string[]; readonly after?: readonly string[] };
}

function tspod(runtime: string): Candidate {
  const root = join(directory, `tspod-${runtime}`);
  return {
    name: `tspod ${runtime}`,
    root: join(root, 'root'),
    argv: [launcher, '--root', join(root, 'root'), '--runroot', join(root, 'run'), '--runtime', runtime],
  };
}

function podman(runtime: string): Candidate {
  const root = join(directory, `podman-${runtime}`);
  const flags = [
    '--root',
    join(root, 'root'),
    '--runroot',
    join(root, 'run'),
    '--tmpdir',
    join(root, 'tmp'),
    '--cgroup-manager',
    'cgroupfs',
  ];
  return { name: `podman ${runtime}`, root: join(root, 'root'), argv: ['podman', ...flags, '--runtime', runtime] };
}

const isAboutImages = values.group === 'images';
if (!isAboutImages && values.group !== 'containers') throw new Error(`no such group: ${values.group}`);
const runtimes = isAboutImages ? ['crun'] : ['crun', 'runc'];
const engines = runtimes.flatMap((runtime) => [tspod(runtime), podman(runtime)]);

const containerTasks: readonly Task[] = [
  { name: '--version', arguments: ['--version'] },
  { name: 'run --rm', arguments: ['run', '--rm', '--network', 'none', image, 'true'], floor: runFloor },
  { name: 'create', arguments: ['create', '--name', 'timed', '--network', 'none', image, 'true'], after: ['rm', 'timed'] },
  {
    name: 'start',
    before: ['create', '--name', 'timed', '--network', 'none', image, 'sleep', '100'],
    arguments: ['start', 'timed'],
    after: ['rm', '-f', '-t', '0', 'timed'],
  },
  { name: 'exec', arguments: ['exec', 'running', 'true'] },
  { name: 'ps -a, 100', arguments: ['ps', '-a'] },
  { name: 'rm', before: ['create', '--name', 'timed', '--network', 'none', image, 'true'], arguments: ['rm', 'timed'] },
];

function call(argv: readonly string[]): void {
  const [file = '', ...args] = argv;
  const { status, stderr } = spawnSync(file, args, { env: environment, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${argv.join(' ')} exited with ${status}: ${stderr}`);
}

function measure(argv: readonly string[]): Sample {
  const report = join(directory, 'time');
  const begun = performance.now();
  call(['/usr/bin/time', '-o', report, '-f', '%U %S %M', ...argv]);
  const wall = performance.now() - begun;
  const [user = 0, system = 0, kilobytes = 0] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
  return { wall, cpu: (user + system) * 1000, memory: kilobytes / 1024 };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

interface Contender {
  readonly name: string;
  prepare(): void;
  run(): Sample;
  finish(): void;
}

function runFloor(runtime: string) {
  return { argv: [floorScript, 'run', join(directory, `floor-${runtime}`), runtime] };
}

const tasks: readonly Task[] = isAboutImages
  ? imageTasks(directory).map(({ floor, ...task }) => ({ ...task, ...(floor && { floor: () => floor }) }))
  : containerTasks;

function contenders(task: Task): Contender[] {
  const ofEngine = ({ name, argv }: Candidate): Contender => ({
    name,
    prepare: () => task.before && call([...argv, ...task.before]),
    run: () => measure([...argv, ...task.arguments]),
    finish: () => task.after && call([...argv, ...task.after]),
  });
  const { floor } = task;
  const floors = (floor === undefined ? [] : runtimes).flatMap((runtime): Contender[] => {
    const { argv, after } = floor?.(runtime) ?? { argv: [] };
    return [{ name: `floor ${runtime}`, prepare: () => undefined, run: () => measure(argv), finish: () => after && call(after) }];
  });
  return [...engines.map(ofEngine), ...floors];
}

function prepareStores(): void {
  const archive = join(directory, 'busybox.tar');
  writeBusyboxArchive(archive, { name: image });
  for (const { name, argv } of engines) {
    call([...argv, 'load', '-q', '-i', archive]);
    call([...argv, 'run', '-d', '--name', 'running', '--network', 'none', image, 'sleep', '100000']);
    for (let count = 1; count < 100; count += 1) call([...argv, 'create', '--network', 'none', image, 'true']);
    console.error(`prepared ${name}`);
  }
  for (const runtime of ['crun', 'runc']) prepareFloor(runtime);
}

function prepareFloor(runtime: string): void {
  const { argv } = tspod(runtime);
  const [file = '', ...flags] = argv;
  const [document] = JSON.parse(execFileSync(file, [...flags, 'inspect', 'running'], { encoding: 'utf8' }));
  const spec = JSON.parse(readFileSync(document.OCIConfigPath, 'utf8'));
  spec.process.args = ['true'];
  spec.mounts = spec.mounts.filter(({ type }: { type: string }) => type !== 'bind');
  const config = join(directory, `floor-${runtime}.json`);
  writeFileSync(config, JSON.stringify({ ...spec, root: { path: '' } }));
  const lower = join(directory, 'lower');
  execFileSync('mkdir', ['-p', lower]);
  execFileSync('cp', ['-a', `${document.GraphDriver.Data.MergedDir}/.`, lower]);
  execFileSync(floorScript, ['prepare', join(directory, `floor-${runtime}`), lower, config]);
}

function removeStores(): void {
  for (const { argv } of engines) call([...argv, 'rm', '-f', '-a', '-t', '0']);
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const target of mounts.filter((path) => path.startsWith(`${directory}/`)).reverse())
    execFileSync('umount', ['-l', target]);
  rmSync(directory, { recursive: true, force: true });
}

function format(name: string, samples: readonly Sample[], reference: number | undefined, floor: number | undefined): string {
  const wall = median(samples.map((sample) => sample.wall));
  const ratio = (base: number | undefined) => (base === undefined ? '–' : (wall / base).toFixed(2));
  const cpu = mean(samples.map((sample) => sample.cpu));
  const memory = Math.max(...samples.map((sample) => sample.memory));
  return `| ${name} | ${wall.toFixed(1)} | ${ratio(reference)} | ${ratio(floor)} | ${cpu.toFixed(0)} | ${memory.toFixed(0)} |`;
}

const results: Record<string, Record<string, number>> = {};
try {
  if (isAboutImages) prepareImageStores(directory, engines, call);
  else prepareStores();
  for (const task of tasks.filter(({ name }) => only === undefined || only.some((word) => name.includes(word)))) {
    const contending = contenders(task);
    const samples = new Map<string, Sample[]>(contending.map(({ name }) => [name, []]));
    for (let round = 0; round <= rounds; round += 1) {
      for (const contender of round % 2 === 0 ? contending : contending.toReversed()) {
        contender.prepare();
        const sample = contender.run();
        contender.finish();
        if (round > 0) samples.get(contender.name)?.push(sample); // the first round only warms up
      }
    }
    const wallOf = (name: string) => {
      const found = samples.get(name);
      return found === undefined ? undefined : median(found.map(({ wall }) => wall));
    };
    console.log(`\n${task.name} (${rounds} rounds)\n`);
    console.log('| | median ms | ÷ podman | ÷ floor | CPU ms | peak MB |\n|---|---|---|---|---|---|');
    results[task.name] = {};
    for (const [name, taken] of samples) {
      const runtime = name.split(' ')[1] ?? '';
      console.log(format(name, taken, wallOf(`podman ${runtime}`), wallOf(`floor ${runtime}`)));
      Object.assign(results[task.name] ?? {}, { [name]: wallOf(name) });
    }
  }
} finally {
  removeStores();
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(results, null, 2));
