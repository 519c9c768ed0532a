import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createNameLinks, type NameLinks } from './name-links.ts';

let directory: string;
let alive: Set<string>;
let names: NameLinks;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-names-'));
  alive = new Set(['one', 'two']);
  names = createNameLinks(directory, (id) => alive.has(id));
});

afterEach(() => rmSync(directory, { recursive: true }));

it('gives a name once and says who has it', () => {
  expect(names.claim('web', 'one')).toBeUndefined();
  expect(names.claim('web', 'two')).toBe('one');
  expect(names.holderOf('web')).toBe('one');
  expect(names.holderOf('db')).toBeUndefined();
});

it('gives the name of a container that is gone to the next', () => {
  names.claim('web', 'one');
  alive.delete('one');
  expect(names.claim('web', 'two')).toBeUndefined();
  expect(names.holderOf('web')).toBe('two');
});

it('takes back one name, or all of a container, and leaves those of others', () => {
  for (const name of ['a', 'b']) names.claim(name, 'one');
  names.claim('c', 'two');
  names.releaseAll('one', 'c');
  names.releaseAll('one', 'a');
  expect(readdirSync(directory).sort()).toEqual(['b', 'c']);
  names.releaseAll('one', undefined);
  names.releaseAll('one', undefined);
  expect(readdirSync(directory)).toEqual(['c']);
});

it.each(['', '.', '../up', 'a/b', '-x', 'x'.repeat(256)])('takes %j for no name', (name) => {
  expect(() => names.claim(name, 'one')).toThrow(expect.objectContaining({ code: 'invalid-name' }));
  expect(names.holderOf(name)).toBeUndefined();
});
