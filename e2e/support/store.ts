import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeBusyboxArchive } from '@tspod/testkit';
import { execa, type Options } from 'execa';
import { eventually, removeCgroups, traces } from './machine.ts';

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly timeout?: number;
}

/** Which backends a store's commands name by flag; left out, the probe chooses. */
export interface Backends {
  readonly runtime?: 'crun' | 'runc';
  readonly storage?: 'overlay' | 'dir';
  /** Networks of the store's own in place of the machine's; those that podman makes on it are among them. */
  readonly ownNetworks?: boolean;
  /** Words before every command line, such as nsenter's. */
  readonly within?: readonly string[];
}

/**
 * With what podman 4.3 works on machines without CAP_SYS_RESOURCE, where it can't raise limits (tspod needs none of this). The file
 * replaces the distribution's, so it says again what that one says of capabilities. Left alone, podman would take CNI for a store that has
 * images and that it has not seen before. Its locks would be in one shared memory for all stores of the machine, so that what it does to
 * those of one store can have it wait for itself in another.
 */
export const podmanConfiguration = `[containers]
netns = "none"
default_ulimits = ["nofile=1024:1024", "nproc=30000:30000"]
pids_limit = 0
default_capabilities = [
  "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"
]
default_sysctls = ["net.ipv4.ping_group_range=0 0"]
[engine]
lock_type = "file"
[network]
network_backend = "netavark"
`;

/** Containers of the suites have no network unless they ask for one: making it takes longer than everything else. */
process.env.CONTAINERS_CONF_OVERRIDE ??= fileURLToPath(new URL('./without-network.conf', import.meta.url));
/** Timers of systemd are tried in the guest. */
process.env.DISABLE_HC_SYSTEMD ??= 'true';

/** The name of the image that `createStore` loads. */
export const busybox = 'localhost/busybox:latest';

export const launcher = fileURLToPath(new URL('../../bin/tspod', import.meta.url));

/**
 * A store of its own in a temporary directory, with a busybox image in it, and the commands that work on it. Dispose of it: every
 * container goes, and nothing of it stays on the machine.
 */
/** A removal by podman 4.3 that meets the clean-up of the same container: it says so, and only the next one finishes it. */
const podmansOwnRace = /unlinkat \S+\/userdata\/shm: device or resource busy/;

export class Store implements AsyncDisposable {
  readonly directory = mkdtempSync('/var/tmp/tspod-e2e-');
  readonly root = join(this.directory, 'root');
  readonly runRoot = join(this.directory, 'run');
  readonly networkConfig = join(this.directory, 'networks');
  /** All of this store's containers are below it, and nobody else's. */
  readonly cgroupParent = `/${basename(this.directory)}`;
  readonly backends: Backends;
  readonly #configuration: string;
  #hasPods = false;

  private constructor(backends: Backends) {
    this.backends = backends;
    this.#configuration = join(this.directory, 'containers.conf');
    writeFileSync(this.#configuration, podmanConfiguration);
  }

  static async create(backends: Backends = {}): Promise<Store> {
    const store = new Store(backends);
    await store.must('load', '-q', '-i', busyboxArchive());
    return store;
  }

  static empty(backends: Backends = {}): Store {
    return new Store(backends);
  }

  /** The global flags that make a command work on this store. */
  get flags(): string[] {
    const { runtime, storage, ownNetworks } = this.backends;
    return [
      '--root',
      this.root,
      '--runroot',
      this.runRoot,
      ...(runtime === undefined ? [] : ['--runtime', runtime]),
      ...(storage === undefined ? [] : ['--storage-driver', storage]),
      ...(ownNetworks ? ['--network-config-dir', this.networkConfig] : []),
    ];
  }

  /** Arguments for the built command to work on this store. */
  argv(args: readonly string[]): string[] {
    return [...this.flags, ...this.#ownCgroup(args)];
  }

  /** Runs the built command. */
  async tspod(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    this.#hasPods ||= args[0] === 'pod' || args.includes('--pod');
    return this.#run(launcher, this.argv(args), options);
  }

  /** As `tspod`, and a failure is the test's failure. Answers stdout without the last newline. */
  async must(...args: readonly string[]): Promise<string> {
    const result = await this.tspod(args);
    if (result.exitCode !== 0) throw new Error(`tspod ${args.join(' ')} exited with ${result.exitCode}: ${result.stderr}`);
    return result.stdout.replace(/\n$/, '');
  }

  /** Debian's podman on the same store. */
  async podman(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const { runtime, ownNetworks } = this.backends;
    const flags = [
      '--root',
      this.root,
      '--runroot',
      this.runRoot,
      '--tmpdir',
      join(this.directory, 'podman-tmp'),
      '--cgroup-manager',
      'cgroupfs',
      ...(ownNetworks ? ['--network-config-dir', this.networkConfig] : []),
    ];
    const runtimeFlags = runtime === undefined ? [] : ['--runtime', runtime];
    const command = () =>
      this.#run('podman', [...flags, ...runtimeFlags, ...this.#ownCgroup(args)], {
        ...options,
        env: { CONTAINERS_CONF: this.#configuration, ...options.env },
      });
    const result = await command();
    return podmansOwnRace.test(result.stderr) ? command() : result;
  }

  async mustPodman(...args: readonly string[]): Promise<string> {
    const result = await this.podman(args);
    if (result.exitCode !== 0) throw new Error(`podman ${args.join(' ')} exited with ${result.exitCode}: ${result.stderr}`);
    return result.stdout.replace(/\n$/, '');
  }

  async buildah(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    return run('buildah', ['--root', this.root, '--runroot', this.runRoot, ...args], options);
  }

  #run(file: string, args: readonly string[], options: RunOptions): Promise<CommandResult> {
    const [first = file, ...rest] = [...(this.backends.within ?? []), file, ...args];
    return run(first, rest, options);
  }

