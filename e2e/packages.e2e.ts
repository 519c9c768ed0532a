import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, traces } from './support/machine.ts';
import { busybox, run, Store } from './support/store.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));
const packed = join(repository, 'node_modules/.cache/tspod-packages');
const tsc = join(repository, 'node_modules/typescript7/bin/tsc');

/** What somebody has who installed the published packages and never saw this repository. */
describe('the packed packages', () => {
  let store: Store;
  let prefix: string;
  const tarball = (name: string) => join(packed, `${name}-0.1.0.tgz`);

  function npm(...args: readonly string[]): void {
    execFileSync('npm', [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'], {
      stdio: 'pipe',
    });
  }

  /** The installed command, on the store. */
  function installed(...args: readonly string[]) {
    const path = `${dirname(process.execPath)}:${process.env.PATH}`;
    return run(join(prefix, 'bin/tspod'), store.argv(args), { env: { PATH: path } });
  }

  /** The files that a guide of docs/backends has its reader write, by their paths: blocks that name the same file continue it. */
  function filesOf(guide: string): Map<string, string> {
    const files = new Map<string, string>();
    const blocks = readFileSync(join(repository, 'docs/backends', guide), 'utf8').matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms);
    for (const [, path = '', text = ''] of blocks) files.set(path, files.has(path) ? `${files.get(path)}\n${text}` : text);
    return files;
  }

  /** Makes of a guide the package that it is about, from the tarballs of what that depends on, and compiles it. Answers its directory. */
  function installExample(name: string, guide: string): string {
    const directory = store.path(name);
    const files = new Map([...filesOf('writing-an-oci-runtime.md'), ...filesOf(guide)]);
    const isOfAnother = (path: string) => path.startsWith('src/') && !filesOf(guide).has(path);
    for (const [path, text] of files) {
      if (isOfAnother(path)) continue;
      expect(readFileSync(join(repository, 'examples', name, path), 'utf8'), `${path} in ${guide}`).toBe(text);
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    const { dependencies }: { dependencies: Record<string, string> } = manifest;
    const tarballs = Object.keys(dependencies).map((dependency) => tarball(dependency.replace('@', '').replace('/', '-')));
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...manifest, devDependencies: {} }));
    npm('install', '--prefix', directory, ...new Set([tarball('tspod-core'), ...tarballs]));
    mkdirSync(join(directory, 'node_modules/@types'), { recursive: true });
    symlinkSync(join(repository, 'node_modules/@types/node'), join(directory, 'node_modules/@types/node'));
    symlinkSync(join(repository, 'node_modules/undici-types'), join(directory, 'node_modules/undici-types'));
    execFileSync(process.execPath, [tsc, '-p', directory], { stdio: 'pipe' });
    return directory;
  }

  beforeAll(async () => {
    execFileSync(process.execPath, [join(repository, 'scripts/pack.ts')], { stdio: 'pipe' });
    store = await Store.create();
    prefix = store.path('prefix');
    npm('install', '--global', '--prefix', prefix, tarball('tspod-cli'));
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  test('each holds its licence, and nothing of its tests or sources', () => {
    for (const name of readdirSync(packed).filter((file) => file.endsWith('.tgz'))) {
      const files = execFileSync('tar', ['tzf', join(packed, name)], { encoding: 'utf8' })
        .trim()
        .split('\n');
      expect(files, name).toContain('package/LICENSE');
      expect(
        files.filter(
          (file) => !/^package\/(dist\/.*\.(js|d\.ts)|man\/tspod[\w-]*\.1|package\.json|README\.md|LICENSE)$/.test(file),
        ),
      ).toEqual([]);
    }
  });

  test('the command runs a container where npm put it, and cleans up behind one that nobody attends', async () => {
    expect(await installed('run', '--rm', busybox, 'echo', 'hello')).toEqual({ exitCode: 0, stdout: 'hello\n', stderr: '' });
    expect(await installed('run', '-d', '--name', 'alone', busybox, 'true')).toMatchObject({ exitCode: 0, stderr: '' });
    await eventually('its clean-up', () => (traces(store).processes.length === 0 ? true : undefined));
    expect(await installed('ps', '-a', '--format', 'json')).toMatchObject({
      stderr: '',
      stdout: expect.stringContaining('Exited (0)'),
    });
    await store.must('rm', 'alone');
  });

  test('an old Node is told what is needed', async () => {
    const old = store.path('old-node');
    mkdirSync(old);
    // the entry asks nothing but process.versions, which a preloaded module can set back
    writeFileSync(
      join(old, 'old.cjs'),
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });",
    );
    const entry = join(prefix, 'lib/node_modules/@tspod/cli/dist/tspod.js');
    const { exitCode, stdout, stderr } = await run(process.execPath, ['--require', join(old, 'old.cjs'), entry, 'ps']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: '' });
    expect(stderr).toContain(`tspod needs Node 22.18 or newer, and ${process.execPath} is Node 20.20.2`);
  });

  test('a container that ends while its tspod is being replaced is cleaned up by the new one', async () => {
    const installation = join(prefix, 'lib/node_modules/@tspod');
    const aside = `${installation}.aside`;
    await installed('run', '-d', '--name', 'upgraded', busybox, 'sh', '-c', 'while [ ! -e /stop ]; do sleep 0.05; done; exit 4');
    expect(await installed('exec', 'upgraded', 'true')).toMatchObject({ exitCode: 0 });
    renameSync(installation, aside);
    await store.must('exec', 'upgraded', 'touch', '/stop');
    await eventually('the end of its process', () =>
      traces(store).processes.some((line) => line.includes('tspod-exit')) ? true : undefined,
    );
    rmSync(aside, { recursive: true });
    npm('install', '--global', '--prefix', prefix, tarball('tspod-cli'));
    await eventually('its clean-up', () => (traces(store).processes.length === 0 ? true : undefined));
    expect(traces(store).cgroups).toEqual([]);
    expect(await installed('wait', 'upgraded')).toMatchObject({ stdout: '4\n' });
    await store.must('rm', 'upgraded');
  });

  describe('an OCI runtime of another package', () => {
    let directory: string;
    beforeAll(() => {
      directory = installExample('oci-runsc', 'writing-an-oci-runtime.md');
    });

    test('runs containers, by flag and by tspod.conf, and cleans up behind them', async () => {
      const flags = [`--backend=${directory}`, '--runtime=runsc'];
      const inside = await installed(...flags, 'run', '--rm', busybox, 'dmesg');
      expect(inside).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('gVisor') });

      const home = store.path('home');
      mkdirSync(join(home, 'tspod'), { recursive: true });
      writeFileSync(join(home, 'tspod/tspod.conf'), `[backends]\nload = ["${directory}"]\n[defaults]\nruntime = "runsc"\n`);
      const configured = (...args: string[]) => store.tspod(args, { env: { XDG_CONFIG_HOME: home } });
      expect(await configured('run', '-d', '--name', 'boxed', busybox, 'sh', '-c', 'exit 5')).toMatchObject({
        exitCode: 0,
        stderr: '',
      });
      expect(await configured('wait', 'boxed')).toMatchObject({ stdout: '5\n', stderr: '' });
      await eventually('its clean-up', () => (traces(store).processes.length === 0 ? true : undefined));
      expect(await configured('rm', 'boxed')).toMatchObject({ exitCode: 0, stderr: '' });
      const info = JSON.parse((await configured('info', '--format', 'json')).stdout);
      expect(info.backends.runtime).toEqual([
        { name: 'crun', status: 'usable', reason: 'runsc was asked for' },
        { name: 'runc', status: 'usable', reason: 'runsc was asked for' },
        { name: 'runsc', status: 'chosen' },
      ]);
    });

    test('is not loaded when others than root can change it', async () => {
      const open = store.path('open');
      mkdirSync(open);
      execFileSync('chmod', ['777', open]);
      renameSync(directory, join(open, 'oci-runsc'));
      try {
        expect(await store.tspod(['--backend', join(open, 'oci-runsc'), 'ps'])).toMatchObject({
          exitCode: 125,
          stdout: '',
          stderr: expect.stringContaining(`${open} can be written by others than root`),
        });
      } finally {
        renameSync(join(open, 'oci-runsc'), directory);
      }
    });
  });

  test('a storage of another package holds root filesystems, also for the exit command', async () => {
    const directory = installExample('storage-tmpfs', 'writing-a-storage-backend.md');
    const flags = [`--backend=${directory}`, '--storage-driver=tmpfs', '--storage-opt=tmpfs.size=64m'];
    const memory = await installed(...flags, 'run', '--rm', busybox, 'stat', '-f', '-c', '%T %b', '/');
    expect(memory).toEqual({ exitCode: 0, stdout: 'tmpfs 16384\n', stderr: '' });
    const before = traces(store).mounts;
    expect(await installed(...flags, 'run', '-d', '--rm', busybox, 'true')).toMatchObject({ exitCode: 0, stderr: '' });
    await eventually('its removal by the exit command', () => (traces(store).mounts.length === before.length ? true : undefined));
    await eventually('the end of the exit command', () => (traces(store).processes.length === 0 ? true : undefined));
    expect(await installed(...flags, 'ps', '-a', '-q')).toMatchObject({ stdout: '', stderr: '' });
    expect(await installed(...flags, '--storage-opt=tmpfs.colour=red', 'run', busybox)).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('no option "colour=red"'),
    });
  });
});
