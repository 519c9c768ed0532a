import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeDirectory } from './make-directory.ts';

const purpose = { what: 'graph root', flag: '--root' };

test('makes what is missing above it, too, and takes what is there', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tspod-make-directory-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'a/b/c');
  for (let time = 0; time < 2; time += 1) makeDirectory(path, purpose);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  writeFileSync(join(directory, 'file'), '');
  for (const unusable of ['file', 'file/below'].map((name) => join(directory, name))) {
    expect(() => makeDirectory(unusable, purpose)).toThrow(`${unusable} can't be used as the graph root`);
  }
});

test('comes to an end where nothing can be made', () => {
  expect(() => makeDirectory('/proc/nosuch/below', purpose)).toThrow(
    expect.objectContaining({
      code: 'unusable-directory',
      message: expect.stringContaining('/proc/nosuch'),
      hint: 'name another directory with --root',
    }),
  );
});
