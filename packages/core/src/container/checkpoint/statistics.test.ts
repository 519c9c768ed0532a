import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readStatistics } from './statistics.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-statistics-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A file with these bytes, in hexadecimal. */
function file(bytes: string): string {
  const path = join(directory, 'stats');
  writeFileSync(path, Buffer.from(bytes.replace(/\s/g, ''), 'hex'));
  return path;
}

/** Written by CRIU 3.17.1. */
const dump = '4059105506330957270000000a2508bfec0710a0aa9a0118f7f20120da0a28ea08300038204000480050065806600068007000';

test('what criu counted is read from its own file', () => {
  expect(readStatistics(file(dump), 'dump')).toEqual({
    ...{ freezing_time: 128575, frozen_time: 2528544, memdump_time: 31095, memwrite_time: 1370 },
    ...{ pages_scanned: 1130, pages_written: 32 },
  });
  expect(readStatistics(file(dump), 'restore')).toBeUndefined();
});

test('what is missing or cut short gives nothing wrong', () => {
  expect(readStatistics(join(directory, 'nosuch'), 'dump')).toBeUndefined();
  expect(readStatistics(file('405910'), 'dump')).toBeUndefined();
  expect(readStatistics(file(dump.slice(0, 40)), 'dump')).toBeUndefined();
});
