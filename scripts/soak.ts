/**
 * `npm run test:soak`: what takes too long for every run of the tests. Each part prints what it tried, and any failure ends it with
 * exit code 1.
 *
 *   fast-exit  1,000 `run --rm` of a process that prints one line and ends at once, on each OCI runtime: no line may be missing
 *   kill       `run -d`, `run --rm`, `create`, `rm` and `exec` killed with SIGKILL after every 5 ms of their lives
 *   parallel   32 processes at once create, start, exec, stop and remove containers of one store for 60 s
 *   processes  the monitor, the first process or both of a container killed in each state, see kill-sweep.ts
 *   model      random sequences of verbs compared with a model, through the library on each OCI runtime and through real podman
 *   sweep      each command killed right before each step that outlives it, see crash-sweep.ts
 *   full       each command with a full disk, a read-only file system or a broken disk from each step on, with each failing fsync,
 *              and on a small disk with next to no space, see full-disk.ts
 *   tables     every line of the tables of which `npm test` runs a part, on both OCI runtimes
 *   systemd    containers and health checks in an emulated machine with systemd
 *   shared     tspod, podman and buildah make and remove containers and images of one store for a minute
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { eventually, type Traces, traces } from '../e2e/support/machine.ts';
import { shareWork, storeContent } from '../e2e/support/shared-work.ts';
import { busybox, busyboxArchive, launcher, run, Store } from '../e2e/support/store.ts';

const { values } = parseArgs({ options: { only: { type: 'string' }, runs: { type: 'string', default: '1000' } } });
const failures: string[] = [];

function check(holds: boolean, what: string): void {
  if (!holds) failures.push(what);
}

async function settled(store: Store): Promise<Traces> {
  await eventually('helpers to end', () => (traces(store).processes.length === 0 ? true : undefined), 30_000);
  return traces(store);
}

async function fastExit(store: Store, runs: number): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < runs) {
      const line = `line ${next++}`;
      const result = await store.tspod(['run', '--rm', busybox, 'echo', line]);
      check(result.exitCode === 0 && result.stdout === `${line}\n`, `fast-exit: ${JSON.stringify(result)} instead of ${line}`);
    }
  };
  await Promise.all([worker(), worker(), worker()]);
}

async function killed(store: Store): Promise<void> {
  const commands: readonly { readonly args: readonly string[]; readonly before?: readonly string[] }[] = [
    { args: ['run', '-d', busybox, 'sleep', '300'] },
    { args: ['run', '--rm', busybox, 'true'] },
    { args: ['create', busybox, 'true'] },
    { args: ['rm', 'doomed'], before: ['create', '--name', 'doomed', busybox, 'true'] },
    { args: ['exec', 'busy', 'true'], before: ['run', '-d', '--name', 'busy', busybox, 'sleep', '300'] },
    { args: ['stop', '-t', '0', 'busy'], before: ['run', '-d', '--name', 'busy', busybox, 'sleep', '300'] },
  ];
  const before = await settled(store);
  let points = 0;
  for (const { args, before: preparation } of commands) {
    for (let delay = 20; delay <= 300; delay += 5) {
      if (preparation !== undefined) await store.must(...preparation);
      const child = spawn(launcher, store.argv(args), { stdio: 'ignore' });
      const timer = setTimeout(() => child.kill('SIGKILL'), delay);
      await ended(child);
      clearTimeout(timer);
      points += 1;
      const known = await store.must('ps', '-a', '-q', '--no-trunc');
      for (const cgroup of traces(store).cgroups) {
        check(
          known.includes(cgroup.replace(/.*libpod-/, '')),
          `kill: ${args.join(' ')} after ${delay} ms left ${cgroup} unknown to ps`,
        );
      }
      const removed = await store.tspod(['rm', '-f', '-a', '-t', '0']);
      check(removed.exitCode === 0, `kill: after ${args.join(' ')} and ${delay} ms, rm failed: ${removed.stderr}`);
    }
  }
  const after = await settled(store);
  const expected = JSON.stringify(withoutLocks(before));
  check(JSON.stringify(withoutLocks(after)) === expected, `kill: left ${JSON.stringify(after)} instead of ${expected}`);
  console.log(`kill: ${points} points, ${lockFiles(after) - lockFiles(before)} empty lock files left`);
}

async function parallel(store: Store, milliseconds: number): Promise<void> {
  const before = await settled(store);
  const deadline = performance.now() + milliseconds;
  let commands = 0;
  const names = ['one', 'two', 'three', 'four', 'five', 'six'];
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(Math.random() * items.length)] as Item;
  const actions = [
    (name: string) => ['create', '--name', name, busybox, 'sleep', '100'],
    (name: string) => ['start', name],
    (name: string) => ['exec', name, 'true'],
    (name: string) => ['stop', '-t', '0', name],
    (name: string) => ['rm', '-f', '-t', '0', name],
    () => ['ps', '-a'],
    () => ['run', '--rm', busybox, 'true'],
  ];
  const acceptable =
    /no such container|already in use|container state improper|is not running|being removed|no container with name/;
  const worker = async () => {
    while (performance.now() < deadline) {
      const args = pick(actions)(pick(names));
      const { exitCode, stderr } = await store.tspod(args);
      commands += 1;
      check(exitCode === 0 || acceptable.test(stderr), `parallel: ${args.join(' ')}: ${exitCode} ${stderr}`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  await store.must('rm', '-f', '-a', '-t', '0');
  const after = await settled(store);
  check(
    JSON.stringify(after) === JSON.stringify(before),
    `parallel: left ${JSON.stringify(after)} instead of ${JSON.stringify(before)}`,
  );
  console.log(`parallel: ${commands} commands`);
}

async function shared(store: Store): Promise<void> {
  const before = JSON.stringify(storeContent(store));
  const { calls, failures: failed } = await shareWork(store, 60_000);
  for (const failure of failed) check(false, `shared: ${failure}`);
  await store.tspod(['rmi', 'localhost/shared:1']);
  await store.must('image', 'prune', '-f');
  const after = JSON.stringify(storeContent(store));
  check(after === before, `shared: left ${after} instead of ${before}`);
  console.log(`shared: ${JSON.stringify(calls)} calls`);
}

/** An empty lock file may stay when who would take it away is killed. */
function withoutLocks({ files, ...rest }: Traces): Traces {
  return { ...rest, files: files.filter((path) => !path.includes('/locks/')) };
}

