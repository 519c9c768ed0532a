import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeBusyboxArchive } from '@tspod/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Registry, startRegistry } from './support/registry.ts';
import { busybox, launcher, run, Store } from './support/store.ts';

let store: Store;
let open: Registry;
let closed: Registry;
let env: Record<string, string>;
const user = { name: 'me', password: 'a secret' };

beforeAll(async () => {
  store = await Store.create();
  for (const name of ['open', 'closed', 'temporary']) mkdirSync(join(store.directory, name));
  open = await startRegistry(join(store.directory, 'open'));
  closed = await startRegistry(join(store.directory, 'closed'), { tls: true, user });
  env = {
    CONTAINERS_REGISTRIES_CONF: open.registriesConf,
    REGISTRY_AUTH_FILE: join(store.directory, 'auth.json'),
    TMPDIR: join(store.directory, 'temporary'),
  };
  writeFileSync(env.REGISTRY_AUTH_FILE ?? '', '{}'); // podman wants it to be there
  expect(await tspod('push', '-q', busybox, `${open.host}/team/busybox:1`)).toMatchObject({ exitCode: 0, stdout: '' });
  expect(await tspod('push', '-q', busybox, `docker://${open.host}/team/busybox`)).toMatchObject({ exitCode: 0 });
});

afterAll(async () => {
  expect(readdirSync(join(store.directory, 'temporary'))).toEqual([]);
  await open[Symbol.asyncDispose]();
  await closed[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const tspod = (...args: readonly string[]) => store.tspod(args, { env });
const podman = (...args: readonly string[]) => store.podman(args, { env });

async function idOf(name: string): Promise<string> {
  return store.must('image', 'inspect', name).then((text) => JSON.parse(text)[0].Id);
}

/** Every record and directory that a transfer adds to. */
function content() {
  const read = (kind: string) =>
    JSON.parse(readFileSync(join(store.root, `overlay-${kind}/${kind}.json`), 'utf8')).map(
      ({ id, names }: { id: string; names?: string[] }) => ({
        id,
        names: names?.toSorted(),
      }),
    );
  const layers = readdirSync(join(store.root, 'overlay')).filter((name) => name.length === 64);
  return { images: read('images'), layers: read('layers'), directories: layers.sort() };
}

const lines = (text: string) => text.replaceAll(/^(Copying (?:blob|config) sha256:).*$/gm, '$1…').split('\n');

describe('a registry without a password', () => {
  it('is pulled from by an alias, and says so', async () => {
    const { exitCode, stderr } = await tspod('pull', 'aliased');
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('Resolved "aliased" as an alias ('),
    });
  });

  it.each([
    ['by its whole name', (host: string) => [`${host}/team/busybox:1`]],
    ['by a short name', () => ['team/busybox:1']],
    ['quietly, with every tag', (host: string) => ['-q', '-a', `${host}/team/busybox`]],
    ['when it is not there', () => ['team/none:1']],
    ['when it is no name', () => ['-q', 'team/Busybox']],
  ] as const)('is pulled from with the words of podman: %s', async (_, words) => {
    const ours = await tspod('pull', ...words(open.host));
    const theirs = await podman('pull', ...words(open.host));
    expect({ ...ours, stderr: lines(ours.stderr)[0]?.replace(/normalizing name ".*": /, '') }).toEqual({
      ...theirs,
      stderr: lines(theirs.stderr)[0],
    });
    if (ours.exitCode === 0) expect(new Set(lines(ours.stderr))).toEqual(new Set(lines(theirs.stderr)));
  });

  it('gives an image by its digest, which is the one that skopeo tells', async () => {
    const file = store.path('digest');
    await tspod('push', '-q', '--digestfile', file, busybox, `${open.host}/team/digest:1`);
    const digest = readFileSync(file, 'utf8');
    const flags = ['--registries-conf', open.registriesConf];
    const told = await run('skopeo', [...flags, 'inspect', '--format', '{{.Digest}}', `docker://${open.host}/team/digest:1`]);
    expect(told.stdout.trim()).toBe(digest);
    expect((await tspod('pull', '-q', `${open.host}/team/digest@${digest}`)).stdout.trim()).toBe(await idOf(busybox));
    const wrong = digest.replace(/.{8}$/, '00000000');
    expect(await tspod('pull', '-q', `${open.host}/team/digest@${wrong}`)).toMatchObject({ exitCode: 125 });
  });

  it('exchanges images with podman in both directions', async () => {
    await store.must('tag', busybox, 'localhost/exchanged:1');
    expect(await tspod('push', '-q', 'localhost/exchanged:1', `${open.host}/team/ours`)).toMatchObject({ exitCode: 0 });
    expect(await podman('push', '-q', 'localhost/exchanged:1', `${open.host}/team/theirs`)).toMatchObject({ exitCode: 0 });
    expect(await podman('run', '--rm', '--network', 'none', `${open.host}/team/ours`, 'echo', 'ours')).toMatchObject({
      stdout: 'ours\n',
    });
    const ran = await tspod('run', '--rm', '--network', 'none', '-q', `${open.host}/team/theirs`, 'echo', 'theirs');
    expect(ran).toMatchObject({ stdout: 'theirs\n', exitCode: 0 });
  });

  it('is asked as --pull says', async () => {
    const image = `${open.host}/team/busybox:1`;
    const start = (policy: string, name = image) => tspod('run', '--rm', '--network', 'none', `--pull=${policy}`, name, 'true');
    expect((await start('always')).stderr).toContain('Trying to pull');
    expect(await start('missing')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await start('newer')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await start('never', `${open.host}/team/none`)).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('image not known'),
    });
    expect(await start('sometimes')).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('unsupported pull policy "sometimes"'),
    });
  });

  it('is searched', async () => {
    for (const words of [[`${open.host}/busy`], ['--list-tags', `${open.host}/team/busybox`], ['--format', 'json', 'busy']]) {
      expect(await tspod('search', ...words)).toEqual(await podman('search', ...words));
    }
  });

  it('says so when it is down', async () => {
    const { exitCode, stderr } = await tspod('pull', '--tls-verify=false', '127.0.0.1:1/a/b');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('connection refused') });
  });

  it('takes a list of manifests with its images', async () => {
    await store.mustPodman('manifest', 'create', 'localhost/list:1');
    await store.mustPodman('manifest', 'add', 'localhost/list:1', `containers-storage:${busybox}`);
    expect(await tspod('manifest', 'push', '-q', 'localhost/list:1', `docker://${open.host}/team/list:1`)).toMatchObject({
      exitCode: 0,
    });
    expect((await tspod('pull', '-q', `${open.host}/team/list:1`)).stdout.trim()).toBe(await idOf(busybox));
    expect(await tspod('manifest', 'push', '-q', busybox, `${open.host}/team/list:2`)).toMatchObject({ exitCode: 125 });
  });
});

