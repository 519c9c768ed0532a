import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { checkOptionTypes } from '../argument-types.ts';
import type { JournalReadOptions } from '../contracts/container-monitor.ts';
import { NotSupportedError } from '../errors.ts';
import type { LogEntry } from '../log-lines.ts';
import { pause } from '../pause.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { isAttended } from './attendance.ts';
import type { ContainerConfig } from './config.ts';
import { LogFile } from './log-file.ts';
import { isNoSuchContainer } from './no-such-container.ts';
import { refresh } from './refresh.ts';
import { isAlive } from './state.ts';
import { wait } from './verbs/wait.ts';

export type { LogEntry };

export interface LogOptions {
  /** Go on with what is written from now on, until the container ends. Default: false. */
  readonly follow?: boolean | undefined;
  /** Begin with the last so many lines. Default: all. */
  readonly tail?: number | undefined;
  readonly since?: Date | undefined;
  /** End there; when following, as soon as that moment has come. */
  readonly until?: Date | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds between two looks at the log where the file system tells nothing. */
const lookInterval = 200;

/** Likewise between two at whether a container that has ended is attended. */
const attendedInterval = 25;

/**
 * What the container's process wrote, in the order of the log. Memory is constant whatever the log's size.
 *
 * @throws {NotSupportedError} `log-driver-without-logs` when the container's log driver keeps nothing that can be read here.
 * @throws the signal's reason when aborted.
 */
export async function* readLogs(
  parts: RuntimeParts,
  config: ContainerConfig,
  options: LogOptions = {},
): AsyncGenerator<LogEntry> {
  checkOptionTypes('logs', options, { follow: 'a boolean', since: 'a date', until: 'a date', tail: 'a number' });
  for await (const entry of entriesOf(parts, config, options)) {
    if (options.since !== undefined && new Date(entry.time) < options.since) continue;
    if (options.until !== undefined && new Date(entry.time) >= options.until) continue;
    yield entry;
  }
}

function entriesOf(parts: RuntimeParts, config: ContainerConfig, options: LogOptions): AsyncIterable<LogEntry> {
  const { logDriver } = config;
  if (logDriver === 'k8s-file' || logDriver === 'json-file') return readFile(parts, config, options);
  if (logDriver === 'journald' && parts.monitor.journal !== undefined) return readJournal(parts, config, options);
  throw new NotSupportedError(
    `this container is using the '${logDriver}' log driver, cannot read logs: this container is not logging output`,
    {
      code: 'log-driver-without-logs',
      hint: 'create the container with another --log-driver',
    },
  );
}

async function* readJournal(
  parts: RuntimeParts,
  { id }: ContainerConfig,
  { follow = false, tail, until, signal }: LogOptions,
): AsyncGenerator<LogEntry> {
  const read = (options: JournalReadOptions) => parts.monitor.journal?.(id, { tail, signal, ...options }) ?? [];
  if (!follow) {
    yield* read({});
    return;
  }
  using deadline = new Deadline(until);
  const ending = new AbortController();
  const following = new AbortController();
  const stop = signal === undefined ? following.signal : AbortSignal.any([signal, following.signal]);
  const end = waitLastEnd(parts, id, stop).catch((error: unknown) => {
    if (!stop.aborted && !isNoSuchContainer(error)) throw error;
  });
  const ended = Promise.race([end, deadline.comes]).finally(() => ending.abort());
  ended.catch(() => undefined); // awaited below; until then it is no unhandled rejection
  try {
    yield* read({ followUntil: ending.signal });
    await ended;
  } finally {
    following.abort();
  }
}

async function* readFile(
  parts: RuntimeParts,
  { id, logPath }: ContainerConfig,
  { follow = false, tail, until, signal }: LogOptions,
): AsyncGenerator<LogEntry> {
  using log = new LogFile(logPath, tail);
  if (!follow) {
    yield* log.entries();
    return;
  }
  using changes = new Changes(logPath);
  using deadline = new Deadline(until);
  const ending = new AbortController();
  const stop = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
  let ended = false;
  const end = waitLastEnd(parts, id, stop).then(
    () => {
      ended = true;
    },
    (error: unknown) => {
      if (!stop.aborted && !isNoSuchContainer(error)) throw error; // removed meanwhile: nothing more will come
      ended = true;
    },
  );
  end.catch(() => undefined); // awaited below; until then it is no unhandled rejection
  try {
    for (;;) {
      signal?.throwIfAborted();
      const wasEnded = ended || deadline.hasCome; // the monitor writes the log before it says that the process has ended
      yield* log.entries();
      if (wasEnded) break;
      await Promise.race([changes.next(), end, deadline.comes]);
    }
    if (!deadline.hasCome) await end;
    signal?.throwIfAborted();
  } finally {
    ending.abort();
  }
}

/**
 * Waits for an end after which nobody is about to start the container again. Whoever attends it may be: `restart`, between its stop and its
 * start.
 */
async function waitLastEnd(parts: RuntimeParts, id: string, signal: AbortSignal): Promise<void> {
  do {
    await wait(parts, id, { signal });
    while ((await isAttended(parts, id)) && !(await runs(parts, id))) await pause(attendedInterval, signal);
  } while (await runs(parts, id));
}

async function runs(parts: RuntimeParts, id: string): Promise<boolean> {
  const stored = await parts.state.container(id);
  return stored !== undefined && isAlive((await refresh(parts, stored)).state);
}

/** Milliseconds that a timer can count. */
const longestTimer = 2 ** 31 - 1;

/** The moment until which a log is followed; one that never comes when there is none. */
class Deadline implements Disposable {
  readonly #at: number;
  #timer: NodeJS.Timeout | undefined;
  readonly comes: Promise<void>;

  constructor(until: Date | undefined) {
    this.#at = until?.getTime() ?? Number.POSITIVE_INFINITY;
    this.comes = new Promise((resolve) => this.#arm(resolve));
  }

  get hasCome(): boolean {
    return Date.now() >= this.#at;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #arm(resolve: () => void): void {
    if (this.hasCome) resolve();
    else if (Number.isFinite(this.#at)) {
      this.#timer = setTimeout(() => this.#arm(resolve), Math.min(this.#at - Date.now(), longestTimer));
    }
  }
}

/** Tells when a file may have changed. */
class Changes implements Disposable {
  readonly #watcher: ReturnType<typeof watch>;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(path: string) {
    const name = basename(path);
    this.#watcher = watch(dirname(path), { persistent: false }, (_event, changed) => {
      if (changed === name || changed === null) this.#notify();
    });
    this.#watcher.on('error', () => this.#notify()); // the directory went away; the interval still looks
  }

  /** Resolves at the next change, at the latest after the interval. */
  async next(): Promise<void> {
    if (!this.#changed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lookInterval);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#changed = false;
    this.#wake = undefined;
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
  }

  #notify(): void {
    this.#changed = true;
    this.#wake?.();
  }
}