function lockFiles({ files }: Traces): number {
  return files.filter((path) => path.includes('/locks/')).length;
}

async function ended(child: ChildProcess): Promise<void> {
  await new Promise((resolve) => child.on('exit', resolve));
}

/** A program of this directory; it prints what it tried. */
async function program(name: string, ...flags: readonly string[]): Promise<void> {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const { exitCode, stdout, stderr } = await run(process.execPath, [path, ...flags], { timeout: 7_200_000 });
  console.log(stdout.trim());
  check(exitCode === 0, `${name} ${flags.join(' ')}: ${stderr}`);
}

async function model(runtime: string): Promise<void> {
  const seed = String(Date.now() % 1_000_000); // printed, so that a failure can be repeated
  const flags = ['--runtime', runtime, '--seed', seed, '--runs', '400', '--length', '50', '--seconds', '300'];
  await program('model-test.ts', '--engine', 'library', ...flags);
  await program('model-test.ts', '--engine', 'podman', ...flags);
}

/** One boot; the scenario leaves what each of its steps printed. */
async function systemd(): Promise<void> {
  const shared = mkdtempSync('/var/tmp/tspod-guest-');
  try {
    copyFileSync(busyboxArchive(), join(shared, 'busybox.tar'));
    const guest = fileURLToPath(new URL('../e2e/cgroup2/', import.meta.url));
    const flags = ['--systemd', '--seconds', '1500', shared, join(guest, 'systemd-scenario')];
    const { exitCode, stdout } = await run(join(guest, 'boot'), flags, { timeout: 1_600_000 });
    if (exitCode !== 0) throw new Error(`the guest ended with ${exitCode}: ${stdout}`);
    const outcome = (step: string, stream: string) => readFileSync(join(shared, `${step}.${stream}`), 'utf8').trim();
    const prints = (step: string, pattern: RegExp) => {
      const [code, printed] = [outcome(step, 'code'), outcome(step, 'stdout')];
      check(code === '0' && pattern.test(printed), `systemd: ${step}: ${code} ${printed} ${outcome(step, 'stderr')}`);
    };
    prints('info', /^systemd v2$/);
    for (const runtime of ['crun', 'runc']) {
      prints(`${runtime}-monitor`, /^0::\/machine\.slice\/libpod-conmon-[0-9a-f]{64}\.scope$/);
      prints(`${runtime}-init`, /^0::\/machine\.slice\/libpod-[0-9a-f]{64}\.scope(\/container)?$/);
      prints(`${runtime}-limit`, /^67108864$/);
      prints(`${runtime}-stop`, /./);
      prints(`${runtime}-code`, /^7$/);
      prints(`${runtime}-rm`, /./);
    }
    prints('health-timers', /^[0-9a-f]{64}-[0-9a-f]{8}\.timer$/);
    for (const step of ['health-first', 'health-break', 'health-restart', 'health-again']) prints(step, /^/);
    prints('health-timers-again', /^[0-9a-f]{64}-[0-9a-f]{8}\.timer$/);
    check(
      outcome('health-timers', 'stdout') !== outcome('health-timers-again', 'stdout'),
      'systemd: the restart has no timer of its own',
    );
    prints('health-monitor', /^0::\/machine\.slice\/libpod-conmon-[0-9a-f]{64}(-[0-9a-f]{8})?\.scope$/);
    for (const step of ['health-timers-left', 'supervisor', 'left']) prints(step, /^$/);
    console.log('systemd: 1 boot');
  } finally {
    rmSync(shared, { recursive: true });
  }
}

