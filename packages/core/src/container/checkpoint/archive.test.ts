import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { archiveSource, requirePlain } from './archive.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-unpacked-'));
  for (const name of ['checkpoint', 'pre-checkpoint', 'volumes']) mkdirSync(join(directory, name));
  for (const name of ['checkpoint/inventory.img', 'ctr.log', 'volumes/a.tar']) writeFileSync(join(directory, name), '');
});
afterEach(() => rmSync(directory, { recursive: true }));

const everything = ['checkpoint', 'pre-checkpoint', 'volumes', 'ctr.log', 'rootfs-diff.tar'];
const check = () => {
  for (const name of everything) requirePlain(directory, name, 'x.tar');
};

test('files and directories, and the link that CRIU makes, are taken', () => {
  symlinkSync('../pre-checkpoint', join(directory, 'checkpoint/parent'));
  expect(check).not.toThrow();
});

test.each([
  ['ctr.log', '/etc/passwd'],
  ['rootfs-diff.tar', 'ctr.log'],
  ['volumes/a.tar', '/dev/zero'],
  ['checkpoint/parent', '/etc'],
  ['checkpoint/other', '../pre-checkpoint'],
])('%s as a link to %s is refused', (name, target) => {
  rmSync(join(directory, name), { force: true });
  symlinkSync(target, join(directory, name));
  expect(check).toThrow(
    expect.objectContaining({ code: 'invalid-checkpoint', message: expect.stringContaining(`x.tar has ${name}`) }),
  );
});

test('an archive is a file that can be read more than once', () => {
  expect(() => archiveSource(join(directory, 'nosuch'))).toThrow(expect.objectContaining({ code: 'no-such-file' }));
  expect(() => archiveSource('/dev/null')).toThrow(expect.objectContaining({ code: 'invalid-checkpoint' }));
});
