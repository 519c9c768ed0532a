import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MonitorPaths } from '@tspod/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readExitStatus, waitExitStatus } from './exit-status.ts';

let paths: MonitorPaths;

beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), 'tspod-exit-'));
  paths = { id: 'abc', bundleDir: directory, runDir: directory, exitDir: join(directory, 'exits') };
  mkdirSync(paths.exitDir);
});

afterEach(() => rmSync(paths.bundleDir, { recursive: true }));

const write = (text: string) => writeFileSync(join(paths.exitDir, 'abc'), text);

describe('readExitStatus', () => {
  it('answers the code, the time of the file, and whether memory ran out', () => {
    expect(readExitStatus(paths)).toBeUndefined();
    write('137');
    const finishedAt = statSync(join(paths.exitDir, 'abc')).ctime.toISOString();
    expect(readExitStatus(paths)).toEqual({ exitCode: 137, finishedAt, oomKilled: false });
    mkdirSync(join(paths.runDir, 'persist'));
    writeFileSync(join(paths.runDir, 'persist/oom'), '');
    expect(readExitStatus(paths)?.oomKilled).toBe(true);
  });

  it('knows the code of a time limit, and refuses what is no number', () => {
    write('-1');
    expect(readExitStatus(paths)?.exitCode).toBe(-1);
    for (const text of ['', 'x', '1\n2']) {
      write(text);
      expect(() => readExitStatus(paths)).toThrow(expect.objectContaining({ kind: 'corrupt', code: 'bad-exit-file' }));
    }
  });
});

describe('waitExitStatus', () => {
  it('does not wait where no monitor is', async () => {
    expect(await waitExitStatus(paths, undefined)).toBeUndefined();
    writeFileSync(join(paths.runDir, 'conmon.pid'), String(process.pid));
    expect(await waitExitStatus(paths, undefined)).toBeUndefined(); // another program has its pid now
    write('3');
    expect(await waitExitStatus(paths, AbortSignal.abort())).toMatchObject({ exitCode: 3 });
  });
});
