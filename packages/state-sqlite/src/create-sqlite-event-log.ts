import { mkdirSync, utimesSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type EngineEvent, type EventLog, type EventReadOptions, eventMilliseconds, RuntimeStoppedError } from '@tspod/core';
import { type Database, openDatabase } from './database.ts';
import { eventMigrations } from './event-schema.ts';
import type { SqliteEventSettings } from './settings.ts';
import { corruptDatabase } from './sqlite-error.ts';

const defaultLimit = 20_000;

/** Events are dropped so many at a time, so that few appends have to. */
const dropped = 500;

/** Rows that are read in one go: a reader holds no more of them in memory, and no transaction between two lots. */
const lot = 500;

/** The longest time a timer can be set to, in milliseconds. */
const longestTimer = 2 ** 31 - 1;

/**
 * An `EventLog` in a SQLite database of its own that is never flushed: see docs/decisions/2026-11-24-event-log.md. It is opened, and made
 * when missing, by the first method that needs it; who follows is woken by the kernel when any process writes to it.
 *
 * Every method may throw what opening throws:
 * @throws {CorruptError} `corrupt-state`: the file is damaged or not ours; it is left as it is.
 * @throws {UnavailableError} `newer-state`, `state-busy`, `state-unusable`.
 */
export function createSqliteEventLog(settings: SqliteEventSettings): EventLog {
  const { database: path, limit = defaultLimit } = settings;
  const closing = new AbortController();
  let opened: Database | undefined;

  function open(): Database {
    if (closing.signal.aborted) throw new RuntimeStoppedError(`the event log ${path} is closed`, { code: 'event-log-closed' });
    opened ??= openDatabase({ path, migrations: eventMigrations, durable: false });
    return opened;
  }

  function rowsAfter(sequence: number, { since, until }: EventReadOptions): readonly EventRow[] {
    const database = open();
    const sql =
      'SELECT sequence, time, event FROM event WHERE sequence > ? AND time >= ? AND time <= ? ORDER BY sequence LIMIT ?';
    const bounds = [microseconds(since) ?? 0, microseconds(until) ?? Number.MAX_SAFE_INTEGER];
    return database.run(() => database.statement(sql).all(sequence, ...bounds, lot)) as unknown as readonly EventRow[];
  }

  async function* readStored(after: number, options: EventReadOptions): AsyncGenerator<EngineEvent, number> {
    let sequence = after;
    for (;;) {
      options.signal?.throwIfAborted();
      if (closing.signal.aborted) return sequence;
      const rows = rowsAfter(sequence, options);
      for (const row of rows) {
        yield parse(row, path);
        options.signal?.throwIfAborted();
        sequence = row.sequence;
      }
      if (rows.length < lot) return sequence;
    }
  }

  async function* follow(options: EventReadOptions): AsyncGenerator<EngineEvent> {
    // watched before the first look: whatever comes after that look wakes us
    using changes = new Changes(path);
    let sequence = 0;
    for (;;) {
      sequence = yield* readStored(sequence, options);
      const remaining = options.until === undefined ? undefined : options.until - Date.now();
      if (remaining !== undefined && remaining < 0) return;
      await changes.next({ closing: closing.signal, abort: options.signal, timeout: remaining });
      if (closing.signal.aborted) return;
    }
  }

  return {
    specVersion: 'v1',

    async append(event) {
      const database = open();
      const insert = 'INSERT INTO event (time, event) VALUES (?, ?)';
      const time = microseconds(eventMilliseconds(event.time)) ?? 0;
      const { lastInsertRowid } = database.run(() => database.statement(insert).run(time, JSON.stringify(event)));
      touch(path);
      const sequence = Number(lastInsertRowid);
      if (sequence % dropped !== 0 || sequence <= limit) return;
      database.run(() => database.statement('DELETE FROM event WHERE sequence <= ?').run(sequence - limit));
    },

    read(options = {}) {
      return {
        async *[Symbol.asyncIterator]() {
          options.signal?.throwIfAborted();
          open();
          yield* options.follow ? follow(options) : readStored(0, options);
        },
      };
    },

    async close() {
      closing.abort();
      const database = opened;
      opened = undefined;
      database?.close();
    },
  };
}

/**
 * Wakes who follows. The write of the transaction has woken them, too, but SQLite shows a transaction only after it has written it, and
 * whoever looked in between found nothing.
 */
function touch(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}

interface EventRow {
  readonly sequence: number;
  readonly time: number;
  readonly event: string;
}

function microseconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.floor(milliseconds * 1000);
}

function parse({ event }: EventRow, path: string): EngineEvent {
  try {
    return JSON.parse(event) as EngineEvent;
  } catch (error) {
    throw corruptDatabase(path, 'a record in it is not JSON', error);
  }
}

/** Tells when a database, or a file of it beside it, was written to or touched. */
class Changes {
  readonly #watcher;
  #seen = false;
  #wake: () => void = () => undefined;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const prefix = basename(path);
    this.#watcher = watch(dirname(path), (_, name) => {
      if (name !== null && !name.startsWith(prefix)) return;
      this.#seen = true;
      this.#wake();
    });
  }

  /** Resolves at the next change, or one that came since the last, or when `closing` aborts, or after the time. @throws the reason of `abort` */
  async next(until: { closing: AbortSignal; abort: AbortSignal | undefined; timeout: number | undefined }): Promise<void> {
    const { closing, abort, timeout } = until;
    abort?.throwIfAborted();
    if (!this.#seen && !closing.aborted) {
      await new Promise<void>((resolve, reject) => {
        const timer = timeout === undefined ? undefined : setTimeout(resolve, Math.min(timeout + 1, longestTimer));
        const wake = () => resolve();
        const fail = () => reject(abort?.reason);
        this.#wake = () => resolve();
        this.#watcher.once('error', reject);
        closing.addEventListener('abort', wake);
        abort?.addEventListener('abort', fail);
        this.#settle = () => {
          clearTimeout(timer);
          this.#watcher.off('error', reject);
          closing.removeEventListener('abort', wake);
          abort?.removeEventListener('abort', fail);
        };
      }).finally(() => this.#settle());
    }
    this.#seen = false;
  }

  #settle: () => void = () => undefined;

  [Symbol.dispose](): void {
    this.#watcher.close();
  }
}
