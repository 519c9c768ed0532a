import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTarIndex, readText } from './tar-index.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-tar-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(90)}/end.json`;
const files: Readonly<Record<string, string>> = {
  'manifest.json': '[]',
  empty: '',
  'blobs/sha256/abc': 'x'.repeat(1000),
  [`${'a'.repeat(80)}/${'b'.repeat(80)}`]: 'in two header fields',
  [long]: 'in an extra header',
  'ünïcödé.json': 'not ASCII',
};

function makeTar(format: string, ...options: readonly string[]): string {
  const source = join(directory, 'source');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(source, name)), { recursive: true });
    writeFileSync(join(source, name), content);
  }
  const path = join(directory, 'x.tar');
  const names = format === 'ustar' ? Object.keys(files).filter((name) => name !== long) : Object.keys(files);
  execFileSync('tar', [`--format=${format}`, '-cf', path, '-C', source, ...options, ...names]);
  return path;
}

async function withFile<Result>(path: string, use: (file: FileHandle) => Promise<Result>): Promise<Result> {
  const file = await open(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

const contents = (path: string) =>
  withFile(path, async (file) => {
    const index = await readTarIndex(file);
    if (index === undefined) return undefined;
    return Object.fromEntries(await Promise.all([...index].map(async ([name, member]) => [name, await readText(file, member)])));
  });

describe('the index of a tar', () => {
  it.each(['gnu', 'posix', 'ustar'])('has every file of a %s archive', async (format) => {
    const { [long]: longFile, ...short } = files;
    expect(await contents(makeTar(format))).toEqual(format === 'ustar' ? short : { ...short, [long]: longFile });
  });

  it('has names without a leading ./ and no directories', async () => {
    const path = makeTar('gnu', './blobs');
    expect(Object.keys((await contents(path)) ?? {})).toEqual(expect.arrayContaining(['blobs/sha256/abc', 'manifest.json']));
    expect((await contents(path))?.['blobs/']).toBeUndefined();
  });

  it('has what comes before the end of an archive that is cut off', async () => {
    const path = makeTar('gnu');
    truncateSync(path, 512 + 512 + 100);
    expect(await contents(path)).toEqual({ 'manifest.json': '[]' });
  });

  it.each([
    ['nothing', ''],
    ['little', 'x'],
    ['text', 'no tar at all\n'.repeat(100)],
    ['zeros', '\0'.repeat(10_240)],
  ])('is not there for %s', async (_, content) => {
    const path = join(directory, 'x');
    writeFileSync(path, content);
    expect(await contents(path)).toBeUndefined();
  });
});
