import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { directorySize } from './directory-size.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-size-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('files count by length, hard links once, directories as nothing', async () => {
  mkdirSync(join(directory, 'below'));
  writeFileSync(join(directory, 'below/file'), 'x'.repeat(5));
  linkSync(join(directory, 'below/file'), join(directory, 'again'));
  symlinkSync('four', join(directory, 'link'));
  expect(await directorySize(directory)).toBe(5 + 4);
});

test('what is removed meanwhile counts as nothing', async () => {
  const names = Array.from({ length: 200 }, (_, number) => join(directory, `${number}`));
  for (const name of names) writeFileSync(name, 'x');
  const counting = directorySize(directory);
  await new Promise(setImmediate); // the directory has been read, or is about to be
  for (const name of names) unlinkSync(name);
  expect(await counting).toBeLessThanOrEqual(200);
  expect(await directorySize(join(directory, 'nosuch'))).toBe(0);
});
