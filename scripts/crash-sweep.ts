/**
 * Kills a command right before each step that outlives it, and looks whether everything is as it must be afterwards. Run as a program:
 *
 *   scripts/node scripts/crash-sweep.ts --runtime crun --storage overlay [--every 7] [--only 'create,run -d'] [--fault ENOSPC]
 *
 * With `--fault ENOSPC`, `EROFS` or `EIO` nothing is killed: from that step on everything in the store fails as on a full disk, a read-only
 * file system or a broken disk; with `--fault fsync` one synchronisation of a file does. The command must say so, and leave nothing.
 *
 * Prints how many points were tried for each command; every failure is a line on stderr, and the exit code is then 1.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Container, createRuntime, type Runtime } from 'tspod';
import { type FaultyOutcome, runFaulty } from '../e2e/support/faults/faulty-command.ts';
import type { FaultPlan } from '../e2e/support/faults/plan.ts';
import { busybox, busyboxArchive, Store } from '../e2e/support/store.ts';
import { bystander, expectRest, gone, type Rest, removeAll, require, requireKnown, restOf, settledRest } from './sweep/rest.ts';

const { values: settings } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'crun' },
    storage: { type: 'string', default: 'overlay' },
    every: { type: 'string', default: '1' },
    offset: { type: 'string', default: '1' },
    only: { type: 'string' },
    fault: { type: 'string', default: 'SIGKILL' },
  },
});

/** A command to be killed. */
interface Swept {
  readonly title: string;
  readonly args: readonly string[];
  readonly program?: 'exit';
  /** Steps that are alike, of which one is enough. Default: 1. */
  readonly stride?: number;
  /** Likewise with the storage `dir`, where each file of a tree is a step. Default: `stride`. */
  readonly strideOnDir?: number;
  /** What must be there first. */
  prepare?(): Promise<void>;
  /** What must be true of what was acknowledged: what the command printed. */
  acknowledged?(printed: string): Promise<void>;
  /** What must be possible afterwards, however far the command came. */
  again?(): Promise<void>;
}

const every = Number(settings.every);
const fault = settings.fault as FaultPlan['fault'];
const failures: string[] = [];
const store = await Store.create({
  runtime: settings.runtime as 'crun' | 'runc',
  storage: settings.storage as 'overlay' | 'dir',
});
const runtime: Runtime = await createRuntime({
  root: store.root,
  runRoot: store.runRoot,
  runtime: settings.runtime,
  storageDriver: settings.storage,
});
const cgroupParent = store.cgroupParent;

writeFileSync(store.path('copied'), 'content');
const temporary = store.path('temporary');
mkdirSync(temporary);
process.env.TMPDIR = temporary; // the commands', too
const sweep = { store, runtime, temporary };

async function create(name: string, command: readonly string[] = ['sleep', '300']): Promise<Container> {
  return runtime.createContainer({ rootfs: { image: busybox }, name, command, cgroupParent });
}

async function running(name: string): Promise<Container> {
  const container = await create(name);
  await container.start();
  return container;
}

async function statusOf(name: string): Promise<string> {
  return (await (await runtime.container(name)).state()).status;
}

async function mustRun(name: string): Promise<void> {
  const container = await runtime.container(name);
  const { status } = await container.state();
  if (status === 'stopping') await container.stop({ timeout: 0 });
  if (status !== 'running') await container.start();
  require((await statusOf(name)) === 'running', `${name} does not run`);
}

