import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArchive } from './archive.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-archive-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Reads a directory with these files; values that are no text become JSON. */
function read(files: Readonly<Record<string, unknown>>) {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return readArchive(directory, 'shown');
}

const config = JSON.stringify({ rootfs: { type: 'layers', diff_ids: ['sha256:1', 'sha256:2'] } });
const manifest = JSON.stringify({ schemaVersion: 2, config: { digest: `sha256:${sha256(config)}` } });
const blobs = { [`blobs/sha256/${sha256(config)}`]: config, [`blobs/sha256/${sha256(manifest)}`]: manifest };
const descriptor = (annotations?: Readonly<Record<string, string>>) => ({ digest: `sha256:${sha256(manifest)}`, annotations });
const known = { id: sha256(config), layers: ['sha256:1', 'sha256:2'] };
const reference = 'org.opencontainers.image.ref.name';

describe('an OCI layout', () => {
  it('has a name when it says so', async () => {
    const image = await read({ 'index.json': { manifests: [descriptor({ [reference]: 'a:b' })] }, ...blobs });
    expect(image).toEqual([{ source: `oci:${directory}`, names: ['localhost/a:b'], ...known }]);
  });

  it('needs no name', async () => {
    expect(await read({ 'index.json': { manifests: [descriptor()] }, ...blobs })).toEqual([
      { source: `oci:${directory}`, names: [], ...known },
    ]);
  });

  it('has the name that containerd gives before that of the layout', async () => {
    const annotations = { 'io.containerd.image.name': 'docker.io/x/y:1', [reference]: '1' };
    expect(await read({ 'index.json': { manifests: [descriptor(annotations)] }, ...blobs })).toMatchObject([
      { names: ['docker.io/x/y:1'] },
    ]);
  });

  it('tells several images apart by their names', async () => {
    const manifests = [descriptor({ [reference]: 'a:1' }), descriptor({ [reference]: 'a:2' })];
    expect(await read({ 'index.json': { manifests }, ...blobs })).toMatchObject([
      { source: `oci:${directory}:a:1`, names: ['localhost/a:1'] },
      { source: `oci:${directory}:a:2`, names: ['localhost/a:2'] },
    ]);
  });

  it('leaves the choice among platforms to skopeo', async () => {
    const list = JSON.stringify({ manifests: [descriptor()] });
    const index = { manifests: [{ digest: `sha256:${sha256(list)}` }] };
    expect(await read({ 'index.json': index, ...blobs, [`blobs/sha256/${sha256(list)}`]: list })).toEqual([
      { source: `oci:${directory}`, names: [], id: undefined, layers: [] },
    ]);
  });
});

describe('a docker directory', () => {
  it('has one image without a name', async () => {
    expect(await read({ 'manifest.json': manifest, [sha256(config)]: config })).toEqual([
      { source: `dir:${directory}`, names: [], ...known },
    ]);
  });
});

describe('what can not be loaded is refused:', () => {
  it.each<readonly [string, Readonly<Record<string, unknown>>, string]>([
    ['nothing that is known', { 'some.file': 'x' }, 'there is neither a manifest.json nor an index.json in it'],
    ['no JSON', { 'index.json': '{' }, 'index.json in it is not JSON'],
    ['no images', { 'index.json': { manifests: [] } }, 'it has no images'],
    ['a missing manifest', { 'index.json': { manifests: [descriptor()] } }, `blobs/sha256/${sha256(manifest)} is missing in it`],
    ['a missing config', { 'manifest.json': manifest }, `${sha256(config)} is missing in it`],
    [
      'several images, one without a name',
      { 'index.json': { manifests: [descriptor({ [reference]: 'a' }), descriptor()] } },
      'several images',
    ],
    [
      'several images with one name',
      { 'index.json': { manifests: [descriptor({ [reference]: 'a' }), descriptor({ [reference]: 'a' })] } },
      'several images',
    ],
    ['a name that is none', { 'index.json': { manifests: [descriptor({ [reference]: 'Bad Name' })] }, ...blobs }, 'Bad Name'],
    ['an index that is no object', { 'index.json': [] }, 'it has no images'],
    ['a digest that leads elsewhere', { 'index.json': { manifests: [{ digest: '../../../etc/passwd' }] } }, 'has no digest'],
  ])('%s', async (_, files, problem) => {
    await expect(read(files)).rejects.toMatchObject({
      kind: 'invalid-argument',
      code: 'invalid-archive',
      message: expect.stringMatching(new RegExp(`^shown can't be loaded: .*${problem.replaceAll('.', '\\.')}`)),
    });
  });
});
