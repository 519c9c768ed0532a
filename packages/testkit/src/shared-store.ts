import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A containers/storage store in a temporary directory, and the programs that others use on it. Needs root. */
export interface SharedStore {
  readonly directory: string;
  readonly graphRoot: string;
  readonly runRoot: string;
  /** Reference to an image of this store for skopeo. */
  reference(name: string): string;
  /** These run a program on this store and answer what it wrote to stdout; they reject when it fails. */
  podman(...argv: readonly string[]): Promise<string>;
  buildah(...argv: readonly string[]): Promise<string>;
  containersStorage(...argv: readonly string[]): Promise<string>;
  /** Copies an archive's image into the store with skopeo, under `name`. */
  load(archive: string, name: string): Promise<void>;
  /** Everything that is mounted below the directory. */
  mounts(): readonly string[];
  /** Unmounts and removes everything. */
  cleanup(): Promise<void>;
}

/**
 * @param template a store that the new one starts as a copy of; nothing may be mounted in it.
 */
export async function createSharedStore(template?: SharedStore): Promise<SharedStore> {
  const directory = mkdtempSync('/var/tmp/tspod-store-');
  const graphRoot = join(directory, 'graph');
  const runRoot = join(directory, 'run');
  const configuration = join(directory, 'containers.conf');
  // podman's usual limits may be more than the machine grants.
  writeFileSync(configuration, '[containers]\ndefault_ulimits=["nofile=1024:1024","nproc=30000:30000"]\npids_limit=0\n');
  if (template) await execute('cp', ['--archive', template.graphRoot, graphRoot]);
  else mkdirSync(graphRoot, { mode: 0o700 });

  async function run(program: string, argv: readonly string[]): Promise<string> {
    const { stdout } = await execute(program, argv, { env: { ...process.env, CONTAINERS_CONF: configuration } });
    return stdout;
  }

  const reference = (name: string) => `containers-storage:[overlay@${graphRoot}+${runRoot}]${name}`;
  const roots = ['--root', graphRoot, '--runroot', runRoot, '--storage-driver', 'overlay'];

  function mounts(): readonly string[] {
    const points = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '');
    return points.filter((point) => point.startsWith(`${directory}/`));
  }

  return {
    directory,
    graphRoot,
    runRoot,
    reference,
    mounts,
    podman: (...argv) =>
      run('podman', [
        ...roots,
        '--tmpdir',
        join(directory, 'tmp'),
        '--cgroup-manager',
        'cgroupfs',
        '--events-backend',
        'file',
        ...argv,
      ]),
    buildah: (...argv) => run('buildah', [...roots, ...argv]),
    containersStorage: (...argv) =>
      run('containers-storage', ['--graph', graphRoot, '--run', runRoot, '--storage-driver', 'overlay', ...argv]),
    async load(archive, name) {
      await run('skopeo', ['copy', '--insecure-policy', '--quiet', `docker-archive:${archive}`, reference(name)]);
    },
    async cleanup() {
      for (const point of mounts().toReversed()) await execute('umount', ['--lazy', point]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
