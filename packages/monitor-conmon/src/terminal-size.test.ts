import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createResizer } from './terminal-size.ts';

let directory: string;
let fd: number | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-resize-'));
  execFileSync('mkfifo', [join(directory, 'ctl')]);
  fd = openSync(join(directory, 'ctl'), constants.O_RDWR | constants.O_NONBLOCK);
});

afterEach(() => {
  if (fd !== undefined) closeSync(fd);
  rmSync(directory, { recursive: true });
});

const paths = () => ({ id: 'abc', bundleDir: directory, runDir: directory, exitDir: directory });

/** What conmon would find now. */
function read(): string {
  const buffer = Buffer.alloc(4096);
  try {
    return buffer.toString('utf8', 0, readSync(fd ?? -1, buffer));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
    throw error;
  }
}

it('sends one size at once, and once', async () => {
  await createResizer()(paths(), { rows: 24, columns: 80 });
  expect(read()).toBe('1 24 80\n');
  await sleep(150);
  expect(read()).toBe('');
});

it('sends of many sizes the first and the last, apart, and the last once more', async () => {
  const resize = createResizer();
  const sent = [1, 2, 3, 4].map((rows) => resize(paths(), { rows, columns: 80 }));
  expect(read()).toBe('1 1 80\n');
  await Promise.all(sent);
  expect(read()).toBe('1 4 80\n');
  await sleep(75);
  expect(read()).toBe('1 4 80\n');
  await sleep(150);
  expect(read()).toBe('');
  await resize(paths(), { rows: 5, columns: 80 });
  expect(read()).toBe('1 5 80\n');
});

it('tells everybody who waits when the monitor is gone', async () => {
  const resize = createResizer();
  await resize(paths(), { rows: 1, columns: 1 });
  const late = [resize(paths(), { rows: 2, columns: 2 }), resize(paths(), { rows: 3, columns: 3 })];
  closeSync(fd ?? -1);
  fd = undefined;
  for (const one of late) await expect(one).rejects.toMatchObject({ kind: 'not-found', code: 'not-attachable' });
  await expect(resize(paths(), { rows: 4, columns: 4 })).rejects.toMatchObject({ code: 'not-attachable' });
});
