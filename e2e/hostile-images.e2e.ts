import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeBusyboxArchive } from '@tspod/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CraftedEntry, craftImage, craftLayout, craftTar, sha256 } from './support/hostile-archives.ts';
import { busybox, run, Store } from './support/store.ts';

let store: Store;
let outside: string;

beforeAll(async () => {
  store = await Store.create();
  outside = store.path('outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'untouched');
}, 60_000);

afterAll(() => store[Symbol.asyncDispose]());

/** What is in the store, by its records and its directories. */
function content(): unknown {
  const list = (path: string) => (existsSync(join(store.root, path)) ? readdirSync(join(store.root, path)).sort() : []);
  const ids = (path: string) =>
    (JSON.parse(readFileSync(join(store.root, path), 'utf8')) as { id: string }[]).map(({ id }) => id).sort();
  return {
    layers: ids('overlay-layers/layers.json'),
    images: ids('overlay-images/images.json'),
    drafts: list('overlay/tempdirs'),
    directories: ['overlay/l', 'overlay-images', 'overlay-layers'].map(list),
    overlay: list('overlay').filter((name) => name !== 'tempdirs'),
    transfers: list('tspod/transfers'),
  };
}

function expectNothingOutside(): void {
  expect(readdirSync(outside)).toEqual(['secret']);
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('untouched');
  expect(existsSync('/tspod-escaped')).toBe(false);
}

/** Gives `archive` to the command: either it is refused with one clear line and the store is as before, or it is taken. */
async function offer(command: readonly string[], archive: Uint8Array, env: Record<string, string> = {}) {
  const path = store.path('offered.tar');
  writeFileSync(path, archive);
  const before = content();
  const result = await store.tspod([...command, path], { env, timeout: 60_000 });
  expectNothingOutside();
  if (result.exitCode !== 0) {
    expect(result.exitCode).toBe(125);
    expect(result.stderr).toMatch(/^Error: \S/);
    expect(result.stderr).not.toMatch(/\n\s+at |TypeError|undefined/);
    expect(content()).toEqual(before);
  } else await store.must('rmi', '--force', result.stdout.trim().replace(/^.*Loaded image: /s, ''));
  return { taken: result.exitCode === 0, stderr: result.stderr };
}

const up = '../'.repeat(12);

/** What a layer's archive tries. `import` and `load` say who takes it; undefined: either way is safe. */
function layerCases(): readonly (readonly [string, readonly CraftedEntry[], { load?: boolean; import?: boolean }])[] {
  const secret = `${outside}/secret`;
  const fromRoot = (path: string) => path.slice(1);
  return [
    ['a name that climbs', [{ name: `${up}${fromRoot(outside)}/a`, content: 'x' }], { import: false }],
    ['a name that climbs from inside', [{ name: `a/../${up}tspod-escaped`, content: 'x' }], { import: false }],
    ['an absolute name', [{ name: '/tspod-escaped', content: 'x' }], {}],
    [
      'a file through an absolute symlink',
      [
        { name: 'door', type: '2', target: outside },
        { name: 'door/a', content: 'x' },
      ],
      {},
    ],
    [
      'a file through a symlink that climbs',
      [
        { name: 'door', type: '2', target: up + fromRoot(outside) },
        { name: 'door/a', content: 'x' },
      ],
      {},
    ],
    [
      'a file over a symlink to outside',
      [
        { name: 'secret', type: '2', target: secret },
        { name: 'secret', content: 'x' },
      ],
      { load: false, import: false },
    ],
    ['a hard link to outside', [{ name: 'link', type: '1', target: secret }], { load: false, import: false }],
    ['a hard link that climbs', [{ name: 'link', type: '1', target: up + fromRoot(secret) }], { load: false, import: false }],
    [
      'a hard link through a symlink',
      [
        { name: 'door', type: '2', target: outside },
        { name: 'link', type: '1', target: 'door/secret' },
      ],
      { load: false, import: false },
    ],
    ['a whiteout through a symlink', [{ name: 'door', type: '2', target: outside }, { name: 'door/.wh.secret' }], {}],
    ['a whiteout of the parent', [{ name: '.wh...' }], { load: false, import: false }],
    ['a whiteout of nothing', [{ name: '.wh.' }], { load: false, import: false }],
    ['an opaque mark through a symlink', [{ name: 'door', type: '2', target: outside }, { name: 'door/.wh..wh..opq' }], {}],
    ['a path twice', ['1', '2'].map((text) => ({ name: 'same', content: text })), { load: false, import: false }],
    [
      'a file as a directory',
      [
        { name: 'file', content: 'x' },
        { name: 'file/child', content: 'y' },
      ],
      { load: false, import: false },
    ],
    ['an unknown type', [{ name: 'odd', type: 'Z' }], { load: false, import: false }],
    ['a sparse file', [{ name: 'sparse', type: 'S' }], { load: false, import: false }],
    ['a size beyond its end', [{ name: 'big', size: 2 ** 50 }], { load: false, import: false }],
    ['a disk', [{ name: 'disk', type: '4', device: [8, 0], mode: 0o666 }], {}],
  ];
}

describe('a hostile layer', () => {
  it('escapes neither when it is loaded nor when it is imported', async () => {
    const outcomes: Record<string, unknown> = {};
    const wanted: Record<string, unknown> = {};
    for (const [name, entries, expected] of layerCases()) {
      const layer = craftTar(entries);
      const loaded = await offer(['load', '-q', '-i'], craftImage([layer]));
      const imported = await offer(['import', '-q'], layer);
      outcomes[name] = { load: loaded.taken, import: imported.taken };
      wanted[name] = { load: expected.load ?? loaded.taken, import: expected.import ?? imported.taken };
    }
    expect(outcomes).toEqual(wanted);
    expect(await store.must('run', '--rm', '--network', 'none', busybox, 'echo', 'works')).toBe('works');
  }, 240_000);

  it("can't show files of the host with overlay's own attributes", async () => {
    const attributes = { 'trusted.overlay.redirect': outside, 'trusted.overlay.metacopy': '', 'trusted.overlay.opaque': 'y' };
    const tricks = craftTar([
      { name: 'etc', type: '5', attributes },
      { name: 'stolen', type: '5', attributes: { 'trusted.overlay.redirect': outside, 'user.overlay.redirect': outside } },
      { name: 'plain', type: '5', attributes: { 'user.harmless': 'kept' } },
    ]);
    const base = store.path('base.tar');
    writeBusyboxArchive(base, { name: 'localhost/base:1' });
    await store.must('load', '-q', '-i', base);
    const top = store.path('tricks.tar');
    writeFileSync(top, tricks);
    await store.must('import', '-q', top, 'tricks:1');
    const [layer] = JSON.parse(await store.must('image', 'inspect', 'tricks:1')) as [
      { GraphDriver: { Data: { UpperDir: string } } },
    ];
    const directory = layer.GraphDriver.Data.UpperDir;
    const looked = await run('getfattr', ['-h', '-d', '-m', '-', '-R', '--absolute-names', directory]);
    expect(looked).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('user.harmless="kept"') });
    expect(looked.stdout).not.toMatch(/^\w+\.overlay\./m);
    const loaded = await store.tspod(['load', '-q', '-i', writeOffer(craftImage([tricks]))]);
    if (loaded.exitCode === 0) {
      const mounted = await store.tspod(['image', 'mount', 'localhost/crafted:1']);
      if (mounted.exitCode === 0) {
        expect(existsSync(join(mounted.stdout.trim(), 'stolen/secret'))).toBe(false);
        await store.must('image', 'unmount', 'localhost/crafted:1');
      }
      await store.must('rmi', '-f', 'localhost/crafted:1');
    }
  }, 60_000);
});

