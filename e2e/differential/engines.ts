import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { eventually, removePodmanCgroups, traces } from '../support/machine.ts';
import { type CommandResult, run, Store } from '../support/store.ts';

/** What scenarios are run by. */
export interface Engine extends AsyncDisposable {
  readonly name: 'tspod' | 'podman';
  /** Where shell commands run, and what `{dir}` stands for. */
  readonly directory: string;
  run(words: readonly string[], input: string | undefined): Promise<CommandResult>;
  shell(line: string): Promise<CommandResult>;
}

/** Each with a fresh store, with a busybox image in it, and with networks of its own. */
export async function bothEngines(): Promise<readonly [Engine, Engine]> {
  return Promise.all([openEngine('tspod'), openEngine('podman')]);
}

async function openEngine(name: Engine['name']): Promise<Engine> {
  const machine = await ownMachine();
  const directory = mkdtempSync('/var/tmp/tspod-e2e-');
  const within = ['nsenter', `--target=${machine.pid}`, '--net', '--mount', `--wdns=${directory}`];
  const store = await Store.create({ ownNetworks: true, within });
  return {
    name,
    directory,
    run: (words, input) => store[name](words, input === undefined ? {} : { input }),
    shell: (line) => run('nsenter', [...within.slice(1), 'bash', '-ec', line]),
    [Symbol.asyncDispose]: async () => {
      await close(store, name);
      machine.kill('SIGKILL');
      rmSync(directory, { recursive: true });
    },
  };
}

/** What bridges, firewall, names and addresses of the engines' networks are in: both may have the same ones. Ends with the process. */
async function ownMachine(): Promise<ChildProcess> {
  const script = [
    'mkdir -p /run/containers /run/netns',
    'mount -t tmpfs none /run/containers',
    'mount -t tmpfs none /run/netns',
    'ip link set lo up',
    'echo ready',
    'exec cat',
  ].join(' && ');
  const machine = spawn('unshare', ['--net', '--mount', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  await Promise.race([
    once(machine.stdout, 'data'),
    once(machine, 'exit').then(() => Promise.reject(new Error('unshare failed'))),
  ]);
  return machine;
}

async function close(store: Store, name: Engine['name']): Promise<void> {
  await store[name](['pod', 'rm', '-f', '-a', '-t', '0']);
  await store[name](['rm', '-f', '-a', '-t', '0']);
  await eventually('the processes of the store to end', () => (traces(store).processes.length === 0 ? true : undefined));
  if (name === 'podman') removePodmanCgroups(store);
  await store[Symbol.asyncDispose]();
}
