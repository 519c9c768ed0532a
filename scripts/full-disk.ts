/**
 * Runs commands in a store on a small tmpfs with next to no space, a little more each time until the command succeeds. One that fails must say
 * that the disk is full, and once there is space again nothing may be lost, damaged or left. Run as a program:
 *
 *   scripts/node scripts/full-disk.ts --runtime crun [--only 'create,load'] [--free 0,64,4096]
 *
 * Prints how many points were tried; every failure is a line on stderr, and the exit code is then 1.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeBusyboxArchive } from '@tspod/testkit';
import { createRuntime } from 'tspod';
import { busybox, busyboxArchive, type CommandResult, Store } from '../e2e/support/store.ts';
import { bystander, expectRest, type Rest, removeAll, require, requireKnown, type Sweep, settledRest } from './sweep/rest.ts';

const { values: settings } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'crun' },
    only: { type: 'string' },
    /** KiB that are free when a command begins. */
    free: { type: 'string', default: '0,4,8,16,32,64,128,256,512,1024,2048,4096' },
  },
});

interface Filled {
  readonly title: string;
  readonly args: readonly string[];
  prepare?(): Promise<unknown>;
  /** After a success, and only then. */
  done?(): Promise<void>;
  /** The failure is the container's own. */
  readonly inContainer?: boolean;
}

const store = Store.empty({ runtime: settings.runtime as 'crun' | 'runc', storage: 'overlay' });
mkdirSync(store.root);
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'tmpfs', store.root]);
const archive = store.path('other.tar');
writeBusyboxArchive(archive, { name: 'localhost/other:latest', layers: [noise()] });
const filler = join(store.root, 'filler');
const failures: string[] = [];

/** A layer that does not get smaller. */
function noise() {
  return { noise: randomBytes(1 << 19).toString('hex') };
}

const victim = ['--name', 'victim', busybox] as const;
const noiseOfImage = 'head -c 1000000 /dev/urandom > /noise';
const withNoise = () => store.must('run', '--name', 'victim', busybox, 'sh', '-c', noiseOfImage);
const commands: readonly Filled[] = [
  { title: 'create', args: ['create', ...victim, 'true'] },
  { title: 'run', args: ['run', '--rm', ...victim, 'true'] },
  { title: 'run -d', args: ['run', '-d', ...victim, 'sleep', '300'] },
  { title: 'load', args: ['load', '-q', '-i', archive], done: async () => void (await store.must('rmi', 'localhost/other')) },
  {
    title: 'commit',
    args: ['commit', '-q', 'victim', 'localhost/committed'],
    prepare: withNoise,
    done: async () => void (await store.must('rmi', 'localhost/committed')),
  },
  { title: 'cp', args: ['cp', archive, 'victim:/copied'], prepare: () => store.must('create', ...victim, 'true') },
  {
    title: 'exec',
    args: ['exec', 'victim', 'sh', '-c', noiseOfImage],
    prepare: () => store.must('run', '-d', ...victim, 'sleep', '300'),
    inContainer: true,
  },
  { title: 'stop', args: ['stop', '-t', '0', 'victim'], prepare: () => store.must('run', '-d', ...victim, 'sleep', '300') },
  { title: 'rm', args: ['rm', 'victim'], prepare: withNoise },
  { title: 'rm -f', args: ['rm', '-f', '-t', '0', 'victim'], prepare: () => store.must('run', '-d', ...victim, 'sleep', '300') },
];

/** Fills the disk but for so many KiB. */
function fill(kibibytes: number): void {
  const file = openSync(filler, 'w');
  const page = Buffer.alloc(4096, 1);
  let size = 0;
  try {
    for (;;) size += writeSync(file, page);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
  ftruncateSync(file, Math.max(0, size - kibibytes * 1024));
  closeSync(file);
}

function requireTold({ title, inContainer }: Filled, { exitCode, stderr }: CommandResult): void {
  const isTold = inContainer || /no space left on device|disk is full/i.test(stderr);
  require(isTold, `${title} failed with ${exitCode} and tells: ${stderr}`);
  require(!/^\s+at .*\.js:/m.test(stderr), `${title} told with a stack: ${stderr}`);
  if (!inContainer) require(exitCode === 125 || exitCode === 126, `${title} failed with ${exitCode}`);
}

/** Nobody has the databases open when a command begins. */
async function withSweep<Result>(act: (sweep: Sweep) => Promise<Result>): Promise<Result> {
  await using runtime = await createRuntime({ root: store.root, runRoot: store.runRoot, runtime: settings.runtime });
  return await act({ store, runtime });
}

async function point(command: Filled, kibibytes: number, before: Rest): Promise<CommandResult> {
  await command.prepare?.();
  fill(kibibytes);
  const result = await store.tspod(command.args);
  const listed = await store.tspod(['ps', '-a']);
  require(listed.exitCode === 0, `ps fails on a full disk: ${listed.stderr}`);
  rmSync(filler);
  if (result.exitCode !== 0) requireTold(command, result);
  const check = await store.tspod(['system', 'check', '--repair']);
  require(check.exitCode === 0, `the store is damaged: ${check.stdout}${check.stderr}`);
  if (result.exitCode === 0) await command.done?.();
  require((await store.must('run', '--rm', busybox, 'echo', 'works')) === 'works', 'nothing runs any more');
  await withSweep(async (sweep) => {
    await requireKnown(sweep);
    await removeAll(sweep);
    // tells of clean-ups that did not succeed
    rmSync(join(store.runRoot, 'tspod/exit-command.log'), { force: true });
    await expectRest(sweep, before);
  });
  return result;
}

async function emptied(): Promise<Rest> {
  rmSync(filler, { force: true });
  return withSweep(async (sweep) => {
    await removeAll(sweep);
    return settledRest(sweep);
  });
}

// what the library waits for does not keep a program alive
const alive = setInterval(() => undefined, 60_000);
let points = 0;
try {
  await store.must('load', '-q', '-i', busyboxArchive());
  await store.must('run', '-d', '--name', bystander, busybox, 'sleep', '1000');
  await withNoise();
  await store.must('commit', '-q', 'victim', 'localhost/committed');
  await store.must('rmi', 'localhost/committed');
  let before = await emptied();
  for (const command of commands) {
    if (settings.only !== undefined && !settings.only.split(',').includes(command.title)) continue;
    let enough: number | undefined;
    for (const kibibytes of settings.free.split(',').map(Number)) {
      points += 1;
      try {
        if ((await point(command, kibibytes, before)).exitCode !== 0) continue;
        enough = kibibytes;
        break;
      } catch (error) {
        failures.push(`${command.title}, ${kibibytes} KiB free: ${error instanceof Error ? error.message : String(error)}`);
        console.error(failures.at(-1));
        before = await emptied();
      }
    }
    console.log(`${settings.runtime}, ${command.title}: ${enough} KiB are enough`);
  }
  console.log(`${settings.runtime}: ${points} points, ${failures.length} failures`);
} finally {
  clearInterval(alive);
  rmSync(filler, { force: true });
  await store[Symbol.asyncDispose]();
}
process.exitCode = failures.length === 0 ? 0 : 1;
