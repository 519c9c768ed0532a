import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busybox, busyboxArchive, run, Store } from './support/store.ts';

const id = (letter: string) => letter.repeat(64);

describe('system check', () => {
  let store: Store;
  let container: string;
  beforeAll(async () => {
    store = await Store.create({ runtime: 'crun', storage: 'overlay' });
    container = await store.must('create', '--name', 'kept', busybox, 'true');
  });
  afterAll(() => store[Symbol.asyncDispose]());

  const check = (...flags: string[]) => store.tspod(['system', 'check', ...flags]);
  const kinds = (stdout: string) => [...stdout.matchAll(/^(?:found|mended) ([a-z-]+):/gm)].map(([, kind]) => kind).sort();

  test('finds nothing in a good store, also while a container runs', async () => {
    await store.must('run', '-d', '--name', 'runs', busybox, 'sleep', '300');
    expect(await check()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    await store.must('rm', '-f', '-t', '0', 'runs');
    expect(await check('--repair', '--force', '--max', '0')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('what can be mended without a loss is named, left alone, and mended when asked for', async () => {
    const locks = readdirSync(join(store.runRoot, 'tspod'), { recursive: true, encoding: 'utf8' });
    const lock = locks.find((path) => path.endsWith(`${container}.lock`)) ?? '';
    const image = readdirSync(join(store.root, 'overlay-images')).find((name) => /^[0-9a-f]{64}$/.test(name)) ?? '';
    mkdirSync(join(store.root, 'overlay', id('a'), 'diff'), { recursive: true });
    symlinkSync(`../${id('b')}/diff`, join(store.root, 'overlay/l', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'));
    mkdirSync(join(store.root, 'overlay-images', id('c')));
    writeFileSync(join(store.root, 'overlay-images', image, '.tmp-manifest'), 'half');
    mkdirSync(join(store.root, 'overlay-containers', id('d'), 'userdata'), { recursive: true });
    mkdirSync(join(store.runRoot, 'overlay-containers', id('e'), 'userdata'), { recursive: true });
    writeFileSync(join(store.runRoot, 'tspod', lock.replace(container, id('f'))), '');
    writeFileSync(
      join(store.runRoot, 'overlay-layers/mountpoints.json'),
      JSON.stringify([{ id: id('a'), path: join(store.root, 'overlay', id('a'), 'merged'), count: 2 }]),
    );
    const wanted = [
      ...['dangling-link', 'left-over-draft', 'left-over-lock', 'orphan-container-directory', 'orphan-container-directory'],
      ...['orphan-image-directory', 'orphan-layer-directory', 'stale-mount-count'],
    ];
    for (let time = 0; time < 2; time += 1) {
      const { exitCode, stdout, stderr } = await check();
      expect({ exitCode, kinds: kinds(stdout) }).toEqual({ exitCode: 125, kinds: wanted });
      expect(stderr).toMatch(/8 problems in the store\n.*system check --repair\n/);
    }
    const mended = await check('--repair');
    expect({ ...mended, stdout: kinds(mended.stdout) }).toEqual({ exitCode: 0, stdout: wanted, stderr: '' });
    expect(await check()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await store.must('start', '-a', 'kept')).toBe('');
  });

  test('what is left of runs and layers is mended, too', async () => {
    await store.must('start', '-a', 'kept');
    await store.must('run', '-d', '--name', 'ended', busybox, 'sleep', '300');
    const [ended = '', cgroup = ''] = (await store.must('inspect', '--format', '{{.Id}} {{.State.CgroupPath}}', 'ended')).split(
      ' ',
    );
    cpSync(`/run/crun/${ended}`, store.path('crun'), { recursive: true });
    await store.must('stop', '-t', '0', 'ended');
    cpSync(store.path('crun'), `/run/crun/${ended}`, { recursive: true });
    const group = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find((path) => existsSync(path)) + cgroup;
    mkdirSync(group, { recursive: true });
    writeFileSync(join(store.directory, fileNamed('live.db'), '../exits', id('9')), '0');
    // another program's layers, of which one was not finished
    const layers = join(store.root, 'overlay-layers/layers.json');
    const old = '2020-01-01T00:00:00Z';
    const others = [
      { id: id('7'), created: old },
      { id: id('8'), created: old, flags: { incomplete: true } },
    ];
    writeFileSync(layers, JSON.stringify([...JSON.parse(readFileSync(layers, 'utf8')), ...others]));
    for (const { id } of others) mkdirSync(join(store.root, 'overlay', id, 'diff'), { recursive: true });
    const own = layerOf(container);
    rmSync(join(store.root, 'overlay/l', readFileSync(join(store.root, 'overlay', own, 'link'), 'utf8')));
    await run('mount', ['--bind', store.path('.'), join(store.root, 'overlay', own, 'merged')]);

    const wanted = [
      ...['incomplete-layer', 'left-over-cgroup', 'left-over-exit-file', 'missing-link', 'stale-runtime-state'],
      ...['uncounted-mount', 'unused-layer'],
    ];
    const found = await check();
    expect({ exitCode: found.exitCode, kinds: kinds(found.stdout) }).toEqual({ exitCode: 125, kinds: wanted });
    const mended = await check('--repair');
    expect({ ...mended, stdout: kinds(mended.stdout) }).toEqual({ exitCode: 0, stdout: wanted, stderr: '' });
    expect(await check()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(existsSync(group)).toBe(false);
    await store.must('rm', 'ended');
    expect(await store.must('start', '-a', 'kept')).toBe('');
  });

  test('a verb that was cut short is finished; what only the records or only the storage knows goes with --force only', async () => {
    const unknown = await store.must('create', '--name', 'unknown', busybox, 'true');
    const rootless = await store.must('create', '--name', 'rootless', busybox, 'true');
    changeState(`DELETE FROM container WHERE id = '${unknown}'`);
    const records = join(store.root, 'overlay-containers/containers.json');
    const kept = JSON.parse(readFileSync(records, 'utf8')).filter((record: { id: string }) => record.id !== rootless);
    writeFileSync(records, JSON.stringify(kept));
    changeState(`INSERT INTO container (id, name, storage, intent, since) VALUES ('${id('6')}', 'cut', 'overlay', 'create', 1)`);
    const { exitCode, stdout } = await check('--repair');
    const lossy = ['container-without-record', 'container-without-root'];
    const found = [...lossy, 'left-over-lock', 'unfinished-verb'];
    expect({ exitCode, kinds: kinds(stdout) }).toEqual({ exitCode: 125, kinds: found });
    expect(await store.must('ps', '-a', '--format', '{{.Names}}')).toContain('rootless');
    expect(kinds((await check('--force', '--max', '0')).stdout)).toEqual(expect.arrayContaining(lossy));
    expect(await check('--max', '0')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await store.must('ps', '-a', '--format', '{{.Names}}')).toBe('kept');
  });

  test('a damaged image is found by its digests, and goes with --force only', async () => {
    await store.must('commit', '-q', 'kept', 'localhost/damaged');
    const damaged = await store.must('image', 'inspect', '--format', '{{.Id}}', 'localhost/damaged');
    const manifest = join(store.root, 'overlay-images', damaged, 'manifest');
    const text = readFileSync(manifest, 'utf8');
    writeFileSync(
      manifest,
      text
        .replace(/"size":1/, '"size":2')
        .replace(/sha256:[0-9a-f]/, 'sha256:x')
        .slice(0, text.length),
    );
    expect((await check('--quick')).exitCode).toBe(0);
    const found = await check('--repair');
    expect(found).toMatchObject({ exitCode: 125, stdout: expect.stringContaining(`damaged-image: image localhost/damaged`) });
    expect(found.stderr).toContain('--repair --force');
    expect((await check('--force', '--max', '0')).exitCode).toBe(0);
    expect(await store.must('images', '-q', 'localhost/damaged')).toBe('');
    expect(await check()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('a container whose layer is gone goes with --force only', async () => {
    const lost = await store.must('create', '--name', 'lost', busybox, 'true');
    renameSync(join(store.root, 'overlay', layerOf(lost)), store.path('away'));
    const { exitCode, stdout } = await check('--repair');
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 125,
      stdout: expect.stringContaining('damaged-container: container lost'),
    });
    expect(await store.must('ps', '-a', '--format', '{{.Names}}')).toContain('lost');
    expect((await check('--force', '--max', '0')).exitCode).toBe(0);
    expect(await store.must('ps', '-a', '--format', '{{.Names}}')).toBe('kept');
  });

  function fileNamed(name: string): string {
    const found = readdirSync(store.directory, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith(name));
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  }

  function layerOf(wanted: string): string {
    const records = JSON.parse(readFileSync(join(store.root, 'overlay-containers/containers.json'), 'utf8'));
    return records.find((record: { id: string }) => record.id === wanted).layer;
  }

  /** As a crash would leave the database. */
  function changeState(sql: string): void {
    const database = new DatabaseSync(join(store.root, 'tspod/state.db'));
    database.exec(sql);
    database.close();
  }

  const junk = '{"half": [1, 2';
  test.each([
    ['root/overlay-images/images.json', ['images']],
    ['root/overlay-layers/layers.json', ['start', 'kept']],
    ['root/overlay-containers/containers.json', ['start', 'kept']],
    ['run/overlay-layers/mountpoints.json', ['start', 'kept']],
    ['root/tspod/state.db', ['ps', '-a']],
    ['root/tspod/events.db', ['events', '--stream=false']],
    ['live.db', ['ps', '-a']],
  ])('%s, damaged on purpose, is named with what to do, and never written to', async (name, args) => {
    const path = join(store.directory, fileNamed(name));
    const saved = ['', '-wal', '-shm'].filter((suffix) => existsSync(path + suffix));
    for (const suffix of saved) copyFileSync(path + suffix, store.path(`saved${suffix}`));
    const before = readdirSync(join(store.directory, 'root/overlay')).length;
    try {
      for (const suffix of saved) rmSync(path + suffix);
      writeFileSync(path, junk);
      const { exitCode, stderr } = await store.tspod(args);
      expect({ exitCode, stderr }).toEqual({ exitCode: 125, stderr: expect.stringMatching(/\n.*backup/) });
      expect(stderr).toContain(path);
      for (const other of [
        ['create', '--name', 'x', busybox],
        ['rm', 'x'],
        ['rmi', 'nosuch'],
        ['system', 'check', '--force'],
      ]) {
        await store.tspod(other);
        expect(readFileSync(path, 'utf8'), other.join(' ')).toBe(junk);
      }
    } finally {
      for (const suffix of saved) copyFileSync(store.path(`saved${suffix}`), path + suffix);
      for (const suffix of saved) rmSync(store.path(`saved${suffix}`));
    }
    await store.tspod(['rm', 'x']);
    expect(readdirSync(join(store.directory, 'root/overlay')).length).toBe(before);
    expect(await store.must('ps', '-a', '--format', '{{.Names}}')).toBe('kept');
  });

  test('so are files of networks, secrets, exits and the configuration', async () => {
    const running = await store.must('run', '-d', '--name', 'runs', busybox, 'sleep', '300');
    mkdirSync(store.networkConfig);
    mkdirSync(join(store.root, 'tspod/secrets'), { recursive: true });
    const own = ['--network-config-dir', store.networkConfig];
    const network = join(store.networkConfig, 'damaged.json');
    const secret = join(store.root, 'tspod/secrets/damaged.json');
    const file = store.path('damaged');
    const cases: readonly [path: string, args: readonly string[], env?: Record<string, string>][] = [
      [network, [...own, 'network', 'ls']],
      [secret, ['secret', 'ls']],
      [join(store.directory, fileNamed('live.db'), '../exits', running), ['ps']],
      [file, ['--signature-policy', file, 'pull', `docker-archive:${busyboxArchive()}`]],
      [file, ['ps'], { CONTAINERS_CONF: file }],
      [file, ['ps'], { CONTAINERS_STORAGE_CONF: file }],
      [file, ['pull', 'short'], { CONTAINERS_REGISTRIES_CONF: file }],
    ];
    for (const [path, args, env = {}] of cases) {
      writeFileSync(path, junk);
      const { exitCode, stderr } = await store.tspod(args, { env });
      expect({ exitCode, stderr }, path).toEqual({ exitCode: 125, stderr: expect.stringMatching(/\n.*\b(file|backup|mend)\b/) });
      expect(stderr).toContain(path);
      expect(readFileSync(path, 'utf8')).toBe(junk);
      if (path !== network && path !== secret) rmSync(path);
    }
    const { stdout } = await store.tspod([...own, 'system', 'check', '--force']);
    expect(kinds(stdout)).toEqual(['damaged-file', 'damaged-file']);
    for (const path of [network, secret]) {
      expect(stdout).toContain(path);
      expect(readFileSync(path, 'utf8')).toBe(junk);
      rmSync(path);
    }
    await store.must('rm', '-f', '-t', '0', 'runs');
  });
});
