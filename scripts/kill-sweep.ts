/**
 * Kills a container's monitor, its first process, or both, in each state, and looks whether every verb works afterwards, tells an exit code that
 * is true, and leaves nothing. The same with exec sessions. Run as a program:
 *
 *   scripts/node scripts/kill-sweep.ts --runtime crun [--only running] [--verbs ps,stop]
 *
 * Prints how many cases were tried; every failure is a line on stderr, and the exit code is then 1.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createRuntime } from 'tspod';
import { type Collected, startCollecting } from '../e2e/support/collected.ts';
import { eventually } from '../e2e/support/machine.ts';
import { busybox, launcher, Store } from '../e2e/support/store.ts';
import { bystander, expectRest, removeAll, require, requireKnown, settledRest } from './sweep/rest.ts';

const { values: settings } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'crun' },
    only: { type: 'string' },
    verbs: { type: 'string' },
  },
});

type Victim = 'monitor' | 'process' | 'monitor and process';
type State = 'created' | 'running' | 'paused' | 'stopping';

/** What a verb meets. */
interface Case {
  readonly state: State;
  readonly pid: number;
  /** What became of the process: it is gone, or goes on without its monitor, or is frozen and can't end yet. */
  readonly isGone: boolean;
  readonly exitCode: 137 | -1;
}

const store = await Store.create({ runtime: settings.runtime as 'crun' | 'runc' });
const runtime = await createRuntime({ root: store.root, runRoot: store.runRoot, runtime: settings.runtime });
const sweep = { store, runtime };
const failures: string[] = [];

/** Ignores what asks it to end, as a first process without a handler does. */
const command = ['sleep', '1000'];

const start = (...args: readonly string[]) => startCollecting(launcher, store.argv(args));

async function endOf(what: string, ended: Promise<Collected>): Promise<Collected> {
  let result: Collected | undefined;
  ended.then((value) => {
    result = value;
  });
  return eventually(`${what} to end`, () => result, 15_000);
}

const listedAs: Readonly<Record<string, string>> = {
  created: 'Created',
  initialized: 'Initialized',
  running: 'Up ',
  paused: 'Paused',
  stopping: 'Stopping',
};

async function shown(): Promise<{ readonly state: string; readonly exitCode: number }> {
  const text = await store.must('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', 'victim');
  const [state = '', exitCode] = text.split(' ');
  const listed = await store.must('ps', '-a', '--filter', 'name=victim', '--format', '{{.Status}}');
  require(listed.startsWith(listedAs[state] ?? `Exited (${exitCode})`), `ps tells ${listed}, inspect ${text}`);
  return { state, exitCode: Number(exitCode) };
}

async function requireExited({ exitCode }: Pick<Case, 'exitCode'>): Promise<void> {
  const now = await shown();
  // until somebody cleans up it is stopped
  require(/^(stopped|exited)$/.test(now.state) &&
    now.exitCode === exitCode, `it is ${now.state} with ${now.exitCode}, not ${exitCode}`);
}

/** Seconds of CPU that a process has used. */
function cpuOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const words = { created: 'initialized', running: 'running', paused: 'paused', stopping: 'stopping' } as const;

