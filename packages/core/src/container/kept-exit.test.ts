import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { monotonicNow } from '../monotonic-clock.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { ContainerConfig } from './config.ts';
import { LockedContainer } from './guard.ts';
import { readKeptExit } from './kept-exit.ts';
import { removedExitDirectory } from './paths.ts';
import { removeLocked } from './verbs/remove.ts';
import { wait } from './verbs/wait.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-kept-exit-'));
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true });
});

const places = () => ({ temporaryDirectory: directory }) as RuntimeParts['places'];
const fileOf = (id: string) => join(removedExitDirectory(places()), id);

/** Removes a container that has exited with this code. */
async function removeExited(id: string, exitCode: number): Promise<void> {
  const nothing = async () => undefined;
  const parts = {
    places: places(),
    state: { beginRemoval: nothing, saveLive: nothing, finishRemoval: nothing },
    storages: [{ name: 's', delete: nothing }],
    monitor: { forget: nothing },
    events: { append: nothing },
    locker: { acquire: async () => ({ release: nothing }), tryAcquire: async () => ({ release: nothing }) },
  } as unknown as RuntimeParts;
  const config = {
    id,
    name: id,
    storage: 's',
    staticDir: directory,
    network: 'none',
    userMounts: [],
    rootfs: {},
  } as unknown as ContainerConfig;
  const live = { state: { status: 'exited', exitCode, finishedAt: '', oomKilled: false }, runDir: directory } as const;
  await removeLocked(new LockedContainer(parts, { config, live, lastRun: undefined, removing: false }, live));
}

test.each([86_400_000, -86_400_000])('an exit code stays known when the clock is set by %s ms', async (jump) => {
  await removeExited('a', 7);
  vi.setSystemTime(Date.now() + jump);
  await removeExited('b', 8);
  expect(readKeptExit(fileOf('a'))?.exitCode).toBe(7);
  let looks = 0;
  const state = {
    container: async () => (looks++ === 0 ? { config: {}, live: { state: { status: 'paused' } }, removing: true } : undefined),
  };
  expect(await wait({ places: places(), state } as unknown as RuntimeParts, 'a', { condition: ['running'], interval: 1 })).toBe(
    7,
  );
});

test('it goes when its time has come, whatever the clock says', async () => {
  await removeExited('old', 1);
  await removeExited('young', 2);
  mkdirSync(directory, { recursive: true });
  writeFileSync(fileOf('old'), `1 ${Math.round(monotonicNow() - 6 * 60_000)}\n`);
  writeFileSync(fileOf('unfinished'), '');
  await removeExited('next', 3);
  expect(existsSync(fileOf('old'))).toBe(false);
  expect(readKeptExit(fileOf('young'))?.exitCode).toBe(2);
  expect(existsSync(fileOf('unfinished'))).toBe(true);
});
