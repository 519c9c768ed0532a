import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { lockFile, tryLockFile } from './record-lock.ts';
import { startProgram } from './test-process.ts';

const hasTool = spawnSync('containers-storage', ['version']).error === undefined;
const canRun = hasTool && process.getuid?.() === 0;
if (!canRun) console.log('skipping the locks of containers-storage: needs root and the program containers-storage');

describe.runIf(canRun)('the locks of containers-storage', () => {
  it.each(['read', 'write'] as const)('are ours: it waits while we hold one to %s', async (kind) => {
    const directory = mkdtempSync('/var/tmp/linux-locks-');
    const store = ['--graph', join(directory, 'root'), '--run', join(directory, 'run'), '--storage-driver', 'vfs'];
    try {
      execFileSync('containers-storage', [...store, 'layers'], { stdio: 'ignore' });
      const path = join(directory, 'root/vfs-layers/layers.lock');
      expect(existsSync(path)).toBe(true);
      const lock = await lockFile(path, kind, { create: false });
      expect([0, 64]).toContain(lock.readRecord().length);
      await using tool = startProgram('containers-storage', ...store, 'create-layer');
      expect(await Promise.race([tool.exited, sleep(700, 'waits')])).toBe('waits');
      lock.release();
      expect(await tool.exited).toBe(0);
      const reader = tryLockFile(path, 'read', { create: false });
      expect(reader?.readRecord()).toHaveLength(64);
      reader?.release();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
