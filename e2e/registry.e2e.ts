import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Registry, startRegistry, writeBusyboxArchive } from '@tspod/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    const policies = [start('missing'), start('newer'), start('never', `${open.host}/team/none`), start('sometimes')];
    expect(await Promise.all(policies)).toMatchObject([
      { exitCode: 0, stderr: '' },
      { exitCode: 0, stderr: '' },
      { exitCode: 125, stderr: expect.stringContaining('image not known') },
      { exitCode: 125, stderr: expect.stringContaining('unsupported pull policy "sometimes"') },
    ]);
  });

  it('is searched', async () => {
    const searches = [[`${open.host}/busy`], ['--list-tags', `${open.host}/team/busybox`], ['--format', 'json', 'busy']];
    const [ours, theirs] = await Promise.all(
      [tspod, podman].map((one) => Promise.all(searches.map((words) => one('search', ...words)))),
    );
    expect(ours).toEqual(theirs);
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

  it('gives images to lists without bringing them into the store', async () => {
    const places = [`${open.host}/team/busybox:1`, `docker://${open.host}/team/list:1`];
    for (const list of ['ours', 'theirs']) await store.must('manifest', 'create', `${list}:1`);
    for (const place of places) {
      expect(await tspod('manifest', 'add', '--all', 'ours:1', place)).toMatchObject({ exitCode: 0 });
      expect(await podman('manifest', 'add', '--all', 'theirs:1', place)).toMatchObject({ exitCode: 0 });
    }
    const document = (await tspod('manifest', 'inspect', 'ours:1')).stdout;
    expect(JSON.parse(document)).toEqual(JSON.parse((await podman('manifest', 'inspect', 'theirs:1')).stdout));
    expect(await tspod('manifest', 'push', '-q', 'ours:1', `${open.host}/team/gathered:1`)).toMatchObject({ exitCode: 0 });
    expect((await podman('manifest', 'inspect', `${open.host}/team/gathered:1`)).stdout).toBe(`${document}`);
    const nothing = await tspod('manifest', 'create', 'none:1', places[0] ?? '', `${open.host}/team/none:1`);
    expect(nothing).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('manifest unknown') });
    expect(await tspod('manifest', 'exists', 'none:1')).toMatchObject({ exitCode: 1 });
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
      for (const delay of [250, 450]) {
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
  it.each([
    ['', [busybox]],
    [':localhost/given:2', ['localhost/given:2', busybox]],
    [`:${busybox}`, [busybox]],
  ])('have the name that was pushed to docker-archive:FILE%s', async (suffix, names) => {
    const push = async (engine: typeof tspod, file: string) => {
      expect(await engine('push', '-q', busybox, `docker-archive:${file}${suffix}`)).toMatchObject({ exitCode: 0 });
      return JSON.parse((await run('tar', ['-xOf', file, 'manifest.json'])).stdout)[0].RepoTags;
    };
    const id = suffix.replaceAll(/\W/g, '-');
    expect(await push(tspod, store.path(`pushed${id}.tar`))).toEqual(names);
    expect(await push(podman, store.path(`podman${id}.tar`))).toEqual(names);
  });

  it.each(['docker-archive', 'oci-archive', 'oci-dir', 'docker-dir'])(
    'are the same image for podman and tspod: %s',
    async (format) => {
      const [ours, theirs] = [store.path(`ours-${format}`), store.path(`theirs-${format}`)];
      const save = (path: string) => ['save', '-q', '--format', format, '-o', path, busybox];
      const saved = await Promise.all([tspod(...save(ours)), podman(...save(theirs))]);
      expect(saved).toMatchObject([{ exitCode: 0, stdout: '', stderr: '' }, { exitCode: 0 }]);
      const transport = { 'oci-dir': 'oci', 'docker-dir': 'dir' }[format] ?? format;
      const inspect = (path: string) => run('skopeo', ['inspect', `${transport}:${path}`]);
      const [one, other] = await Promise.all([inspect(ours), inspect(theirs)]);
      expect(one).toMatchObject({ exitCode: 0, stdout: other.stdout });
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
    const slow =
      'import os, time\nsize = 0\nwhile piece := os.read(0, 4096): size += len(piece); time.sleep(0.0005)\nprint(size)';
    const read = await run('sh', ['-c', '"$@" | python3 -c "$SLOW"', 'sh', launcher, ...store.flags, 'save', '-q', busybox], {
      env: { ...env, SLOW: slow },
    });
    expect(await tspod('save', '-q', '-o', store.path('whole.tar'), busybox)).toMatchObject({ exitCode: 0 });
    expect(read).toEqual({ exitCode: 0, stdout: `${statSync(store.path('whole.tar')).size}\n`, stderr: '' });
    const named = await run(
      'sh',
      ['-c', '"$@" | tar -xO manifest.json', 'sh', launcher, ...store.flags, 'save', '-q', 'other:1', 'more:2'],
      { env },
    );
    expect(named).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(named.stdout)[0].RepoTags.toSorted()).toEqual(['localhost/more:2', 'localhost/other:1']);
  });

  it.each([
    [['--format', 'bogus', '-o', 'x', busybox]],
    [['--compress', '-o', 'x', busybox]],
    [['-m', '--format', 'oci-dir', '-o', 'x', busybox, busybox]],
    [['-o', 'a:b', busybox]],
  ])('are refused with the words of podman: %j', async (words) => {
    const options = { env, cwd: join(store.directory, 'open') };
    const [ours, theirs] = await Promise.all([
      store.tspod(['save', ...words], options),
      store.podman(['save', ...words], options),
    ]);
    expect(ours.exitCode).toBe(theirs.exitCode);
    expect(ours.stderr.split('\n')[0]?.replace(/"\/.*a:b"/, '"a:b"')).toBe(theirs.stderr.split('\n')[0]);
    expect(existsSync(join(options.cwd, 'x'))).toBe(false);
  });
});

