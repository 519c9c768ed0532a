import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sourceDirectory } from './source-directory.ts';

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'tspod-source-')));
  mkdirSync(join(root, 'graph/inside'), { recursive: true });
  mkdirSync(join(root, 'graph-like'));
  writeFileSync(join(root, 'file'), '');
  symlinkSync('graph-like', join(root, 'good'));
  symlinkSync('graph/inside', join(root, 'bad'));
});

afterEach(() => rmSync(root, { recursive: true }));

const check = (name: string, overlay = false) => sourceDirectory(join(root, name), overlay, join(root, 'graph'));

it('answers the path without symlinks', () => {
  expect(check('good')).toBe(join(root, 'graph-like'));
  expect(check('graph-like', true)).toBe(join(root, 'graph-like'));
  expect(check('')).toBe(root);
});

it.each([
  ['missing', false, 'no-such-file'],
  ['file/below', false, 'no-such-file'],
  ['file', false, 'not-a-directory'],
  ['graph', false, 'directory-in-store'],
  ['graph/inside', false, 'directory-in-store'],
  ['bad', true, 'directory-in-store'],
  ['', true, 'directory-in-store'],
])('refuses %j (overlay: %s) with %s', (name, overlay, code) => {
  expect(() => check(name, overlay)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(join(root, name)) }),
  );
});

it('does not need the graph root to exist', () => {
  rmSync(join(root, 'graph'), { recursive: true });
  expect(check('good')).toBe(join(root, 'graph-like'));
});
