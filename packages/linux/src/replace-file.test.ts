import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { directorySize } from './directory-size.ts';
import { replaceFile } from './replace-file.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-replace-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

it('puts a new file in the place of the old one', () => {
  const path = join(directory, 'file');
  for (const [content, options] of [
    ['first', {}],
    ['zwölf', { durable: true, mode: 0o640 }],
  ] as const) {
    const before = statSync(path, { throwIfNoEntry: false })?.ino;
    replaceFile(path, content, options);
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(statSync(path).ino).not.toBe(before);
  }
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readdirSync(directory)).toEqual(['file']);
});

it('overwrites what a killed writer left', () => {
  writeFileSync(join(directory, '.tmp-file'), 'a longer text than the new one');
  replaceFile(join(directory, 'file'), 'new');
  expect(readFileSync(join(directory, 'file'), 'utf8')).toBe('new');
  expect(readdirSync(directory)).toEqual(['file']);
});

it('leaves the old file, and nothing else, when it fails', () => {
  mkdirSync(join(directory, 'taken/inside'), { recursive: true });
  expect(() => replaceFile(join(directory, 'taken'), 'new')).toThrow();
  expect(() => replaceFile(join(directory, 'missing/file'), 'new')).toThrow();
  expect(readdirSync(directory)).toEqual(['taken']);
});

it('measures files by length, hard links once and directories not at all', async () => {
  mkdirSync(join(directory, 'a/b'), { recursive: true });
  writeFileSync(join(directory, 'a/one'), Buffer.alloc(1000));
  writeFileSync(join(directory, 'a/b/two'), Buffer.alloc(234));
  expect(await directorySize(directory)).toBe(1234);
  linkSync(join(directory, 'a/one'), join(directory, 'a/b/again'));
  expect(await directorySize(directory)).toBe(1234);
});
