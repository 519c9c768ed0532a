import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockerSuite } from '@tspod/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLinuxLocker } from './locker.ts';
import { runsSources, startProgram, startScript } from './test-process.ts';

const makeDirectory = () => mkdtempSync(join(tmpdir(), 'locker-'));

/** Holds a lock by flock(1), which is not our code, and is killed together with its child. */
async function holdByShell(path: string): Promise<{ kill(): Promise<void> }> {
  const holder = startProgram('flock', '--exclusive', '--no-fork', path, 'sh', '-c', 'echo held; exec sleep 60');
  expect(await holder.line()).toBe('held');
  return holder;
}

lockerSuite('flock', async () => {
  const directory = makeDirectory();
  const open = async () => createLinuxLocker({ directory: join(directory, 'locks') });
  return {
    open,
    async holdElsewhere(name) {
      const locker = await open();
      await (await locker.acquire(name)).release();
      return holdByShell(locker.pathOf(name));
    },
    cleanup: async () => rmSync(directory, { recursive: true }),
  };
});

describe('the files of the locker', () => {
  let directory: string;
  beforeEach(() => {
    directory = makeDirectory();
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('are made when needed, for nobody else', async () => {
    const locker = createLinuxLocker({ directory: join(directory, 'a/b') });
    expect(existsSync(join(directory, 'a'))).toBe(false);
    await using lock = await locker.acquire('one');
    expect(statSync(join(directory, 'a/b')).mode & 0o777).toBe(0o700);
    expect(statSync(locker.pathOf(lock.name)).mode & 0o777).toBe(0o600);
  });

  it('stay after a release and go when they are forgotten', async () => {
    const locker = createLinuxLocker({ directory });
    await (await locker.acquire('one')).release();
    expect(readdirSync(directory)).toEqual(['one.lock']);
    await (await locker.acquire('one')).release({ forget: true });
    expect(readdirSync(directory)).toEqual([]);
  });

  it.runIf(runsSources)('of a transient lock go with a holder that is killed, whichever step it came to', async () => {
    const locker = createLinuxLocker({ directory });
    const holding = `
      await linux.createLinuxLocker({ directory: args[0] }).acquire('one', { transient: true });
      console.log('held');
      setInterval(() => {}, 1000);`;
    for (const existed of [false, true]) {
      if (existed) await (await locker.acquire('one')).release();
      const holder = startScript(holding, directory);
      expect(await holder.line()).toBe('held');
      await locker.sweep();
      expect(await locker.names()).toEqual(['one']);
      expect(await locker.tryAcquire('one')).toBeUndefined();
      await holder.kill();
      await locker.sweep();
      expect(await locker.names()).toEqual([]);
      expect(readdirSync(directory)).toEqual(['transient']);
    }
    // killed after the file was made and before it had its name
    writeFileSync(join(directory, 'transient', 'two.lock'), '');
    await locker.sweep();
    expect(readdirSync(join(directory, 'transient'))).toEqual([]);
  });

  it("keep a shell's flock out", async () => {
    const locker = createLinuxLocker({ directory });
    const lock = await locker.acquire('one');
    const tryByShell = () => spawnSync('flock', ['--nonblock', locker.pathOf('one'), 'true']).status;
    expect(tryByShell()).toBe(1);
    await lock.release();
    expect(tryByShell()).toBe(0);
  });

  it('are not inherited by children', async () => {
    const locker = createLinuxLocker({ directory });
    const lock = await locker.acquire('one');
    await using child = startProgram('sh', '-c', 'echo started; exec sleep 60');
    expect(await child.line()).toBe('started');
    await lock.release();
    execFileSync('flock', ['--nonblock', locker.pathOf('one'), 'true']);
  });

  it('are not held by who could not mark them', async () => {
    const locker = createLinuxLocker({ directory });
    await (await locker.acquire('one')).release();
    writeFileSync(join(directory, 'transient'), 'in the way');
    await expect(locker.acquire('one', { transient: true })).rejects.toThrow(/EEXIST|ENOTDIR/);
    await (await locker.acquire('one', { signal: AbortSignal.timeout(1_000) })).release();
  });

  it.runIf(runsSources)('are taken in turns by several processes, each of which removes them', async () => {
    const contender = `
      import { mkdirSync, rmdirSync } from 'node:fs';
      const locker = linux.createLinuxLocker({ directory: args[0] });
      for (let round = 0; round < 100; round++) {
        const lock = await locker.acquire('one');
        mkdirSync(args[1]);
        if (round % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        rmdirSync(args[1]);
        await lock.release({ forget: round % 3 === 0 });
      }
      console.log('done');`;
    const contenders = [1, 2, 3].map(() => startScript(contender, join(directory, 'locks'), join(directory, 'alone')));
    expect(await Promise.all(contenders.map((each) => each.line()))).toEqual(['done', 'done', 'done']);
  });

  it.runIf(runsSources)('are free again when their holder is killed', async () => {
    const holder = startScript(
      `await linux.createLinuxLocker({ directory: args[0] }).acquire('one');
      console.log('held'); setTimeout(() => undefined, 60_000);`,
      directory,
    );
    expect(await holder.line()).toBe('held');
    const locker = createLinuxLocker({ directory });
    const waiting = locker.acquire('one');
    expect(await Promise.race([waiting, sleep(80, 'waits')])).toBe('waits');
    await holder.kill();
    await (await waiting).release();
  });
});
