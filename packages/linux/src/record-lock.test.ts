import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFile, tryLockFile } from './record-lock.ts';
import { runsSources, startProgram, startScript, type TestProcess } from './test-process.ts';

/** Takes a POSIX record lock, as podman does, with no code of ours: prints `held`, lets go and prints `free` after a line. */
const holderSource = `
use strict; use Fcntl qw(:DEFAULT :flock F_SETLKW F_RDLCK F_WRLCK SEEK_SET); $| = 1;
my ($path, $kind) = @ARGV;
sysopen(my $file, $path, O_RDWR | O_CREAT) or die;
my $range = pack('s s x4 q q l x4', $kind eq 'read' ? F_RDLCK : F_WRLCK, SEEK_SET, 0, 0, 0);
fcntl($file, F_SETLKW, $range) or die $!;
print "held\\n"; <STDIN>; close $file; print "free\\n"; <STDIN>;
`;

describe('a record lock', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'record-lock-'));
    path = join(directory, 'layers.lock');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function startHolder(kind: 'read' | 'write'): Promise<TestProcess> {
    const holder = startProgram('perl', '-e', holderSource, path, kind);
    expect(await holder.line()).toBe('held');
    return holder;
  }

  it('is shared by readers and excludes writers, in one process too', async () => {
    const first = await lockFile(path, 'read');
    const second = tryLockFile(path, 'read');
    expect(second).toBeDefined();
    expect(tryLockFile(path, 'write')).toBeUndefined();
    first.release();
    expect(tryLockFile(path, 'write')).toBeUndefined();
    second?.release();
    const writer = tryLockFile(path, 'write');
    expect(writer).toBeDefined();
    expect(tryLockFile(path, 'read')).toBeUndefined();
    writer?.release();
    writer?.release();
    expect(statSync(path).mode & 0o7777).toBe(0o644 & ~process.umask());
  });

  it('survives that this process opens and closes the file elsewhere', async () => {
    const lock = await lockFile(path, 'write');
    readFileSync(path);
    writeFileSync(path, '', { flag: 'a' });
    await using waiting = startProgram('perl', '-e', holderSource, path, 'read');
    expect(await Promise.race([waiting.line(), sleep(150, 'waits')])).toBe('waits');
    lock.release();
  });

  it('waits for the POSIX lock of another program, of either kind, and for its death', async () => {
    for (const [theirs, ours] of [
      ['write', 'read'],
      ['read', 'write'],
      ['write', 'write'],
    ] as const) {
      await using holder = await startHolder(theirs);
      expect(tryLockFile(path, ours)).toBeUndefined();
      const waiting = lockFile(path, ours);
      expect(await Promise.race([waiting, sleep(80, 'waits')])).toBe('waits');
      holder.say('let go');
      (await waiting).release();
    }
    await using readers = await startHolder('read');
    tryLockFile(path, 'read')?.release();
    const waiting = lockFile(path, 'write');
    await readers.kill();
    (await waiting).release();
  });

  it('keeps other programs waiting until it is released', async () => {
    const lock = await lockFile(path, 'read');
    await using writer = startProgram('perl', '-e', holderSource, path, 'write');
    const held = writer.line();
    expect(await Promise.race([held, sleep(150, 'waits')])).toBe('waits');
    lock.release();
    expect(await held).toBe('held');
  });

  it('goes to those who wait in this process in their order', async () => {
    const lock = await lockFile(path, 'write');
    const order: string[] = [];
    const waiting = (['write', 'read', 'read', 'write', 'read'] as const).map(async (kind, index) => {
      const mine = await lockFile(path, kind);
      order.push(`${index} in`);
      if (kind === 'read') await sleep(20);
      order.push(`${index} out`);
      mine.release();
    });
    lock.release();
    await Promise.all(waiting);
    expect(order).toEqual(['0 in', '0 out', '1 in', '2 in', '1 out', '2 out', '3 in', '3 out', '4 in', '4 out']);
  });

  it('is no longer waited for after an abort', async () => {
    const lock = await lockFile(path, 'write');
    await expect(lockFile(path, 'read', { signal: AbortSignal.timeout(30) })).rejects.toMatchObject({ name: 'TimeoutError' });
    lock.release();
    const next = tryLockFile(path, 'write');
    expect(next).toBeDefined();
    next?.release();
  });

  it('carries the record of the last writer', async () => {
    const lock = await lockFile(path, 'write');
    expect(lock.readRecord()).toHaveLength(0);
    const first = lock.writeRecord();
    const second = lock.writeRecord();
    expect(first).toHaveLength(64);
    expect(second.equals(first)).toBe(false);
    expect(Math.abs(Number(second.readBigUInt64LE(0) / 1_000_000n) - Date.now())).toBeLessThan(10_000);
    expect(second.readUInt32LE(16)).toBe(process.pid);
    expect(lock.readRecord().equals(second)).toBe(true);
    lock.release();
    expect(readFileSync(path).equals(second)).toBe(true);
    const reader = await lockFile(path, 'read', { readOnly: true, create: false });
    expect(reader.readRecord().equals(second)).toBe(true);
    expect(() => reader.writeRecord()).toThrow('EBADF');
    reader.release();
  });

  it('needs its file, or leave to make it', async () => {
    await expect(lockFile(path, 'read', { create: false })).rejects.toMatchObject({ code: 'ENOENT', path });
    await expect(lockFile(join(path, 'x'), 'read')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(() => tryLockFile(path, 'write', { readOnly: true })).toThrow('EBADF');
  });

  it.runIf(runsSources)(
    'never has two writers among several processes, and starves none',
    async () => {
      const contender = `
      import { readFileSync, writeFileSync } from 'node:fs';
      const [path, counter] = args;
      for (let round = 0; round < 150; round++) {
        const lock = await linux.lockFile(path, 'write');
        const before = Number(readFileSync(counter, 'utf8'));
        if (round % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        writeFileSync(counter, String(before + 1));
        lock.release();
      }
      console.log('done');`;
      const counter = join(directory, 'counter');
      writeFileSync(counter, '0');
      const contenders = [1, 2, 3].map(() => startScript(contender, path, counter));
      expect(await Promise.all(contenders.map((each) => each.line()))).toEqual(['done', 'done', 'done']);
      expect(await Promise.all(contenders.map((each) => each.exited))).toEqual([0, 0, 0]);
      expect(readFileSync(counter, 'utf8')).toBe('450');
    },
    30_000,
  );

  it.runIf(runsSources)(
    'dies with its holder',
    async () => {
      await using holder = startScript(
        `await linux.lockFile(args[0], 'write'); console.log('held'); setTimeout(() => undefined, 60_000);`,
        path,
      );
      expect(await holder.line()).toBe('held');
      expect(tryLockFile(path, 'read')).toBeUndefined();
      const waiting = lockFile(path, 'write');
      await holder.kill();
      (await waiting).release();
    },
    30_000, // another Node has to start
  );
});