const swept: readonly Swept[] = [
  {
    title: 'create',
    args: ['create', '--name', 'victim', busybox, 'sleep', '300'],
    acknowledged: async () => require(await runtime.hasContainer('victim'), 'the container that was told is not there'),
    again: async () => {
      if (!(await runtime.hasContainer('victim'))) await create('victim');
      await mustRun('victim');
    },
  },
  {
    title: 'init',
    args: ['container', 'init', 'victim'],
    prepare: async () => void (await create('victim')),
    again: () => mustRun('victim'),
  },
  {
    title: 'start',
    args: ['start', 'victim'],
    prepare: async () => void (await create('victim')),
    acknowledged: async () => require((await statusOf('victim')) === 'running', 'what was told to run does not'),
    again: () => mustRun('victim'),
  },
  {
    title: 'stop',
    args: ['stop', '-t', '0', 'victim'],
    prepare: async () => void (await running('victim')),
    acknowledged: async () => require((await statusOf('victim')) === 'exited', 'what was told to be stopped is not'),
    again: async () => {
      await (await runtime.container('victim')).stop({ timeout: 0 });
      await mustRun('victim');
    },
  },
  {
    title: 'restart',
    args: ['restart', '-t', '0', 'victim'],
    prepare: async () => void (await running('victim')),
    acknowledged: async () => require((await statusOf('victim')) === 'running', 'what was told to run does not'),
    again: () => mustRun('victim'),
  },
  {
    title: 'exec',
    args: ['exec', 'victim', 'true'],
    prepare: async () => void (await running('victim')),
    again: async () => {
      require((await statusOf('victim')) === 'running', 'the container does not run any more');
      const { exit } = await (await runtime.container('victim')).exec({ command: ['true'] });
      require((await exit) === 0, 'nothing can be executed any more');
    },
  },
  {
    title: 'exec -d',
    args: ['exec', '-d', 'victim', 'sleep', '200'],
    prepare: async () => void (await running('victim')),
    again: async () => {
      await (await runtime.container('victim')).stop({ timeout: 0 });
      await mustRun('victim');
    },
  },
  {
    title: 'pause',
    args: ['pause', 'victim'],
    prepare: async () => void (await running('victim')),
    acknowledged: async () => require((await statusOf('victim')) === 'paused', 'what was told to be paused is not'),
    again: async () => {
      const container = await runtime.container('victim');
      const { status } = await container.state();
      if (status === 'paused') await container.unpause();
      require((await statusOf('victim')) === 'running', `it is ${status}`);
      const { exit } = await container.exec({ command: ['true'] });
      require((await exit) === 0, 'it is frozen');
    },
  },
  {
    title: 'rm',
    strideOnDir: 9,
    args: ['rm', 'victim'],
    prepare: async () => void (await create('victim')),
    acknowledged: async () => require(!(await runtime.hasContainer('victim')), 'what was told to be removed is there'),
    again: async () => {
      await gone(async () => void (await runtime.removeContainer('victim')));
      await create('victim');
    },
  },
  {
    title: 'rm -f',
    strideOnDir: 9,
    args: ['rm', '-f', '-t', '0', 'victim'],
    prepare: async () => void (await running('victim')),
    acknowledged: async () => require(!(await runtime.hasContainer('victim')), 'what was told to be removed is there'),
    again: async () => {
      await gone(async () => void (await runtime.removeContainer('victim', { force: true, timeout: 0 })));
      await create('victim');
    },
  },
  {
    title: 'run -d',
    args: ['run', '-d', '--name', 'victim', busybox, 'sleep', '300'],
    acknowledged: async () => require((await statusOf('victim')) === 'running', 'what was told to run does not'),
    again: async () => {
      if (!(await runtime.hasContainer('victim'))) await create('victim');
      await mustRun('victim');
    },
  },
  {
    title: 'run -d with images mounted',
    args: [
      ...['run', '-d', '--name', 'victim'],
      ...['--mount', `type=image,source=${busybox},destination=/image`],
      ...['--mount', `type=image,source=${busybox},destination=/writable,rw=true`],
      ...[busybox, 'sleep', '300'],
    ],
    acknowledged: async () => require((await statusOf('victim')) === 'running', 'what was told to run does not'),
    again: async () => {
      if (!(await runtime.hasContainer('victim'))) await create('victim');
      await mustRun('victim');
    },
  },
  { title: 'run --rm', strideOnDir: 9, args: ['run', '--rm', busybox, 'true'], again: async () => void (await create('victim')) },
  {
    title: 'commit',
    strideOnDir: 40,
    args: ['commit', '-q', '--pause', 'victim', 'localhost/committed'],
    prepare: async () => void (await running('victim')),
    acknowledged: async (printed) => require((await runtime.images.inspect(printed)) !== undefined, 'the image is not there'),
    again: async () => {
      const container = await runtime.container('victim');
      const { exit } = await container.exec({ command: ['true'] });
      require((await exit) === 0, 'the container is frozen');
      // the second commit would take the name from the first, and leave it without one
      if ((await runtime.images.list()).some(({ names }) => names.includes('localhost/committed:latest'))) {
        await runtime.images.remove('localhost/committed');
      }
      await container.commit({ name: 'localhost/committed' });
      await runtime.images.remove('localhost/committed');
    },
  },
  ...[
    ['cp', store.path('copied'), 'victim:/copied'],
    ['export', '-o', store.path('exported'), 'victim'],
    ['commit', '-q', '--squash', 'victim'],
  ].map((args) => ({
    title: `${args[0]} of a stopped container`,
    args,
    stride: args[0] === 'commit' ? 40 : 1, // a step for each piece of the archive
    prepare: async () => void (await (await create('victim')).mount()),
    again: async () => {
      const container = await runtime.container('victim');
      await container.diff();
      require((await container.mountPoint()) !== undefined, 'the mount of another one was taken away');
      require(!(await container.unmount()), 'it stays mounted');
      await mustRun('victim');
      // the store's next writer clears away what is left of an image; with the storage `dir`, making a container does not write there
      if (args[0] === 'commit') await container.commit({ squash: true });
      for (const { id, names } of await runtime.images.list()) if (names.length === 0) await runtime.images.remove(id);
    },
  })),
  {
    title: 'load',
    args: ['load', '-q', '-i', busyboxArchive()],
    prepare: async () => void (await store.tspod(['rmi', 'localhost/other'])),
    again: async () => {
      await store.must('load', '-q', '-i', busyboxArchive()); // clears away what is left of the other
      await create('victim');
    },
  },
  {
    title: 'pod create',
    args: ['pod', 'create', '--name', 'pod', '--cgroup-parent', cgroupParent],
    acknowledged: async () => require(await runtime.hasPod('pod'), 'the pod that was told is not there'),
    again: async () => {
      const pod = (await runtime.hasPod('pod'))
        ? await runtime.pod('pod')
        : await runtime.createPod({ name: 'pod', cgroupParent });
      await pod.start();
    },
  },
  {
    title: 'pod start',
    args: ['pod', 'start', 'pod'],
    prepare: async () => void (await podWithMember()),
    again: async () => {
      await (await runtime.pod('pod')).start();
      require((await statusOf('member')) === 'running', 'the member does not run');
    },
  },
  {
    title: 'pod rm',
    strideOnDir: 9,
    args: ['pod', 'rm', '-f', '-t', '0', 'pod'],
    prepare: async () => (await podWithMember()).start(),
    acknowledged: async () => require(!(await runtime.hasPod('pod')), 'what was told to be removed is there'),
    again: async () => {
      // the exit command of a container of it may finish the removal first
      await gone(async () => void (await runtime.removePod('pod', { force: true, timeout: 0 })));
      await podWithMember();
    },
  },
  {
    title: 'the exit command',
    args: [],
    program: 'exit',
    prepare: async () => {
      const { monitor, process } = await pidsOf(await running('victim'));
      globalThis.process.kill(monitor, 'SIGKILL');
      globalThis.process.kill(process, 'SIGKILL');
    },
    again: () => mustRun('victim'),
  },
];

