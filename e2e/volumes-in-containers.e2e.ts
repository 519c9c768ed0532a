import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busybox, type CommandResult, Store } from './support/store.ts';

/** Has volumes at /data, with content, and at /vol. */
const image = 'localhost/volumes:latest';

/** What is asked for at a place of its own; all of them go into one container. */
const mounts: readonly ((place: string, host: string) => readonly string[])[] = [
  (place, host) => ['-v', `${host}:${place}`],
  (place, host) => ['-v', `${host}:${place}:ro`],
  (place, host) => ['-v', `${host}:${place}:rw,noexec,nosuid,nodev`],
  (place, host) => ['-v', `${host}:${place}:z,bind`],
  (place, host) => ['-v', `${host}:${place}:rslave`],
  (place, host) => ['-v', `${host}:${place}:private,exec,dev,suid`],
  (place, host) => ['-v', `${host}/owned:${place}:U`],
  (place, host) => ['-v', `${host}/file:${place}:ro`],
  (place) => ['-v', `named:${place}`],
  (place) => ['-v', `named:${place}:ro`],
  (place) => ['-v', `other:${place}:exec,suid,dev`],
  (place) => ['-v', `other:${place}:nocopy,Z`],
  (place) => ['-v', `other:${place}:O`],
  (place) => ['-v', `third:${place}:U,z`],
  (place) => ['-v', `third:${place}:bind,slave`],
  (place, host) => ['--mount', `type=bind,src=${host},dst=${place}`],
  (place, host) => ['--mount', `type=bind,source=${host},target=${place},ro=true,bind-propagation=rslave,noexec`],
  (place, host) => ['--mount', `type=bind,src=${host},destination=${place},bind-nonrecursive,relabel=shared,consistency=cached`],
  (place) => ['--mount', `type=volume,src=named,dst=${place},ro`],
  (place) => ['--mount', `type=tmpfs,dst=${place}`],
  (place) => ['--mount', `type=tmpfs,dst=${place},tmpfs-size=1m,tmpfs-mode=700,ro,notmpcopyup,noexec`],
  (place) => ['--mount', `type=devpts,dst=${place},uid=1,gid=2,mode=666,max=5`],
  (place) => ['--tmpfs', place],
  (place) => ['--tmpfs', `${place}:size=1m,mode=1700,exec`],
];

/** What has to do with the whole container. */
const commandLines: readonly (readonly [flags: readonly string[], image: string])[] = [
  [mounts.flatMap((flags, index) => flags(`/m/${index}`, '/HOST')), busybox],
  [['--read-only', '--tmpfs', '/tmp:size=1m', '-v', '/HOST:/var/tmp'], busybox],
  [['--read-only', '--read-only-tmpfs=false', '-v', 'named:/x'], busybox],
  [['--privileged', '-v', 'named:/x', '-v', '/HOST:/y:shared'], busybox],
  [[], image],
  [['-v', 'content:/data:ro', '--image-volume', 'bind'], image],
  [['--image-volume', 'tmpfs'], image],
  [['--image-volume', 'ignore', '-u', '33:34', '-v', 'new:/new/place'], image],
];