const verbs: Readonly<Record<string, (met: Case) => Promise<void>>> = {
  async ps(met) {
    if (met.isGone) return requireExited(met);
    const { state } = await shown();
    require(state === words[met.state], `it is ${state}`);
  },

  async wait(met) {
    const { child, ended } = start('wait', 'victim');
    if (!met.isGone) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const before = cpuOf(child.pid);
      await new Promise((resolve) => setTimeout(resolve, 500));
      require(cpuOf(child.pid) - before < 0.2, 'wait is busy while it waits');
      require(child.exitCode === null, 'wait does not wait');
      kill(met.pid);
      if (met.state === 'paused') await store.must('unpause', 'victim');
    }
    const { exitCode, stdout, stderr } = await endOf('wait', ended);
    require(exitCode === 0 && stdout === `${met.exitCode}\n`, `wait: ${exitCode} ${stdout} ${stderr}`);
    await requireExited(met);
  },

  async stop(met) {
    await store.must('stop', '-t', '0', 'victim');
    if (!met.isGone && met.state === 'created') require((await shown()).state === 'created', 'it is not as before its init');
    else await requireExited(met);
  },

  async rm(met) {
    const removed = await store.tspod(['rm', 'victim']);
    const mayGo = met.isGone || met.state === 'created';
    require((removed.exitCode === 0) === mayGo, `rm: ${removed.exitCode} ${removed.stderr}`);
    if (!mayGo) require(/without force: container state improper/.test(removed.stderr), removed.stderr);
  },

  'rm -f': async () => {
    await store.must('rm', '-f', '-t', '0', 'victim');
    require((await store.must('ps', '-aq', '--filter', 'name=victim')) === '', 'it is still there');
  },

  async exec(met) {
    const { exitCode, stdout, stderr } = await store.tspod(['exec', 'victim', 'echo', 'word']);
    const works = !met.isGone && met.state === 'running';
    const refused = exitCode === 255 && /container state improper/.test(stderr);
    require(works ? exitCode === 0 && stdout === 'word\n' : refused, `exec: ${exitCode} ${stdout}${stderr}`);
  },

  async restart(met) {
    const { exitCode, stderr } = await store.tspod(['restart', '-t', '0', 'victim']);
    const mayNot = !met.isGone && (met.state === 'paused' || met.state === 'stopping');
    require((exitCode === 0) === !mayNot, `restart: ${exitCode} ${stderr}`);
    if (mayNot) require(/container state improper/.test(stderr), stderr);
    else await requireRuns();
  },

  async start(met) {
    const { exitCode, stderr } = await store.tspod(['start', 'victim']);
    const mayNot = !met.isGone && (met.state === 'paused' || met.state === 'stopping');
    require((exitCode === 0) === !mayNot, `start: ${exitCode} ${stderr}`);
    if (!mayNot) await requireRuns();
  },
};

async function requireRuns(): Promise<void> {
  const { state } = await shown();
  require(state === 'running', `it is ${state}`);
  require((await store.must('exec', 'victim', 'echo', 'word')) === 'word', 'nothing can be executed in it');
}

function kill(...pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

async function gone(pids: readonly number[]): Promise<void> {
  const left = () => pids.filter((pid) => statusOf(pid) !== undefined);
  await eventually(`${left().join()} to end`, () => (left().length === 0 ? true : undefined));
}

/** The letter of /proc; undefined for one that is gone or only not yet waited for. */
function statusOf(pid: number): string | undefined {
  try {
    const letter = /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
    return letter === 'Z' || letter === 'X' ? undefined : letter;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

/** The conmon of a container or session. */
function monitorOf(id: string): number {
  const found = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name) || statusOf(Number(name)) === undefined) return false;
    return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`\0-u\0${id}\0`);
  });
  if (found.length !== 1) throw new Error(`${found.length} monitors of ${id}`);
  return Number(found[0]);
}

async function containerCase(state: State, victim: Victim, verb: string): Promise<void> {
  const id = await store.must('create', '--name', 'victim', busybox, ...command);
  await store.must(...(state === 'created' ? ['init', 'victim'] : ['start', 'victim']));
  if (state === 'paused') await store.must('pause', 'victim');
  const stopping = state === 'stopping' ? start('stop', '-t', '100', 'victim') : undefined;
  if (stopping !== undefined) {
    const status = () => store.must('inspect', '--format', '{{.State.Status}}', 'victim');
    await eventually('the stop to begin', async () => ((await status()) === 'stopping' ? true : undefined));
  }
  const pid = Number(await store.must('inspect', '--format', '{{.State.Pid}}', 'victim'));
  const monitor = monitorOf(id);
  const isKilled = victim !== 'monitor';
  if (victim !== 'process') kill(monitor);
  if (isKilled) kill(pid);
  // SIGKILL does not reach what the freezer of cgroup v1 holds
  const isFrozen = state === 'paused' && statusOf(pid) !== undefined;
  if (victim !== 'process') await gone([monitor]);
  if (isKilled && !isFrozen) await gone([pid]);
  const exitCode = victim === 'process' ? 137 : -1;
  await verbs[verb]?.({ state, pid, isGone: isKilled && !isFrozen, exitCode });
  await requireKnown(sweep);
  if (stopping === undefined) return;
  await store.tspod(['rm', '-f', '-t', '0', 'victim']);
  const { exitCode: ended, stderr } = await endOf('the stop', stopping.ended);
  require(ended === 0 || /no such container|no container with/.test(stderr), `the stop: ${ended} ${stderr}`);
}

