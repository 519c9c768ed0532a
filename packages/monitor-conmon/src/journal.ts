import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { firstExecutable, type JournalReadOptions, type LogEntry, RuntimeFailedError, UnavailableError } from '@tspod/core';

/** A record of the journal. */
interface JournalEntry extends LogEntry {
  readonly cursor: string;
}

/** What conmon wrote into the journal for a container, read by journalctl(1). */
export async function* readJournal(
  containerId: string,
  { tail, followUntil, signal }: JournalReadOptions = {},
): AsyncGenerator<LogEntry> {
  let position: string[] = tail === undefined ? [] : await tailPosition(containerId, tail, signal);
  if (followUntil !== undefined) {
    const ending = signal === undefined ? followUntil : AbortSignal.any([followUntil, signal]);
    for await (const entry of journalctl(containerId, ['--follow', '--lines=all', ...position], ending)) {
      position = [`--after-cursor=${entry.cursor}`];
      yield entry;
    }
    signal?.throwIfAborted();
  }
  yield* journalctl(containerId, position, signal);
  signal?.throwIfAborted();
}

/** Arguments that make it begin with the last so many lines, of which a long one consists of several records. */
async function tailPosition(containerId: string, tail: number, signal: AbortSignal | undefined): Promise<string[]> {
  let lines = 0;
  let position: string[] = [];
  for await (const { cursor, partial } of journalctl(containerId, ['--reverse'], signal)) {
    if (!partial || position.length === 0) lines += 1;
    if (lines > tail) return position.length === 0 ? [`--after-cursor=${cursor}`] : position;
    position = [`--cursor=${cursor}`];
  }
  return position;
}

/** Its records, until it ends or `ending` is aborted. */
async function* journalctl(
  containerId: string,
  options: readonly string[],
  ending: AbortSignal | undefined,
): AsyncGenerator<JournalEntry> {
  if (ending?.aborted) return;
  const path = firstExecutable(['/usr/bin/journalctl', '/bin/journalctl']);
  if (path === undefined) {
    throw new UnavailableError('there is no journalctl to read the journal with', {
      code: 'no-journal-reader',
      hint: 'install it with `apt-get install systemd`',
    });
  }
  const fields = '--output-fields=MESSAGE,PRIORITY,CONTAINER_PARTIAL_MESSAGE';
  const argv = ['--output=json', '--all', '--quiet', '--no-pager', fields, ...options, `CONTAINER_ID_FULL=${containerId}`];
  const child = spawn(path, argv, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => child.kill();
  ending?.addEventListener('abort', stop, { once: true });
  const failure = failureOf(child, [path, ...argv]);
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
      const entry = parseRecord(line);
      if (entry !== undefined) yield entry;
    }
    const failed = await failure;
    if (failed !== undefined && !ending?.aborted) throw failed;
  } finally {
    ending?.removeEventListener('abort', stop);
    child.kill();
  }
}

function failureOf(child: ChildProcess, argv: readonly string[]): Promise<Error | undefined> {
  let stderr = '';
  child.stderr?.on('data', (piece: Buffer) => {
    stderr = `${stderr}${piece}`.slice(-4096);
  });
  return new Promise((resolve) => {
    child.once('error', resolve);
    child.once('close', (exitCode) => {
      const message = `reading the journal failed: ${stderr.trim()}`;
      const code = exitCode ?? undefined;
      resolve(
        exitCode === 0 ? undefined : new RuntimeFailedError(message, { code: 'journalctl-failed', argv, exitCode: code, stderr }),
      );
    });
  });
}

/** journalctl writes text as a string and other bytes as a list of numbers. Undefined: not a record of conmon's. */
export function parseRecord(line: string): JournalEntry | undefined {
  const record = JSON.parse(line) as Record<string, unknown>;
  const { MESSAGE: message, PRIORITY: priority, __REALTIME_TIMESTAMP: microseconds, __CURSOR: cursor } = record;
  const text = typeof message === 'string' ? Buffer.from(message) : Array.isArray(message) ? Buffer.from(message) : undefined;
  if (text === undefined || typeof cursor !== 'string') return undefined;
  const partial = record.CONTAINER_PARTIAL_MESSAGE === 'true';
  const ends = !partial && text.at(-1) === 0x0a;
  return {
    stream: priority === '3' ? 'stderr' : 'stdout',
    time: timeOf(String(microseconds)),
    text: ends ? text.subarray(0, -1) : text,
    partial,
    cursor,
  };
}

/** As other logs have it, in UTC. */
function timeOf(microseconds: string): string {
  const moment = new Date(Number(microseconds.slice(0, -3)));
  return `${moment.toISOString().slice(0, -1)}${microseconds.slice(-3)}000+00:00`;
}
