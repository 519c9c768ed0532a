import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeTree } from './remove-tree.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-remove-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('removes everything, but not what symlinks lead to', async () => {
  writeFileSync(join(directory, 'kept'), 'content');
  const tree = join(directory, 'tree');
  mkdirSync(join(tree, 'a/b/c'), { recursive: true });
  writeFileSync(join(tree, 'a/b/file'), '');
  symlinkSync(join(directory, 'kept'), join(tree, 'a/link'));
  symlinkSync(directory, join(tree, 'up'));
  await removeTree(tree);
  await removeTree(tree);
  expect(existsSync(tree)).toBe(false);
  expect(readFileSync(join(directory, 'kept'), 'utf8')).toBe('content');
});

it('removes a file, and a symlink instead of its target', async () => {
  writeFileSync(join(directory, 'file'), '');
  symlinkSync('file', join(directory, 'link'));
  await removeTree(join(directory, 'link'));
  expect(existsSync(join(directory, 'file'))).toBe(true);
  await removeTree(join(directory, 'file'));
  expect(existsSync(join(directory, 'file'))).toBe(false);
});

it('lets other work go on while it removes a large tree', async () => {
  const tree = join(directory, 'tree');
  for (let outer = 0; outer < 40; outer++) {
    mkdirSync(join(tree, `${outer}`), { recursive: true });
    for (let inner = 0; inner < 60; inner++) writeFileSync(join(tree, `${outer}/${inner}`), '');
  }
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await removeTree(tree);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(1);
});

it('removes a tree that is deeper than a path can be long', async () => {
  const tree = join(directory, 'tree');
  const step = 'd'.repeat(200);
  const home = process.cwd();
  mkdirSync(tree);
  process.chdir(tree);
  for (let depth = 0; depth < 30; depth++) {
    mkdirSync(step);
    process.chdir(step);
  }
  process.chdir(home);
  await removeTree(tree);
  expect(existsSync(tree)).toBe(false);
});
