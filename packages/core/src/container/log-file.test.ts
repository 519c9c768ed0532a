import { appendFileSync, existsSync, linkSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogFile } from './log-file.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-log-'));
  path = join(directory, 'ctr.log');
});
afterEach(() => rmSync(directory, { recursive: true }));

const line = (text: string, tag = 'F') => `2030-01-01T00:00:00.000000000+00:00 stdout ${tag} ${text}\n`;
const read = (log: LogFile) => [...log.entries()].map(({ text }) => Buffer.from(text).toString());

/** As a writer that keeps older files does it. */
function rotate(kept: number, ...lines: string[]): void {
  for (let number = kept - 1; number > 0; number -= 1) {
    if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
  }
  if (kept > 0) renameSync(path, `${path}.1`);
  writeFileSync(`${path}.tmp`, lines.map((text) => line(text)).join(''));
  renameSync(`${path}.tmp`, path);
}

test('kept files come before the log, the oldest first', () => {
  writeFileSync(path, line('a') + line('b'));
  rotate(3, 'c', 'd');
  rotate(3, 'e');
  using log = new LogFile(path, undefined);
  expect(read(log)).toEqual(['a', 'b', 'c', 'd', 'e']);
  appendFileSync(path, line('f'));
  expect(read(log)).toEqual(['f']);
});

test.each([
  [0, []],
  [1, ['e']],
  [2, ['d', 'e']],
  [4, ['b', 'c', 'd', 'e']],
  [9, ['a', 'b', 'c', 'd', 'e']],
])('the last %s lines are found in whichever file they are', (tail, expected) => {
  writeFileSync(path, line('a') + line('b'));
  rotate(3, 'c', 'd');
  rotate(3, 'e');
  using log = new LogFile(path, tail);
  expect(read(log)).toEqual(expected);
  appendFileSync(path, line('f'));
  expect(read(log)).toEqual(['f']);
});

test('who follows misses nothing that is kept, however often it was replaced meanwhile', () => {
  writeFileSync(path, line('a'));
  using log = new LogFile(path, undefined);
  expect(read(log)).toEqual(['a']);
  appendFileSync(path, line('b'));
  rotate(5, 'c');
  rotate(5, 'd');
  rotate(5, 'e');
  expect(read(log)).toEqual(['b', 'c', 'd', 'e']);
  rotate(1, 'f');
  rotate(1, 'g');
  rotate(1, 'h');
  expect(read(log).slice(-2)).toEqual(['g', 'h']);
});

test('nothing is kept: what is there is read', () => {
  writeFileSync(path, line('a'));
  using log = new LogFile(path, undefined);
  expect(read(log)).toEqual(['a']);
  rotate(0, 'c');
  expect(read(log)).toEqual(['c']);
});

test('a file that waits for its place is read once, also while it is the log itself', () => {
  writeFileSync(path, line('a'));
  linkSync(path, `${path}.next`);
  using first = new LogFile(path, undefined);
  expect(read(first)).toEqual(['a']);
  rotate(0, 'b');
  expect(read(first)).toEqual(['b']);
  using second = new LogFile(path, undefined);
  expect(read(second)).toEqual(['a', 'b']);
});

test('a line whose parts are in two files is one line', () => {
  writeFileSync(path, line('one') + line('begin', 'P'));
  rotate(2, 'end');
  using log = new LogFile(path, 1);
  expect(read(log)).toEqual(['begin', 'end']);
});

test('there may be no log yet', () => {
  using log = new LogFile(path, 3);
  expect(read(log)).toEqual([]);
  writeFileSync(path, line('a'));
  expect(read(log)).toEqual(['a']);
});