it('keeps to the signature policy, and takes what it signed itself', async () => {
  const home = store.path('home');
  const [policy, key, directory] = [join(home, 'policy.json'), join(home, 'key.asc'), join(home, 'signatures')];
  const registries = join(home, '.config/containers/registries.d');
  mkdirSync(registries, { recursive: true, mode: 0o700 });
  writeFileSync(policy, JSON.stringify({ default: [{ type: 'reject' }] }));
  writeFileSync(join(registries, 'own.yaml'), JSON.stringify({ 'default-docker': { lookaside: `file://${directory}` } }));
  const signing = { env: { ...env, HOME: home, GNUPGHOME: home } };
  const generate = [
    '--batch',
    '--quiet',
    '--passphrase',
    '',
    '--quick-gen-key',
    'me@example.test',
    'default',
    'default',
    'never',
  ];
  for (const args of [generate, ['--batch', '--quiet', '--armor', '--output', key, '--export', 'me@example.test']]) {
    expect(await run('gpg', args, signing)).toMatchObject({ exitCode: 0 });
  }
  const [signed, unsigned] = [`${open.host}/team/busybox:1`, `${open.host}/team/busybox:latest`];
  const pull = (name: string) => store.tspod(['--signature-policy', policy, 'pull', '-q', name], signing);
  expect(await pull(signed)).toMatchObject({ exitCode: 125, stderr: expect.stringMatching(/rejected by policy/) });
  const trust = ['image', 'trust', 'set', '--policypath', policy, '--pubkeysfile', key, open.host];
  expect(await store.tspod(trust, signing)).toMatchObject({ exitCode: 0 });
  expect(await pull(signed)).toMatchObject({ exitCode: 125, stderr: expect.stringMatching(/no signature exists/) });
  const sign = (...names: readonly string[]) => store.tspod(['image', 'sign', '--sign-by', 'me@example.test', ...names], signing);
  expect(await sign(`docker://${signed}`)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await pull(signed)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^[0-9a-f]{64}\n$/) });
  expect((await pull(unsigned)).exitCode).toBe(125); // the same image, but the name is signed, too
  const shown = await store.tspod(['image', 'trust', 'show', '--json', '--policypath', policy], signing);
  expect(JSON.parse(shown.stdout)[1]).toMatchObject({
    type: 'signed',
    gpg_id: 'me@example.test',
    sigstore: `file://${directory}`,
  });
  mkdirSync(`${directory}.podman`);
  const again = ['image', 'sign', '--sign-by', 'me@example.test', '-d', `${directory}.podman`, `docker://${signed}`];
  const podmans = await store.podman(again, signing);
  expect(await run('gpgconf', ['--kill', 'all'], signing)).toMatchObject({ exitCode: 0 });
  expect(podmans).toMatchObject({ exitCode: 0, stderr: '' });
  expect(readdirSync(`${directory}.podman`, { recursive: true })).toEqual(readdirSync(directory, { recursive: true }));
});