describe.each(['crun', 'runc'] as const)('what containers see of volumes is what podman shows them, %s', (runtime) => {
  let store: Store;
  let host: string;
  beforeAll(async () => {
    store = await Store.create({ runtime });
    host = store.path('host');
    mkdirSync(join(host, 'owned'), { recursive: true });
    writeFileSync(join(host, 'file'), 'of the host');
    await makeImage(store);
  });
  afterAll(async () => {
    await store.podman(['rm', '-f', '-a', '-v', '-t', '0']);
    await store.podman(['volume', 'rm', '-f', '-a']);
    await store[Symbol.asyncDispose]();
  });

  test.each(commandLines)('%j %s', async (flags, from) => {
    const given = ['--network', 'none', ...flags.map((word) => word.replace('/HOST', host)), from, 'sleep', '1000'];
    const engines = [(...args: string[]) => store.must(...args), (...args: string[]) => store.mustPodman(...args)] as const;
    const [ours, podmans] = await Promise.all(
      engines.map(async (engine, index) => {
        const name = `compared-${index}-${commandLines.findIndex(([words]) => words === flags)}`;
        await engine('run', '-d', '--name', name, ...given);
        const [document] = JSON.parse(await engine('inspect', name));
        const seen = await engine('exec', name, 'cat', '/proc/mounts');
        await engine('rm', '-f', '-v', '-t', '0', name);
        return comparable(document, seen);
      }),
    );
    expect(ours).toEqual(podmans);
    expect(ours?.seen.length).toBeGreaterThan(0);
  });

  test('--volumes-from takes over what another container mounts, but for what is asked for otherwise', async () => {
    const engines = [(...args: string[]) => store.must(...args), (...args: string[]) => store.mustPodman(...args)] as const;
    const [ours, podmans] = await Promise.all(
      engines.map(async (engine, index) => {
        const [from, to] = [`from-${index}`, `to-${index}`];
        await engine(
          'create',
          '--name',
          from,
          '--network',
          'none',
          '-v',
          'named:/x:ro',
          '-v',
          '/anonymous',
          '-v',
          'other:/y',
          image,
          'sh',
        );
        await engine(
          'run',
          '-d',
          '--name',
          to,
          '--network',
          'none',
          '--volumes-from',
          `${from}:ro`,
          '-v',
          'third:/y',
          busybox,
          'sleep',
          '1000',
        );
        const [document] = JSON.parse(await engine('inspect', to));
        const seen = await engine('exec', to, 'cat', '/proc/mounts');
        await engine('rm', from);
        await engine('rm', '-f', '-v', '-t', '0', to);
        return { ...comparable(document, seen), from: document.HostConfig.VolumesFrom.length };
      }),
    );
    expect(ours).toEqual(podmans);
    expect(ours?.seen.length).toBe(5);
  });
});

interface Inspected {
  readonly Mounts: readonly { readonly Destination: string; readonly Source: string; readonly Name?: string }[];
  readonly HostConfig: {
    readonly Binds: readonly string[];
    readonly Tmpfs: Record<string, string>;
    readonly ReadonlyRootfs: boolean;
  };
}

/** Without names and places that are each engine's own. */
function comparable({ Mounts, HostConfig }: Inspected, seen: string) {
  const neutral = (text: string) => text.replace(/[0-9a-f]{64}/g, '<id>').replace(/\/[^:,]*\/volumes\//g, '<volumes>/');
  const own = /^\/(proc|sys|dev|etc|run)(\/|$)|^\/$/;
  return {
    mounts: Mounts.map((mount) => ({
      ...mount,
      Source: neutral(mount.Source),
      ...(mount.Name && { Name: neutral(mount.Name) }),
    })).toSorted((one, other) => (one.Destination < other.Destination ? -1 : 1)),
    binds: HostConfig.Binds.map(neutral).toSorted(),
    tmpfs: HostConfig.Tmpfs,
    readOnly: HostConfig.ReadonlyRootfs,
    seen: seen
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, place = '']) => !own.test(place) || place === '/run')
      .map(([source = '', place, type = '', options = '']) =>
        type === 'overlay'
          ? [place, type, options.replace(/(lower|upper|work)dir=[^,]*/g, '$1dir')]
          : [source, place, type, options],
      )
      .toSorted(([one = ''], [other = '']) => (one < other ? -1 : 1))
      .map((words) => words.join(' '))
      .toSorted(),
  };
}

async function makeImage(store: Store): Promise<void> {
  await store.must('create', '--name', 'maker', '--network', 'none', busybox, 'sh');
  const root = await store.must('mount', 'maker');
  mkdirSync(join(root, 'data/below'), { recursive: true });
  mkdirSync(join(root, 'etc/real'));
  writeFileSync(join(root, 'data/file'), 'of the image');
  writeFileSync(join(root, 'etc/real/inside'), 'inside');
  execFileSync('ln', ['-s', '../../../../../../../../etc/real', join(root, 'outward')]);
  execFileSync('ln', ['-s', '/etc', join(root, 'data/below/link')]);
  execFileSync('chown', ['-R', '-h', '1000:1001', join(root, 'data')]);
  execFileSync('chmod', ['2750', join(root, 'data')]);
  await store.must('unmount', 'maker');
  await store.must('commit', '-q', '--change', 'VOLUME /data', '--change', 'VOLUME /vol', 'maker', image);
  await store.must('rm', 'maker');
}

