/**
 * Kills a command right before each step that outlives it, and looks whether everything is as it must be afterwards. Run as a program:
 *
 *   scripts/node scripts/crash-sweep.ts --runtime crun --storage overlay [--every 7] [--only 'create,run -d']
 *
 * Prints how many points were tried for each command; every failure is a line on stderr, and the exit code is then 1.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Container, createRuntime, EngineError, type Runtime } from 'tspod';
import { type FaultyOutcome, runFaulty } from '../e2e/support/faults/faulty-command.ts';
import { eventually, type Traces, traces } from '../e2e/support/machine.ts';
import { busybox, busyboxArchive, Store } from '../e2e/support/store.ts';

const { values: settings } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'crun' },
    storage: { type: 'string', default: 'overlay' },
    every: { type: 'string', default: '1' },
    offset: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});

/** A command to be killed. */
interface Swept {
  readonly title: string;
  readonly args: readonly string[];
  readonly program?: 'exit';
  /** What must be there first. */
  prepare?(): Promise<void>;
  /** What must be true of what was acknowledged: what the command printed. */
  acknowledged?(printed: string): Promise<void>;
  /** What must be possible afterwards, however far the command came. */
  again?(): Promise<void>;
}

const every = Number(settings.every);
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

function require(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
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
  { title: 'run --rm', args: ['run', '--rm', busybox, 'true'], again: async () => void (await create('victim')) },
  {
    title: 'commit',
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
  {
    title: 'load',
    args: ['load', '-q', '-i', busyboxArchive()],
    prepare: async () => void (await store.tspod(['rmi', 'localhost/other'])),
    again: async () => void (await create('victim')),
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
    args: ['pod', 'rm', '-f', '-t', '0', 'pod'],
    prepare: async () => (await podWithMember()).start(),
    acknowledged: async () => require(!(await runtime.hasPod('pod')), 'what was told to be removed is there'),
    again: async () => {
      if (await runtime.hasPod('pod')) await runtime.removePod('pod', { force: true, timeout: 0 });
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

/** Removes; the exit command of what was killed may be faster. */
async function gone(remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(EngineError.isInstance(error) && error.kind === 'not-found')) throw error;
  }
}

async function podWithMember() {
  const pod = await runtime.createPod({ name: 'pod', cgroupParent });
  await runtime.createContainer({ rootfs: { image: busybox }, name: 'member', command: ['sleep', '300'], pod: 'pod' });
  return pod;
}

async function pidsOf(container: Container): Promise<{ monitor: number; process: number }> {
  const { State } = await container.inspect();
  return { monitor: State.ConmonPid, process: State.Pid };
}

/** No process and no cgroup belongs to a container that a listing does not show. */
async function requireKnown(): Promise<void> {
  const known = (await runtime.listContainers({ all: true })).map(({ id }) => id);
  const isKnown = (text: string) => known.some((id) => text.includes(id));
  const strangers = () => {
    const { processes, cgroups } = traces(store);
    return [...processes, ...cgroups].filter((text) => /[0-9a-f]{64}/.test(text) && !isKnown(text));
  };
  await eventually('strangers to go', () => (strangers().length === 0 ? true : undefined), 5_000).catch(() => {
    throw new Error(`unknown to ps: ${strangers().join('; ')}`);
  });
}

async function removeAll(): Promise<void> {
  for (const pod of await runtime.listPods()) await pod.remove({ force: true, timeout: 0 });
  for (const { id, name } of await runtime.listContainers({ all: true })) {
    if (name !== 'bystander') await gone(async () => void (await runtime.removeContainer(id, { force: true, timeout: 0 })));
  }
}

/** Empty state of the store: traces, images and left-over drafts of files that are replaced. */
interface Rest extends Traces {
  readonly images: readonly string[];
  readonly drafts: readonly string[];
  readonly counts: string;
}

async function rest(): Promise<Rest> {
  const images = (await runtime.images.list()).map(({ names, id }) => `${id} ${names.join()}`).sort();
  const drafts = readdirSync(store.root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(^|\/)\.(tmp-|state\.db\.)/.test(path),
  );
  const counted = readFileSync(`${store.runRoot}/overlay-layers/mountpoints.json`, 'utf8');
  const found = traces(store);
  // the storage's own mount of its home comes and goes with whoever needs it
  const mounts = found.mounts.filter((target) => target !== `${store.root}/overlay`);
  return { ...found, mounts, images, drafts, counts: counted };
}

/** After a failure: with what it left, and without what was just ending. */
async function settled(): Promise<Rest> {
  for (let one = await rest(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const other = await rest();
    if (JSON.stringify(one) === JSON.stringify(other)) return other;
    one = other;
  }
}

async function point(verb: Swept, at: number, before: Rest): Promise<FaultyOutcome> {
  await verb.prepare?.();
  const args = verb.program === 'exit' ? [(await runtime.container('victim')).id] : verb.args;
  const outcome = await runFaulty(store, args, { at, fault: 'SIGKILL' }, verb.program);
  if (outcome.signal !== 'SIGKILL' && outcome.exitCode !== 0) {
    throw new Error(`${verb.title} failed by itself with ${outcome.exitCode} ${outcome.signal}: ${outcome.stderr}`);
  }
  await requireKnown();
  require((await statusOf('bystander')) === 'running', 'the bystander does not run any more');
  const printed = outcome.stdout.trim();
  if (printed !== '') await verb.acknowledged?.(printed);
  await verb.again?.();
  await removeAll();
  const expected = JSON.stringify(before);
  let after = await rest();
  await eventually(
    'what is left to go',
    async () => {
      after = await rest();
      return JSON.stringify(after) === expected ? true : undefined;
    },
    5_000,
  ).catch(() => {
    throw new Error(`left ${differences(before, after)}`);
  });
  return outcome;
}

function differences(before: Rest, after: Rest): string {
  return (Object.keys(before) as (keyof Rest)[])
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => {
      const [old, fresh] = [before[key], after[key]];
      if (typeof old === 'string' || typeof fresh === 'string')
        return `${key}: ${JSON.stringify(fresh)} instead of ${JSON.stringify(old)}`;
      const news = fresh.filter((item) => !old.includes(item)).map((item) => `+${item}`);
      return `${key}: ${[...news, ...old.filter((item) => !fresh.includes(item)).map((item) => `-${item}`)].join(' ')}`;
    })
    .join('; ');
}

// what the library waits for does not keep a program alive
const alive = setInterval(() => undefined, 60_000);
try {
  await running('bystander');
  await store.must('run', '--rm', busybox, 'true');
  // what the first pod and the first image make once stays: directories of the storages, tempdirs
  await runtime.createPod({ name: 'warm', cgroupParent }).then((pod) => pod.remove({ force: true, timeout: 0 }));
  await runtime.container('bystander').then((one) => one.commit({ name: 'localhost/warm', pause: false }));
  await runtime.images.remove('localhost/warm');
  let total = 0;
  for (const verb of swept) {
    if (settings.only !== undefined && !settings.only.split(',').includes(verb.title)) continue;
    let points = 0;
    let before = await rest();
    const started = performance.now();
    for (let at = Number(settings.offset); ; at += every) {
      try {
        const outcome = await point(verb, at, before);
        if (outcome.signal === null) break;
        points += 1;
      } catch (error) {
        points += 1;
        const report = readFileSync(store.path('fault-report.json'), 'utf8');
        failures.push(
          `${verb.title}, killed before step ${at} ${report}: ${error instanceof Error ? error.message : String(error)}`,
        );
        console.error(failures.at(-1));
        await removeAll();
        before = await settled();
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