function writeOffer(archive: Uint8Array): string {
  const path = store.path('offered.tar');
  writeFileSync(path, archive);
  return path;
}

describe('a broken or lying archive', () => {
  const layer = craftTar([{ name: 'file', content: 'x' }]);
  const zeros = gzipSync(craftTar([{ name: 'zeros', content: new Uint8Array(64 * 1024 * 1024) }]));
  const small = { TSPOD_EXPANSION_LIMIT: '100:4194304' };
  const zerosId = () => `sha256:${sha256(craftTar([{ name: 'zeros', content: new Uint8Array(64 * 1024 * 1024) }]))}`;

  it('is refused with what is wrong', async () => {
    const huge = { name: 'manifest.json', size: 2 ** 40 };
    const cases: readonly (readonly [string, Uint8Array, RegExp, Record<string, string>?])[] = [
      ['a manifest that claims a terabyte', craftTar([huge]), /manifest\.json: it has 1099511627776 bytes, and 4194304/],
      ['a manifest that is not JSON', craftTar([{ name: 'manifest.json', content: '{' }]), /manifest\.json in it is not JSON/],
      ['a manifest of another kind', craftTar([{ name: 'manifest.json', content: '7' }]), /not a list of images/],
      ['a config that is not there', craftImage([layer], { manifest: { Config: '../../etc/passwd' } }), /is missing/],
      ['a config with a null', craftImage([layer], { config: { rootfs: null } }), /can't be loaded/],
      ['a wrong layer digest', craftImage([layer], { diffIds: [`sha256:${'0'.repeat(64)}`] }), /can't be loaded/],
      ['a layer id that is no digest', craftImage([layer], { diffIds: ['../../../etc'] }), /can't be loaded/],
      ['a layer that is missing', craftImage([layer], { manifest: { Layers: ['../outside/secret'] } }), /can't be loaded/],
      ['a name that is no name', craftImage([layer], { manifest: { RepoTags: ['../../x:1'] } }), /can't be loaded/],
      [
        'a blob with another digest',
        craftLayout([gzipSync(layer)], [`sha256:${sha256(layer)}`], { layerDigest: `sha256:${'a'.repeat(64)}` }),
        /can't be loaded/,
      ],
      [
        'a manifest digest that climbs',
        craftLayout([], [], { manifestDigest: 'sha256:../../../../etc/passwd' }),
        /has no digest/,
      ],
      ['an index that is not JSON', craftLayout([], [], { index: '[' }), /index\.json in it is not JSON/],
      ['a layer cut off', craftLayout([gzipSync(layer).subarray(0, 60)], [`sha256:${sha256(layer)}`]), /can't be loaded/],
      ['an archive that unpacks to too much', zeros, /unpacks to more than 100 times its size/, small],
      ['a layer that unpacks to too much', craftLayout([zeros], [zerosId()]), /unpacks to more than 100 times its size/, small],
      ['a limit that is no number', zeros, /TSPOD_EXPANSION_LIMIT: "x"/, { TSPOD_EXPANSION_LIMIT: 'x' }],
    ];
    for (const [name, archive, message, env] of cases) {
      const { taken, stderr } = await offer(['load', '-q', '-i'], archive, env);
      expect({ name, taken, stderr }).toEqual({ name, taken: false, stderr: expect.stringMatching(message) });
    }
    const imported = await offer(['import', '-q'], zeros, small);
    expect(imported).toEqual({ taken: false, stderr: expect.stringMatching(/unpacks to more than 100 times its size/) });
    const cut = await offer(['import', '-q'], gzipSync(layer).subarray(0, 60));
    expect(cut).toEqual({ taken: false, stderr: expect.stringMatching(/gzip compression is damaged/) });
  }, 240_000);
});

describe('a registry that lies', () => {
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  const config = (layer: Uint8Array) =>
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    });

  /** What it answers: a manifest, and blobs by their digests; `cut` ends an answer before all that it announced has come. */
  interface Answers {
    readonly manifest: string;
    readonly blobs: Readonly<Record<string, Uint8Array | string>>;
    readonly cut?: boolean;
  }

  function honest(layer: Uint8Array, changes: { readonly blob?: Uint8Array; readonly config?: string } = {}): Answers {
    const blob = gzipSync(layer);
    const text = config(layer);
    const layers = [
      { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', size: blob.length, digest: `sha256:${sha256(blob)}` },
    ];
    const described = {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: text.length,
      digest: `sha256:${sha256(text)}`,
    };
    return {
      manifest: JSON.stringify({ schemaVersion: 2, mediaType: type, config: described, layers }),
      blobs: { [sha256(blob)]: changes.blob ?? blob, [sha256(text)]: changes.config ?? text },
    };
  }

  async function pullFrom(answers: Answers, env: Record<string, string> = {}) {
    const server = createServer(({ url = '' }, response) => {
      const digest = /blobs\/sha256:(\w+)$/.exec(url)?.[1] ?? '';
      const body = url === '/v2/' ? '{}' : url.includes('/manifests/') ? answers.manifest : answers.blobs[digest];
      if (body === undefined) response.writeHead(404).end('{}');
      else if (answers.cut && digest !== '') {
        response.writeHead(200, { 'content-length': body.length });
        response.write(body.slice(0, body.length / 2), () => response.destroy());
      } else response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body as string) }).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const before = content();
    try {
      const { port } = server.address() as AddressInfo;
      const name = `127.0.0.1:${port}/a/lie:1`;
      const result = await store.tspod(['pull', '-q', '--tls-verify=false', name], { env });
      expectNothingOutside();
      if (result.exitCode === 0) await store.must('rmi', name);
      else
        expect(result).toMatchObject({
          exitCode: 125,
          stdout: '',
          stderr: expect.stringMatching(/^(Warning: Failed, retrying in 1s .*\n)*Error: \S/),
        });
      expect(content()).toEqual(before);
      return result;
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('is refused with what is wrong, and the store stays as it was', async () => {
    const layer = craftTar([{ name: 'file', content: 'x' }]);
    const other = craftTar([{ name: 'file', content: 'y' }]);
    const zeros = craftTar([{ name: 'zeros', content: new Uint8Array(160 * 1024 * 1024) }]);
    const climbing = craftTar([{ name: `${up}${outside.slice(1)}/a`, content: 'x' }]);
    expect(await pullFrom(honest(layer))).toMatchObject({ exitCode: 0 }); // the server can tell the truth, too
    const lies: readonly (readonly [string, Answers, RegExp, Record<string, string>?])[] = [
      ['another layer', honest(layer, { blob: gzipSync(other) }), /digest|mismatch/i],
      ['another config', honest(layer, { config: config(other) }), /digest|mismatch/i],
      ['half of an answer', { ...honest(layer), cut: true }, /EOF|cut|reset/i],
      ['a missing layer', { ...honest(layer), blobs: {} }, /404|unknown|invalid status/i],
      ['no JSON', { ...honest(layer), manifest: '{' }, /./],
      ['an endless manifest', { ...honest(layer), manifest: ' '.repeat(8 * 1024 * 1024) }, /./],
      ['a bomb', honest(zeros), /unpacks to more than 20 times its size/, { TSPOD_EXPANSION_LIMIT: '20:4194304' }],
    ];
    for (const [name, answers, message, env] of lies) {
      const { exitCode, stderr } = await pullFrom(answers, env);
      expect({ name, exitCode, stderr }).toEqual({ name, exitCode: 125, stderr: expect.stringMatching(message) });
    }
    await pullFrom(honest(climbing)); // taken or not, nothing escapes
    expect(await store.must('run', '--rm', '--network', 'none', busybox, 'echo', 'works')).toBe('works');
  }, 120_000);
});

describe('a hostile container', () => {
  it('gives cp nothing of the host, and takes nothing out to it', async () => {
    const climbing = up + outside.slice(1);
    const script = `ln -s ${outside} /door; ln -s ${climbing} /climb; ln -s /door/secret /file; mkdir /d; ln -s ${outside} /d/in`;
    await store.must('run', '--network', 'none', '--name', 'hostile', busybox, 'sh', '-c', script);
    const target = store.path('taken');
    for (const from of ['/door/secret', '/climb/secret', '/file', '/door/.', '/d/in/secret']) {
      const { exitCode } = await store.tspod(['cp', `hostile:${from}`, target]);
      expect({ from, exitCode, taken: existsSync(target) }).toEqual({ from, exitCode: 125, taken: false });
    }
    const given = store.path('given');
    writeFileSync(given, 'x');
    for (const to of ['/door/a', '/climb/a', '/file', '/d/in/a']) {
      await store.tspod(['cp', given, `hostile:${to}`]);
      expectNothingOutside();
    }
    await store.must('cp', 'hostile:/d', target);
    expect(readlinkSync(join(target, 'in'))).toBe(outside);
    await store.must('rm', 'hostile');
  });
});

describe('a damaged store', () => {
  it('is reported by the file, is left as it is, and works once that is mended', async () => {
    const images = join(store.root, 'overlay-images/images.json');
    const layers = join(store.root, 'overlay-layers/layers.json');
    const good = { [images]: readFileSync(images, 'utf8'), [layers]: readFileSync(layers, 'utf8') };
    const damages: readonly (readonly [string, (text: string) => string])[] = [
      [images, (text) => text.slice(0, 40)],
      [images, () => '{"not":"a list"}'],
      [images, (text) => text.replace(/"id":"[0-9a-f]+"/, '"id":"../../../../etc"')],
      [layers, (text) => text.replace(/"id":"[0-9a-f]+"/, '"id":"zz"')],
      [layers, (text) => text.slice(0, -20)],
    ];
    for (const [file, damage] of damages) {
      const text = damage(good[file] ?? '');
      writeFileSync(file, text);
      const { exitCode, stderr } = await store.tspod(['run', '--rm', '--network', 'none', busybox, 'true']);
      expect({ file, exitCode, stderr }).toEqual({ file, exitCode: 125, stderr: expect.stringContaining(file) });
      expect(readFileSync(file, 'utf8')).toBe(text);
      expectNothingOutside();
      writeFileSync(file, good[file] ?? '');
    }
    // a lock record that was cut off says nothing, and stops nobody
    for (const lock of ['overlay-images/images.lock', 'overlay-layers/layers.lock', 'storage.lock']) {
      truncateSync(join(store.root, lock), 7);
    }
    // other programs keep what they like in these fields
    const foreign = (JSON.parse(good[images] ?? '') as object[]).map((image) => ({
      ...image,
      metadata: 'not JSON {',
      strange: [1],
    }));
    writeFileSync(images, JSON.stringify(foreign));
    await store.must('tag', busybox, 'localhost/after:1');
    expect(readFileSync(images, 'utf8')).toContain('not JSON {');
    expect(await store.must('run', '--rm', '--network', 'none', 'localhost/after:1', 'echo', 'works')).toBe('works');
  }, 120_000);
});

describe('a disk that is full', () => {
  it('leaves the store as it was, whoever fills it', async () => {
    const small = Store.empty();
    mkdirSync(small.root, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', small.root]);
    try {
      const archive = store.path('busybox.tar');
      writeBusyboxArchive(archive, { name: busybox });
      await small.must('load', '-q', '-i', archive);
      const state = () => [
        readFileSync(join(small.root, 'overlay-layers/layers.json'), 'utf8'),
        readFileSync(join(small.root, 'overlay-images/images.json'), 'utf8'),
        readdirSync(join(small.root, 'overlay')).filter((name) => name !== 'tempdirs'),
        existsSync(join(small.root, 'overlay/tempdirs')) ? readdirSync(join(small.root, 'overlay/tempdirs')) : [],
      ];
      await small.must('images');
      const before = state();
      const layer = craftTar([{ name: 'big', content: Buffer.alloc(20 * 1024 * 1024, 'x') }]);
      for (const [command, bytes] of [
        [['load', '-q', '-i'], craftImage([layer])],
        [['import', '-q'], layer],
      ] as const) {
        const path = store.path('big.tar');
        writeFileSync(path, bytes);
        const result = await small.tspod([...command, path], { timeout: 60_000 });
        expect(result).toMatchObject({ exitCode: 125, stderr: expect.stringMatching(/no space left on device/i) });
        expect(state()).toEqual(before);
      }
      expect(await small.must('run', '--rm', '--network', 'none', busybox, 'echo', 'works')).toBe('works');
    } finally {
      await small[Symbol.asyncDispose]().finally(() => undefined);
    }
  }, 120_000);
});