const wanted = (part: string) => values.only === undefined || values.only.split(',').includes(part);
for (const runtime of ['crun', 'runc'] as const) {
  await using store = await Store.create({ runtime });
  await store.must('run', '--rm', busybox, 'true');
  if (wanted('fast-exit')) {
    await fastExit(store, Number(values.runs));
    console.log(`fast-exit, ${runtime}: ${values.runs} runs`);
  }
  if (wanted('kill')) await killed(store);
  if (wanted('processes')) await program('kill-sweep.ts', '--runtime', runtime);
  if (wanted('parallel')) await parallel(store, 60_000);
  if (wanted('model')) await model(runtime);
  if (wanted('sweep'))
    for (const storage of ['overlay', 'dir']) await program('crash-sweep.ts', '--runtime', runtime, '--storage', storage);
  if (wanted('full')) await program('full-disk.ts', '--runtime', runtime);
  for (const fault of ['ENOSPC', 'EROFS', 'EIO', 'fsync'])
    if (wanted('full')) await program('crash-sweep.ts', '--runtime', runtime, '--fault', fault);
  if (wanted('shared')) await shared(store);
}
if (wanted('tables')) {
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const names = [
    'run',
    'lifecycle',
    'files',
    'bad-input',
    'podman-spec',
    'isolation',
    'volumes-in-containers',
    'differential',
    'checkpoints',
  ];
  const files = names.map((name) => `e2e/${name}.e2e.ts`);
  const { exitCode, stdout } = await run(process.execPath, [vitest, 'run', '--project', 'e2e', '--reporter=dot', ...files], {
    env: { TSPOD_E2E_ALL: '1' },
    timeout: 7_200_000,
  });
  console.log(stdout.trim());
  check(exitCode === 0, 'tables: a line differs');
}
if (wanted('systemd')) await systemd();
for (const failure of failures) console.error(failure);
console.log(`${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;