function strideOf({ stride = 1, strideOnDir = stride }: Swept): number {
  return settings.storage === 'dir' ? strideOnDir : stride;
}

async function podWithMember() {
  const pod = await runtime.createPod({ name: 'pod', cgroupParent });
  await runtime.createContainer({ rootfs: { image: busybox }, name: 'member', command: ['sleep', '300'], pod: 'pod' });
  return pod;
}

async function pidsOf(container: Container): Promise<{ monitor: number; process: number }> {
  const { State } = await container.inspect();
  return { monitor: State.ConmonPid ?? 0, process: State.Pid };
}

async function point(verb: Swept, at: number, before: Rest): Promise<FaultyOutcome> {
  await verb.prepare?.();
  const args = verb.program === 'exit' ? [(await runtime.container('victim')).id] : verb.args;
  const below = fault === 'SIGKILL' ? undefined : store.directory;
  const outcome = await runFaulty(store, args, { at, fault, below }, verb.program);
  if (fault === 'SIGKILL' || outcome.hit === undefined) {
    if (outcome.signal !== 'SIGKILL' && outcome.exitCode !== 0) {
      throw new Error(`${verb.title} failed by itself with ${outcome.exitCode} ${outcome.signal}: ${outcome.stderr}`);
    }
  } else requireTold(outcome);
  await requireKnown(sweep);
  require((await statusOf(bystander)) === 'running', 'the bystander does not run any more');
  const printed = outcome.stdout.trim();
  if (printed !== '' && (fault === 'SIGKILL' || outcome.exitCode === 0)) await verb.acknowledged?.(printed);
  await verb.again?.();
  await removeAll(sweep);
  await expectRest(sweep, before);
  return outcome;
}

