import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { healthTimers } from './health-timers.ts';

const id = 'a'.repeat(64);

describe('healthTimers', () => {
  const { PATH } = process.env;
  let directory: string;

  /** Programs of systemd's that write down what they are called with, a line per call. */
  function fake(ending: string): void {
    for (const program of ['systemd-run', 'systemctl']) {
      const path = join(directory, program);
      writeFileSync(path, `#!/bin/sh\necho ${program} "$@" >>${directory}/calls\n${ending}\n`);
      chmodSync(path, 0o755);
    }
  }
  const calls = () => readFileSync(join(directory, 'calls'), 'utf8').trim().split('\n');

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tspod-timers-'));
    process.env.PATH = `${directory}:${PATH}`;
  });
  afterEach(() => {
    process.env.PATH = PATH;
    rmSync(directory, { recursive: true });
  });

  test('makes a timer for each run, which checks this container of this store, and stops those of the container', async () => {
    fake('exit 0');
    const timers = healthTimers({ root: '/graph', runRoot: '/run-root' });
    await timers.begin(id, 1500);
    await timers.begin(id, 1500);
    await timers.end(id);
    const [stop, first = '', again, second = '', last] = calls();
    expect(first).toMatch(new RegExp(`^systemd-run --unit=${id}-[0-9a-f]{8} `));
    for (const part of ['--on-unit-inactive=1500ms', '--root=/graph', '--runroot=/run-root', `--container=${id}`])
      expect(first).toContain(` ${part}`);
    expect(first).toContain(`--setenv=PATH=${directory}:`);
    expect(second.split(' ')[1]).not.toBe(first.split(' ')[1]);
    for (const call of [stop, again, last]) expect(call).toBe(`systemctl stop --quiet ${id}-*.timer`);
  });

  test('says what systemd says when it does not', async () => {
    fake('echo "Failed to connect to bus" >&2; exit 1');
    await expect(healthTimers({}).begin(id, 1000)).rejects.toMatchObject({
      code: 'no-systemd',
      message: 'systemctl: Failed to connect to bus',
      hint: expect.stringContaining('DISABLE_HC_SYSTEMD=true'),
    });
  });
});
