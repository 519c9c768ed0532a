import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busybox, launcher, run, Store } from './support/store.ts';

const journald = '/lib/systemd/systemd-journald';
const skipped = existsSync(journald) ? undefined : `there is no ${journald} (Debian package systemd)`;
if (skipped !== undefined) console.warn(`the log driver journald: skipped, ${skipped}`);

/** Has a journald of its own, in a mount namespace. */
const withJournal = (commands: string) => `
  mkdir -p /run/systemd /run/log
  mount -t tmpfs journal /run/systemd && mount -t tmpfs journal /run/log
  ${journald} & journal=$!
  until [ -S /run/systemd/journal/socket ]; do sleep 0.05; done
  ${commands}
  kill $journal; wait $journal 2>/dev/null
`;

describe.skipIf(skipped !== undefined)('the log driver journald', () => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create();
  });
  afterAll(async () => store[Symbol.asyncDispose]());

  const line = (...args: string[]) => [launcher, ...store.argv(args)].map((word) => `'${word}'`).join(' ');

  test('keeps what containers write, both streams, long lines and other bytes', async () => {
    const noise =
      'echo out; echo err >&2; printf "\\\\376\\\\n"; head -c 20000 /dev/zero | tr "\\\\0" x; echo; sleep 0.3; echo last';
    const commands = [
      `${line('run', '--name', 'one', '--log-driver', 'journald', '--log-opt', 'tag=mine', busybox, 'sh', '-c', 'NOISE')} >/dev/null 2>&1`,
      line('logs', 'one'),
      'echo ===',
      line('logs', '--tail', '2', '--timestamps', 'one'),
      'echo ===',
      `${line('run', '-d', '--name', 'two', '--log-driver', 'journald', busybox, 'sh', '-c', 'echo early; sleep 1; echo late; sleep 0.3; echo end')} >/dev/null`,
      line('logs', '--follow', '--tail', '1', 'two'),
      'echo ===',
      'journalctl -o cat --no-pager CONTAINER_TAG=mine PRIORITY=3',
    ]
      .join('\n')
      .replace('NOISE', noise);
    const result = await run('unshare', ['--mount', '--propagation', 'private', 'bash', '-c', withJournal(commands)]);
    const [whole = '', tail = '', followed, tagged] = result.stdout.split('===\n');
    expect(whole.split('\n')).toEqual(['out', expect.any(String), 'x'.repeat(20_000), 'last', '']);
    expect(result.stderr).toContain('err\n');
    expect(tail).toMatch(/^\d{4}-\S+Z x{20000}\n\d{4}-\S+Z last\n$/);
    expect(followed).toBe('early\nlate\nend\n');
    expect(tagged).toBe('err\n\n'); // conmon writes the end of the line, too
  });

  test('is refused where journald does not run', async () => {
    const hidden = `mkdir -p /run/systemd; mount -t tmpfs none /run/systemd; ${line('create', '--log-driver', 'journald', busybox, 'true')}`;
    const result = await run('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', hidden]);
    expect(result).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('failed to initialize journal: ') });
    expect(result.stderr).toContain('use another --log-driver');
    expect(await store.must('ps', '-a', '-q', '--filter', 'status=created')).toBe('');
  });
});
