import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busybox, run, Store } from './support/store.ts';

let store: Store;
let container: string;

beforeAll(async () => {
  store = await Store.create();
  const script = 'echo hi >/new; rm /etc/group; mkdir /d; echo 1 >/d/f; ln /d/f /d/g';
  await store.must('run', '--network', 'none', '--name', 'changed', '-e', 'X=1', busybox, 'sh', '-c', script);
  container = 'changed';
}, 60_000);

afterAll(() => store[Symbol.asyncDispose]());

/** Has skopeo write the image's blobs, each of whose digests it checks. */
async function copyOut(name: string): Promise<void> {
  const source = `containers-storage:[overlay@${store.root}+${store.runRoot}]${name}`;
  const { exitCode, stderr } = await run('skopeo', ['copy', '--quiet', source, `dir:${store.path(`out-${Date.now()}`)}`]);
  expect([exitCode, stderr]).toEqual([0, '']);
}

describe('a committed image', () => {
  it.each([
    ['localhost/layered:1', []],
    ['localhost/squashed:1', ['--squash', '--format', 'docker', '--message', 'whole']],
  ])('%s is run by podman and copied by skopeo', async (name, flags) => {
    const id = await store.must('commit', ...flags, '--author', 'me', '--change', 'CMD ["cat","/new","/d/g"]', container, name);
    expect(await store.mustPodman('image', 'inspect', '--format', '{{.Id}} {{.Author}}', name)).toBe(`${id} me`);
    expect(await store.mustPodman('run', '--rm', '--network', 'none', name)).toBe('hi\n1');
    expect(await store.must('run', '--rm', '--network', 'none', name, 'ls', '/etc')).not.toContain('group');
    await copyOut(name);
  });

  it('has the volumes of the container that podman gives it', async () => {
    const mounts = ['-v', '/nameless', '-v', 'named:/named', '-v', `${store.directory}:/bound`, '--tmpfs', '/scratch'];
    const volumesOf = async (image: string) =>
      JSON.parse(await store.must('image', 'inspect', '--format', '{{json .Config.Volumes}}', image));
    await store.must('create', '--name', 'ours', ...mounts, busybox, 'true');
    await store.mustPodman('create', '--name', 'theirs', ...mounts, busybox, 'true');
    for (const flags of [[], ['--include-volumes']]) {
      await store.must('commit', '-q', ...flags, 'ours', 'localhost/ours:1');
      await store.mustPodman('commit', '-q', ...flags, 'theirs', 'localhost/theirs:1');
      expect(await volumesOf('localhost/ours:1')).toEqual(await volumesOf('localhost/theirs:1'));
    }
    await store.must('rm', '-v', 'ours');
    await store.mustPodman('rm', '-v', 'theirs');
  });

  it('is not made with a message in a format that has no place for it', async () => {
    expect(await store.tspod(['commit', '--message', 'text', container])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('messages are only compatible with the docker image format (-f docker)'),
    });
  });
});

describe('an imported image', () => {
  it('is copied by skopeo, plain or compressed; what is no archive leaves nothing', async () => {
    const tree = store.path('tree');
    writeFileSync(`${tree}.txt`, 'text');
    const { exitCode } = await run('tar', ['-czf', `${tree}.tar.gz`, '-C', join(tree, '..'), 'tree.txt']);
    expect(exitCode).toBe(0);
    expect(await store.must('import', '--message', 'from tar', `${tree}.tar.gz`, 'imported:1')).toMatch(/^sha256:[0-9a-f]{64}$/);
    await copyOut('localhost/imported:1');
    const layers = () => readdirSync(join(store.root, 'overlay'));
    const before = layers();
    writeFileSync(`${tree}.bad`, Buffer.alloc(4096, 'bad'));
    expect((await store.tspod(['import', `${tree}.bad`])).exitCode).toBe(125);
    expect(layers()).toEqual(before);
    expect(readdirSync(join(store.root, 'overlay/tempdirs'))).toEqual([]);
  });
});

describe('lists of manifests', () => {
  it('are read and changed by podman and by us', async () => {
    await store.must('manifest', 'create', 'list:1', busybox);
    await store.mustPodman('manifest', 'add', '--arch', 'arm64', 'list:1', `containers-storage:${busybox}`);
    const ours = JSON.parse(await store.must('manifest', 'inspect', 'list:1')) as { manifests: { digest: string }[] };
    const theirs = JSON.parse(await store.mustPodman('manifest', 'inspect', 'list:1')) as { manifests: { digest: string }[] };
    expect(ours.manifests.map(({ digest }) => digest)).toEqual(theirs.manifests.map(({ digest }) => digest));
    const digest = ours.manifests[0]?.digest ?? '';
    await store.must('manifest', 'annotate', '--variant', 'v8', 'list:1', digest);
    expect(await store.mustPodman('manifest', 'inspect', 'list:1')).toContain('"variant": "v8"');
    await store.must('manifest', 'remove', 'list:1', digest);
    expect((await store.tspod(['manifest', 'exists', 'list:1'])).exitCode).toBe(0);
    expect(await store.must('manifest', 'rm', 'list:1')).toContain('Untagged: localhost/list:1');
  });
});