/** The container must go on whatever becomes of a session in it; and take it along. */
async function sessionCase(victim: Victim | 'container'): Promise<void> {
  const id = await store.must('run', '-d', '--name', 'victim', busybox, ...command);
  const sessionId = await store.must('exec', '-d', 'victim', 'sleep', '2000');
  const attended = start('exec', 'victim', 'sleep', '3000');
  const session = await runtime.execSession(sessionId);
  const others = async () => (await (await runtime.container('victim')).execSessions()).filter((one) => one.id !== sessionId);
  const other = await eventually('the second session', async () => {
    const [found] = await others();
    return found !== undefined && (await found.inspect()).Pid > 0 ? found : undefined;
  });
  const pids = [(await session.inspect()).Pid, (await other.inspect()).Pid];
  const monitors = [sessionId, other.id].map(monitorOf);
  if (victim === 'container') {
    kill(Number(await store.must('inspect', '--format', '{{.State.Pid}}', 'victim')));
    await gone(pids);
    await gone(monitors);
    const { exitCode } = await endOf('the client', attended.ended);
    require(exitCode === 137, `the client ended with ${exitCode}`);
    await requireExited({ exitCode: 137 });
    return;
  }
  if (victim !== 'process') kill(...monitors);
  if (victim !== 'monitor') kill(...pids);
  if (victim !== 'process') await gone(monitors);
  if (victim !== 'monitor') await gone(pids);
  if (victim === 'monitor') {
    require((await session.inspect()).Running, 'a session that runs is told to have ended');
    kill(...pids);
    await gone(pids);
  }
  const expected = victim === 'process' ? 137 : -1;
  const exitCode = await session.wait({ signal: AbortSignal.timeout(10_000) });
  require(exitCode === expected, `the session ended with ${exitCode}`);
  const client = await endOf('the client', attended.ended);
  const isTold = victim === 'process' ? client.exitCode === 137 : /without an exit status/.test(client.stderr);
  require(isTold && client.exitCode !== 0, `the client ended with ${client.exitCode}: ${client.stderr}`);
  await requireRuns();
  require(monitorOf(id) > 0, 'the container lost its monitor');
  await store.must('stop', '-t', '0', 'victim');
  await requireExited({ exitCode: 137 });
}

const victims: readonly Victim[] = ['monitor', 'process', 'monitor and process'];
const chosen = settings.verbs?.split(',') ?? Object.keys(verbs);
const cases: readonly { readonly state: string; readonly title: string; readonly act: () => Promise<void> }[] = [
  ...(['created', 'running', 'paused', 'stopping'] as const).flatMap((state) =>
    victims.flatMap((victim) =>
      chosen.map((verb) => ({
        state,
        title: `${state}, ${victim} killed, ${verb}`,
        act: () => containerCase(state, victim, verb),
      })),
    ),
  ),
  ...[...victims, 'container' as const].map((victim) => ({
    state: 'exec',
    title: `exec sessions, ${victim} killed`,
    act: () => sessionCase(victim),
  })),
];

// what the library waits for does not keep a program alive
const alive = setInterval(() => undefined, 60_000);
try {
  await store.must('run', '-d', '--name', bystander, busybox, ...command);
  await store.must('run', '--rm', busybox, 'true');
  const wanted = cases.filter(({ state }) => settings.only === undefined || settings.only.split(',').includes(state));
  let before = await settledRest(sweep);
  for (const { title, act } of wanted) {
    try {
      await act();
      await removeAll(sweep);
      await expectRest(sweep, before);
      require((await runtime.container(bystander).then((one) => one.state())).status === 'running', 'the bystander does not run');
    } catch (error) {
      failures.push(`${title}: ${error instanceof Error ? error.message : String(error)}`);
      console.error(failures.at(-1));
      await removeAll(sweep);
      before = await settledRest(sweep);
    }
  }
  console.log(`${settings.runtime}: ${wanted.length} cases, ${failures.length} failures`);
} finally {
  clearInterval(alive);
  await runtime.shutdown();
  await store[Symbol.asyncDispose]();
}
process.exitCode = failures.length === 0 ? 0 : 1;
