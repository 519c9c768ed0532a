import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileTrees } from './file-trees.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync('/var/tmp/trees-');
  for (const name of ['tree/a/b', 'tree/c', 'into', 'outside']) mkdirSync(join(directory, name), { recursive: true });
  for (const name of ['tree/a/b/one', 'tree/a/two', 'tree/c/three', 'outside/kept']) writeFileSync(join(directory, name), name);
});
afterEach(() => rmSync(directory, { recursive: true }));

const trees = createFileTrees();
const open = (name: string) => trees.openDirectory(join(directory, name));
const below = (name: string) => readdirSync(join(directory, name), { recursive: true }).map(String).sort();

describe('a part of a tree', () => {
  it('is packed by the names of what is wanted, a directory without what is in it', async () => {
    using tree = await open('tree');
    using into = await open('into');
    await into.unpack(tree.pack('/', { name: '', only: new Set(['a', 'a/two', 'c']) }), '/');
    expect(below('into')).toEqual(['a', 'a/two', 'c']);
    expect(readFileSync(join(directory, 'into/a/two'), 'utf8')).toBe('tree/a/two');
  });

  it('is unpacked by the first words of the names, and nothing gets in by a way back', async () => {
    using tree = await open('tree');
    using into = await open('into');
    await into.unpack(tree.pack('/', { name: '' }), '/', { onlyTop: new Set(['c']) });
    expect(below('into')).toEqual(['c', 'c/three']);
    await into.unpack(tree.pack('/a', { name: 'c/../d' }), '/', { onlyTop: new Set(['c', 'd']) });
    expect(below('into')).toEqual(['c', 'c/three']);
  });
});

describe('removing', () => {
  it('takes a file, a directory with all that is in it, or nothing', async () => {
    using tree = await open('tree');
    for (const path of ['/a/two', 'c/', '/nosuch', '/no/such/way']) await tree.remove(path);
    expect(below('tree')).toEqual(['a', 'a/b', 'a/b/one']);
  });

  it('takes a symlink and not what it leads to, and never leaves the tree', async () => {
    symlinkSync(join(directory, 'outside'), join(directory, 'tree/link'));
    symlinkSync('../../outside', join(directory, 'tree/relative'));
    using tree = await open('tree');
    await tree.remove('/link/kept');
    await tree.remove('/relative/kept');
    await tree.remove('/../outside/kept');
    await tree.remove('/link');
    expect(existsSync(join(directory, 'outside/kept'))).toBe(true);
    expect(below('tree')).not.toContain('link');
    for (const path of ['/', '', '/a/..', '/a/.']) {
      await expect(tree.remove(path)).rejects.toMatchObject({ code: 'invalid-path' });
    }
    expect(below('tree')).toContain('a/b/one');
  });
});