  #ownCgroup(args: readonly string[]): readonly string[] {
    const at = args.findIndex((word) => word === 'run' || word === 'create');
    const hasNone = args.some((word, index) => word === 'disabled' && args[index - 1] === '--cgroups');
    const isCommand = at !== -1 && !hasNone && args.slice(0, at).every((word) => word.startsWith('-') || word === 'nosuch');
    return isCommand ? [...args.slice(0, at + 1), '--cgroup-parent', this.cgroupParent, ...args.slice(at + 1)] : args;
  }

  /** A new directory of this store's, for files that tests need. */
  path(name: string): string {
    mkdirSync(join(this.directory, 'files'), { recursive: true });
    return join(this.directory, 'files', name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasPods) await this.must('pod', 'rm', '-f', '-a', '-t', '0');
    const removed = await this.tspod(['rm', '-f', '-a', '-t', '0']);
    // monitors and the exit commands that they run end a moment after their containers
    await eventually('the processes of the store to end', () => (traces(this).processes.length === 0 ? true : undefined));
    await unmountBelow(this.directory);
    rmSync(this.directory, { recursive: true, force: true });
    removeCgroups(this);
    if (removed.exitCode !== 0) throw new Error(`cleaning up the store failed: ${removed.stderr}`);
  }
}

export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  const settings = {
    reject: false,
    stripFinalNewline: false,
    extendEnv: true,
    timeout: options.timeout ?? 60_000,
    killSignal: 'SIGKILL',
    env: options.env ?? {},
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
  } satisfies Options;
  const result = await execa(file, args, settings);
  if (result.timedOut) throw new Error(`${file} ${args.join(' ')} took too long; stderr: ${String(result.stderr)}`);
  const exitCode = result.exitCode ?? 128 + signalNumber(result.signal);
  return { exitCode, stdout: String(result.stdout), stderr: String(result.stderr) };
}

function signalNumber(name: string | undefined): number {
  const numbers: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGPIPE: 13, SIGTERM: 15 };
  return numbers[name ?? ''] ?? 127;
}

const cache = fileURLToPath(new URL('../../node_modules/.cache/tspod-e2e/', import.meta.url));

let written = false;

/** One archive for every store, written anew by each process: what another one reads is replaced by the same. */
export function busyboxArchive(): string {
  const archive = join(cache, 'busybox.tar');
  if (!written) {
    mkdirSync(cache, { recursive: true });
    const draft = `${archive}.${process.pid}`;
    writeBusyboxArchive(draft, { name: busybox });
    renameSync(draft, archive);
    written = true;
  }
  return archive;
}

/** The storage's own bind mount of its home stays after the last command, as podman leaves it, too. */
async function unmountBelow(directory: string): Promise<void> {
  const { stdout } = await execa('findmnt', ['-rno', 'TARGET'], { reject: false });
  const targets = stdout.split('\n').filter((target) => target.startsWith(`${directory}/`));
  for (const target of targets.reverse()) await execa('umount', ['-l', target]);
}
