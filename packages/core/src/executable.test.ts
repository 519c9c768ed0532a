import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executableUsability, executableVersion, firstExecutable } from './executable.ts';

let directory: string;
let program: string;
let plainFile: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-executable-'));
  program = join(directory, 'program');
  plainFile = join(directory, 'plain');
  writeFileSync(program, '#!/bin/sh\necho "program version 2.1.6+x"\necho "commit: 123"\n');
  chmodSync(program, 0o755);
  writeFileSync(plainFile, '');
  chmodSync(plainFile, 0o644);
});

afterAll(() => rmSync(directory, { recursive: true }));

describe('firstExecutable', () => {
  it('passes over what is missing, a directory, or not executable', () => {
    expect(firstExecutable([join(directory, 'missing'), directory, plainFile, program])).toBe(program);
    expect(firstExecutable([directory])).toBeUndefined();
  });
});

describe('executableUsability', () => {
  it('says why a path can not be run', () => {
    expect(executableUsability(program)).toEqual({ usable: true });
    expect(executableUsability(plainFile)).toEqual({ usable: false, reason: `${plainFile} is not executable` });
    expect(executableUsability(directory)).toEqual({ usable: false, reason: `${directory} is not a file` });
    expect(executableUsability('/no/such')).toEqual({ usable: false, reason: '/no/such does not exist' });
  });
});

describe('executableVersion', () => {
  it('answers the first line and the number in it', async () => {
    expect(await executableVersion(program)).toEqual({ version: '2.1.6+x', text: 'program version 2.1.6+x\ncommit: 123' });
  });

  it('fails for a program that is not there, fails, or says nothing', async () => {
    const silent = join(directory, 'silent');
    const failing = join(directory, 'failing');
    writeFileSync(silent, '#!/bin/sh\n', { mode: 0o755 });
    writeFileSync(failing, '#!/bin/sh\necho 1.0\nexit 3\n', { mode: 0o755 });
    for (const path of ['/no/such', silent, failing]) {
      await expect(executableVersion(path)).rejects.toMatchObject({ kind: 'unavailable', code: 'no-version' });
    }
  });
});