describe.each(['crun', 'runc'] as const)('volumes of containers, %s', (runtime) => {
  let store: Store;
  let host: string;
  const volumePath = (name: string) => join(store.root, 'tspod/volumes', name, '_data');
  const holders = (name: string) => {
    const directory = readdirSync(join(store.runRoot, 'tspod')).map((key) => join(store.runRoot, 'tspod', key, 'volumes', name));
    return directory.flatMap((path) => (existsSync(path) ? readdirSync(path) : []));
  };
  const volumes = async () => (await store.must('volume', 'ls', '-q')).split('\n').filter(Boolean);
  const run = (...args: string[]) => store.must('run', '--rm', '--network', 'none', ...args);
  beforeAll(async () => {
    store = await Store.create({ runtime });
    host = store.path('host');
    mkdirSync(host, { recursive: true });
    await makeImage(store);
  });
  afterAll(() => store[Symbol.asyncDispose]());

  test('a new volume gets content, owner and permissions of its place, once; links of the image stay inside', async () => {
    const list = 'stat -c "%a %u %g %n" /data /data/* /data/below/link';
    const shown = [
      '2750 1000 1001 /data',
      '755 1000 1001 /data/below',
      '644 1000 1001 /data/file',
      '777 1000 1001 /data/below/link',
    ];
    expect((await run('-v', 'filled:/data', image, 'sh', '-c', list)).split('\n')).toEqual(shown);
    expect(await run('-v', 'filled:/data', busybox, 'cat', '/data/file')).toBe('of the image');
    await run('-v', 'filled:/data', busybox, 'sh', '-c', 'rm -r /data/*');
    expect(await run('-v', 'filled:/data', image, 'ls', '/data')).toBe('');
    expect(await run('-v', 'outward:/outward', image, 'ls', '/outward')).toBe('inside');
    expect(readdirSync(volumePath('outward'))).toEqual(['inside']);
    expect(await run('-v', 'bare:/data:nocopy', image, 'ls', '/data')).toBe('');
    expect(await run('-u', '33:44', '-v', 'fresh:/fresh', busybox, 'stat', '-c', '%u %g', '/fresh')).toBe('33 44');
    const flags = JSON.parse(await store.must('volume', 'inspect', 'filled', 'bare', 'fresh'));
    expect(
      flags.map((volume: Record<string, unknown>) => [volume.NeedsCopyUp, volume.NeedsChown, volume.UID, volume.MountCount]),
    ).toEqual([
      [undefined, undefined, undefined, 0],
      [true, undefined, undefined, 0],
      [true, undefined, 33, 0],
    ]);
    await store.must('volume', 'rm', 'filled', 'outward', 'bare', 'fresh');
  });

  test('a copy that was cut short is made again, and what is there already is kept', async () => {
    await store.must('volume', 'create', 'begun');
    mkdirSync(join(volumePath('begun'), '.tspod-copy-up'));
    writeFileSync(join(volumePath('begun'), '.tspod-copy-up', 'half'), '');
    writeFileSync(join(volumePath('begun'), 'file'), 'kept');
    expect(await run('-v', 'begun:/data', image, 'sh', '-c', 'ls -A /data; cat /data/file')).toBe('below\nfile\nkept');
    await store.must('volume', 'rm', 'begun');
  });

  test('anonymous volumes go with their container where that is asked for; others stay', async () => {
    await run('-v', 'kept:/x', '-v', '/y', image, 'true');
    expect(await volumes()).toEqual(['kept']);
    await store.must('create', '--name', 'one', '--network', 'none', '-v', 'kept:/x', '-v', '/y', busybox, 'sh');
    await store.must('create', '--name', 'two', '--network', 'none', '--volumes-from', 'one', busybox, 'sh');
    expect((await volumes()).length).toBe(2);
    expect(await store.tspod(['volume', 'rm', 'kept'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('is being used by the following container(s)'),
    });
    expect((await store.must('ps', '-a', '--filter', 'volume=kept', '--format', '{{.Names}}')).split('\n').toSorted()).toEqual([
      'one',
      'two',
    ]);
    await store.must('rm', '-v', 'one');
    expect((await volumes()).length).toBe(2);
    await store.must('rm', '-v', 'two');
    expect(await volumes()).toEqual(['kept']);
    await store.must('run', '-d', '--name', 'three', '--network', 'none', '-v', 'kept:/x', busybox, 'sleep', '1000');
    expect(await store.must('volume', 'prune', '-f')).toBe('');
    expect(await store.must('volume', 'rm', '-f', '-t', '0', 'kept')).toBe('kept');
    expect(await store.must('ps', '-aq')).toBe('');
  });

  test('a volume with a device is mounted while somebody uses it', async () => {
    const mountPoint = volumePath('memory');
    const isMounted = () => readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${mountPoint} `);
    const options = ['volume-opt=type=tmpfs', 'volume-opt=device=tmpfs', 'volume-opt=o=size=1m'].join(',');
    const start = (name: string, ...mount: string[]) =>
      store.must(
        'run',
        '-d',
        '--name',
        name,
        '--network',
        'none',
        ...mount,
        busybox,
        'sh',
        '-c',
        'echo x > /x/$HOSTNAME; sleep 1000',
      );
    await start('first', '--mount', `type=volume,src=memory,dst=/x,${options}`);
    await start('second', '-v', 'memory:/x');
    expect(await store.must('exec', 'first', 'df', '-k', '/x')).toContain(' 1024 ');
    expect((await store.must('exec', 'second', 'ls', '/x')).split('\n').length).toBe(2);
    expect(await store.must('volume', 'inspect', '--format', '{{.MountCount}}', 'memory')).toBe('2');
    await store.must('stop', '-t', '0', 'first');
    expect(isMounted()).toBe(true);
    await store.must('kill', 'second');
    await store.must('wait', 'second');
    await store.must('rm', 'first', 'second');
    expect(isMounted()).toBe(false);
    expect(holders('memory')).toEqual([]);
    await store.must('volume', 'create', '--opt', 'type=ext4', '--opt', 'device=/nonexistent', 'broken');
    const failed = await store.tspod(['run', '--rm', '--network', 'none', '-v', 'broken:/x', busybox, 'true']);
    expect(failed).toMatchObject({ exitCode: 126, stderr: expect.stringContaining('/nonexistent') });
    expect(holders('broken')).toEqual([]);
    await store.must('volume', 'rm', 'memory', 'broken');
  });

  test('changes to an overlay are thrown away, and those to an image', async () => {
    writeFileSync(join(host, 'lower'), 'lower');
    const [upper, work] = [store.path('upper'), store.path('work')];
    for (const path of [upper, work]) mkdirSync(path, { recursive: true });
    const change = 'cat /x/lower; echo upper > /x/upper; rm /x/lower; ls /x';
    await store.must('create', '--name', 'again', '--network', 'none', '-v', `${host}:/x:O`, busybox, 'sh', '-c', change);
    for (let time = 0; time < 2; time += 1) expect(await store.must('start', '-a', 'again')).toBe('lowerupper');
    await store.must('rm', 'again');
    expect(await run('-v', `${host}:/x:O,upperdir=${upper},workdir=${work}`, busybox, 'sh', '-c', change)).toBe('lowerupper');
    expect(readdirSync(upper).toSorted()).toEqual(['lower', 'upper']);
    expect(readdirSync(host)).toContain('lower');

    await store.must(
      'run',
      '-d',
      '--name',
      'shows',
      '--network',
      'none',
      '--mount',
      `type=image,src=${image},dst=/i`,
      '--mount',
      `type=image,src=${image},dst=/w,rw=true`,
      busybox,
      'sleep',
      '1000',
    );
    expect(
      await store.must('exec', 'shows', 'sh', '-c', 'cat /i/data/file; touch /i/new 2>&1; touch /w/new && ls /w/new'),
    ).toContain('Read-only file system');
    expect(await store.tspod(['rmi', image])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('image is in use by a container'),
    });
    await store.must('rm', '-f', '-t', '0', 'shows');
    expect(await store.must('image', 'mount')).toBe('');
  });

  test('U gives a tree to the container’s user, but none of the system’s; links in it are not followed', async () => {
    const tree = store.path('tree');
    mkdirSync(join(tree, 'below'), { recursive: true });
    writeFileSync(store.path('outside'), '');
    execFileSync('ln', ['-s', store.path('outside'), join(tree, 'below/link')]);
    await run('-u', '33:44', '-v', `${tree}:/x:U`, '-v', 'given:/y:U', busybox, 'true');
    expect([statSync(join(tree, 'below')).uid, statSync(volumePath('given')).gid, statSync(store.path('outside')).uid]).toEqual([
      33, 44, 0,
    ]);
    const refused = await store.tspod(['run', '--rm', '--network', 'none', '-v', '/etc:/x:U', busybox, 'true']);
    expect(refused).toMatchObject({ exitCode: 126, stderr: expect.stringContaining('chowning host path "/etc" is not allowed') });
    await store.must('volume', 'rm', 'given');
  });

  test('idmap shows owners as the user namespace has them; a runtime that can’t is not let ignore it', async () => {
    chmodSync(store.directory, 0o711);
    const tree = store.path('mapped');
    mkdirSync(tree);
    chownSync(tree, 5, 6);
    const flags = ['--uidmap', '0:100000:1000', '-v', `${tree}:/plain`, '-v', `${tree}:/mapped:idmap`];
    const words = ['run', '--rm', '--network', 'none', ...flags, busybox, 'stat', '-c', '%u:%g', '/plain', '/mapped'];
    const result = await store.tspod(words);
    if (runtime === 'crun') expect(result).toMatchObject({ exitCode: 0, stdout: '65534:65534\n5:6\n' });
    else expect(result).toMatchObject({ exitCode: 125, stderr: expect.stringMatching(/runc can't map .* mount at \/mapped\n/) });
    expect(statSync(tree).uid).toBe(5);
  });

  test('bad input is refused with podman’s exit code, and leaves nothing', async () => {
    const before = await volumes();
    const bad: readonly (readonly [flags: readonly string[], text: string, exitCode?: number])[] = [
      [['-v', 'a:b:c:d'], 'incorrect volume format'],
      [['-v', '/x:'], 'container directory cannot be empty'],
      [['-v', ':/x'], 'host directory cannot be empty'],
      [['-v', 'made:x'], 'invalid container path "x", must be an absolute path'],
      [['-v', '/nonexistent:/x'], 'statfs /nonexistent: no such file or directory'],
      [['-v', 'made:/x:foo'], 'invalid option type "foo"'],
      [['-v', 'made:/x:ro,rw'], `invalid options "ro, rw", can only specify 1 'rw' or 'ro' option`],
      [['-v', 'made:/x', '-v', 'other:/x'], '/x: duplicate mount destination'],
      [['-v', 'made:/x', '--tmpfs', '/x/'], '/x: duplicate mount destination'],
      [['-v', `made:/y`, '-v', 'a/b:/x'], 'creating named volume "a/b"'],
      [['-v', 'made:/x', '--mount', 'type=image,src=nosuch,dst=/y'], 'nosuch: image not known'],
      [
        ['-v', 'made:/x', '--volumes-from', 'nosuch'],
        'looking up container "nosuch" for volumes-from: no container with name or ID "nosuch" found',
      ],
      [['--volumes-from', ':ro'], 'looking up container "" for volumes-from'],
      [['--image-volume', 'foo'], 'invalid image volume mode "foo" required value: bind, tmpfs, ignore'],
      [['--mount', 'dst=/x'], 'incorrect mount format'],
      [['--mount', 'type=foo,dst=/x'], 'invalid filesystem type "foo"'],
      [['--mount', 'type=bind,src=/tmp'], 'must set volume destination'],
      [['--mount', 'type=tmpfs,dst=/x,foo=bar'], 'foo: invalid mount option'],
      [['--tmpfs', '/x:foo'], 'unknown mount option "foo": invalid mount option'],
      [['-v', 'made:/x', '--tmpfs', '/y:size=foo'], 'nvalid argument', 126],
      [['-v', 'made:/etc/passwd'], 'ot a directory', 126],
    ];
    for (const [flags, text, exitCode = 125] of bad) {
      const result: CommandResult = await store.tspod(['run', '--rm', '--network', 'none', ...flags, busybox, 'true']);
      expect(result.stderr, flags.join(' ')).toContain(text);
      expect(result.exitCode, flags.join(' ')).toBe(exitCode);
    }
    await store.must('create', '--name', 'taken', '--network', 'none', busybox, 'sh');
    const again = await store.tspod([
      'create',
      '--name',
      'taken',
      '--network',
      'none',
      '-v',
      'unmade:/x',
      '-v',
      '/y',
      busybox,
      'sh',
    ]);
    expect(again.exitCode).toBe(125);
    await store.must('rm', 'taken');
    expect((await volumes()).filter((name) => !before.includes(name))).toEqual(['made']);
    expect(holders('made')).toEqual([]);
    expect(await store.must('ps', '-aq')).toBe('');
  });
});