/** A failure that is no success must be told as what it is, with the place; one of what is only noted down may be a warning. */
function requireTold({ exitCode, signal, stderr, hit }: FaultyOutcome): void {
  const told =
    /no space left on device|disk is full|read-only file system|readonly database|can't be used|i(nput)?\/o(utput)? error/i.test(
      stderr,
    );
  require(signal === null && told, `ended with ${exitCode} ${signal} and does not tell of ${hit}: ${stderr}`);
  require(!/^\s+at .*\.js:/m.test(stderr), `told with a stack: ${stderr}`);
}

// what the library waits for does not keep a program alive
const alive = setInterval(() => undefined, 60_000);
try {
  await (await create(bystander, ['sleep', '100000'])).start();
  await store.must('run', '--rm', busybox, 'true');
  // what the first pod and the first image make once stays: directories of the storages, tempdirs
  await runtime.createPod({ name: 'warm', cgroupParent }).then((pod) => pod.remove({ force: true, timeout: 0 }));
  await runtime.container(bystander).then((one) => one.commit({ name: 'localhost/warm', pause: false }));
  await runtime.images.remove('localhost/warm');
  let total = 0;
  for (const verb of swept) {
    if (settings.only !== undefined && !settings.only.split(',').includes(verb.title)) continue;
    let points = 0;
    let before = await restOf(sweep);
    const started = performance.now();
    for (let at = Number(settings.offset); ; at += every * strideOf(verb)) {
      try {
        const outcome = await point(verb, at, before);
        if (outcome.hit === undefined) break;
        points += 1;
      } catch (error) {
        points += 1;
        const path = store.path('fault-report.json');
        const report = existsSync(path) ? readFileSync(path, 'utf8') : '"hit": unknown';
        failures.push(
          `${verb.title}, ${fault} at step ${at} ${report}: ${error instanceof Error ? error.message : String(error)}`,
        );
        console.error(failures.at(-1));
        await removeAll(sweep);
        before = await settledRest(sweep);
        if (!report.includes('"hit"')) break; // it came to its end: there are no further steps
      }
    }
    total += points;
    console.log(
      `${settings.runtime} on ${settings.storage}, ${verb.title}: ${points} points in ${Math.round(performance.now() - started)} ms`,
    );
  }
  console.log(`${settings.runtime} on ${settings.storage}: ${total} points, ${failures.length} failures`);
} finally {
  clearInterval(alive);
  await runtime.shutdown();
  await store[Symbol.asyncDispose]();
}
process.exitCode = failures.length === 0 ? 0 : 1;
