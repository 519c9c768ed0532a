import { spawnSync } from 'node:child_process';
import { closeSync, readSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { expect, it } from 'vitest';
import { openPseudoTerminal } from './pseudo-terminal.ts';

it('is a terminal of the wanted size for a program, whose output comes out at the other end', () => {
  const { controllerFd, programFd } = openPseudoTerminal({ columns: 123, rows: 45 });
  try {
    expect(isatty(programFd)).toBe(true);
    const { stdout } = spawnSync('stty', ['size'], { stdio: [programFd, 'pipe', 'inherit'], encoding: 'utf8' });
    expect(stdout).toBe('45 123\n');
    writeSync(programFd, 'hello\n');
    const bytes = Buffer.alloc(100);
    expect(bytes.toString('utf8', 0, readSync(controllerFd, bytes))).toBe('hello\r\n');
  } finally {
    closeSync(programFd);
    closeSync(controllerFd);
  }
});