describe('a registry with TLS and a password', () => {
  const image = () => `${closed.host}/team/busybox:1`;
  const trusting = () => ['--cert-dir', closed.certificates];

  it('is not trusted, and says how to', async () => {
    const { exitCode, stderr } = await tspod('pull', image());
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 125,
      stderr: expect.stringMatching(/certificate signed by unknown authority[\s\S]*--cert-dir/),
    });
  });

  it('refuses who has no or the wrong password', async () => {
    for (const words of [[], ['--creds', `${user.name}:wrong`]]) {
      const { exitCode, stderr } = await tspod('push', '-q', ...trusting(), ...words, busybox, image());
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 125,
        stderr: expect.stringMatching(/authentication required[\s\S]*tspod login/),
      });
    }
    const wrong = ['login', ...trusting(), '-u', user.name, '-p', 'wrong', closed.host];
    const ours = await tspod(...wrong);
    expect(ours.stderr.split('\n')[0]).toBe((await podman(...wrong)).stderr.trim());
  });

  it('knows who has logged in, also by podman, until the logout', async () => {
    const login = ['login', ...trusting(), '-u', user.name, '--password-stdin', closed.host];
    expect(await store.tspod(login, { env, input: `${user.password}\n` })).toMatchObject({
      stdout: 'Login Succeeded!\n',
      exitCode: 0,
    });
    expect(await podman('login', '--get-login', closed.host)).toEqual(await tspod('login', '--get-login', closed.host));
    expect(await tspod('login', ...trusting(), closed.host)).toEqual(await podman('login', ...trusting(), closed.host));
    expect(await tspod('push', '-q', ...trusting(), busybox, image())).toMatchObject({ exitCode: 0 });
    expect(await tspod('pull', '-q', ...trusting(), image())).toMatchObject({ exitCode: 0 });
    expect(await tspod('search', ...trusting(), `${closed.host}/busy`)).toMatchObject({
      stdout: expect.stringContaining('team/busybox'),
    });
    expect((await tspod('logout', closed.host)).stdout).toBe(`Removed login credentials for ${closed.host}\n`);
    expect(await tspod('logout', closed.host)).toEqual(await podman('logout', closed.host));
    expect(await tspod('login', '--get-login', closed.host)).toMatchObject({ exitCode: 125 });
  });
});

describe('transfers of one large image', () => {
  const big = () => `${open.host}/team/big:1`;

  beforeAll(async () => {
    const noise = () => ({ noise: randomBytes(12_000_000).toString('latin1') });
    writeBusyboxArchive(store.path('big.tar'), { name: 'localhost/big:1', layers: [noise(), noise()] });
    await store.must('load', '-q', '-i', store.path('big.tar'));
    expect(await tspod('push', '-q', 'localhost/big:1', big())).toMatchObject({ exitCode: 0 });
    await store.must('rmi', 'localhost/big:1');
  });

  const startPull = () =>
    spawn(launcher, store.argv(['pull', '-q', big()]), { env: { ...process.env, ...env }, stdio: 'ignore', detached: true });

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'that %s interrupts leave the store as before, at the latest after the next one',
    async (signal) => {
      const before = content();
      let interrupted = 0;
      for (const delay of [250, 400, 550, 700]) {
        const child = startPull();
        const exit = once(child, 'exit');
        await pause(delay);
        const wasRunning = child.exitCode === null && process.kill(-(child.pid ?? 0), signal);
        await exit;
        const next = await tspod('pull', '-q', `${open.host}/team/busybox:1`);
        expect(next).toMatchObject({ exitCode: 0 });
        if ((await tspod('image', 'exists', big())).exitCode === 0) {
          await store.must('rmi', big());
          continue;
        }
        if (wasRunning) interrupted += 1;
        expect(content()).toEqual(before);
      }
      expect(interrupted).toBeGreaterThan(0);
      expect(readdirSync(join(store.root, 'tspod/transfers'))).toEqual(['lock']);
    },
  );

  it('may be under way several times at once, by podman, too', async () => {
    const results = await Promise.all([tspod('pull', '-q', big()), tspod('pull', '-q', big()), podman('pull', '-q', big())]);
    expect(new Set(results.map(({ exitCode, stdout }) => `${exitCode} ${stdout}`))).toEqual(
      new Set([`0 ${await idOf(big())}\n`]),
    );
    expect(await tspod('run', '--rm', '--network', 'none', big(), 'ls', '/noise')).toMatchObject({ stdout: '/noise\n' });
    await store.must('rmi', big());
  });
});

describe('saved images', () => {
  it.each(['docker-archive', 'oci-archive', 'oci-dir', 'docker-dir'])(
    'are the same image for podman and tspod: %s',
    async (format) => {
      const [ours, theirs] = [store.path(`ours-${format}`), store.path(`theirs-${format}`)];
      expect(await tspod('save', '-q', '--format', format, '-o', ours, busybox)).toMatchObject({
        exitCode: 0,
        stdout: '',
        stderr: '',
      });
      expect(await podman('save', '-q', '--format', format, '-o', theirs, busybox)).toMatchObject({ exitCode: 0 });
      const inspect = async (path: string) => {
        const transport = {
          'docker-archive': 'docker-archive',
          'oci-archive': 'oci-archive',
          'oci-dir': 'oci',
          'docker-dir': 'dir',
        }[format];
        return (await run('skopeo', ['inspect', `${transport}:${path}`])).stdout;
      };
      expect(await inspect(ours)).toBe(await inspect(theirs));
      expect(await inspect(ours)).not.toBe('');
      expect(await tspod('load', '-q', '-i', theirs)).toMatchObject({ exitCode: 0 });
      // podman names an image of an OCI directory after its path, which here is no name
      if (format !== 'oci-dir') expect(await podman('load', '-q', '-i', ours)).toMatchObject({ exitCode: 0 });
    },
  );

  it('come several in one archive, or with several names', async () => {
    writeBusyboxArchive(store.path('other.tar'), { name: 'localhost/other:1', layers: [{ other: 'x' }] });
    await store.must('load', '-q', '-i', store.path('other.tar'));
    const path = store.path('several.tar');
    expect(await tspod('save', '-q', '-m', '-o', path, busybox, 'other:1')).toMatchObject({ exitCode: 0 });
    expect((await podman('load', '-q', '-i', path)).stdout).toBe(`Loaded image: ${busybox}\nLoaded image: localhost/other:1\n`);
    expect((await tspod('load', '-q', '-i', path)).stdout).toBe(`Loaded image: ${busybox}\nLoaded image: localhost/other:1\n`);
    expect((await tspod('save', '-q', '-o', path, busybox)).stderr).toBe(
      "Error: docker-archive doesn't support modifying existing images\n",
    );
    const named = await run(
      'sh',
      ['-c', '"$@" | tar -xO manifest.json', 'sh', launcher, ...store.flags, 'save', '-q', 'other:1', 'more:2'],
      { env },
    );
    expect(JSON.parse(named.stdout)[0].RepoTags.toSorted()).toEqual(['localhost/more:2', 'localhost/other:1']);
  });

  it.each([
    [['--format', 'bogus', '-o', 'x', busybox]],
    [['--compress', '-o', 'x', busybox]],
    [['-m', '--format', 'oci-dir', '-o', 'x', busybox, busybox]],
    [['-o', 'a:b', busybox]],
  ])('are refused with the words of podman: %j', async (words) => {
    const options = { env, cwd: join(store.directory, 'open') };
    const [ours, theirs] = [await store.tspod(['save', ...words], options), await store.podman(['save', ...words], options)];
    expect(ours.exitCode).toBe(theirs.exitCode);
    expect(ours.stderr.split('\n')[0]?.replace(/"\/.*a:b"/, '"a:b"')).toBe(theirs.stderr.split('\n')[0]);
    expect(existsSync(join(options.cwd, 'x'))).toBe(false);
  });
});

it('keeps to the signature policy', async () => {
  const policy = store.path('policy.json');
  writeFileSync(policy, JSON.stringify({ default: [{ type: 'reject' }] }));
  const result = await tspod('--signature-policy', policy, 'pull', '-q', `${open.host}/team/busybox:1`);
  expect(result).toMatchObject({ exitCode: 125, stderr: expect.stringMatching(/rejected by policy/) });
});
