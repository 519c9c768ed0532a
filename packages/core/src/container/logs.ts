import { closeSync, fstatSync, openSync, readSync, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { NotSupportedError } from '../errors.ts';
import { findTail, LineSplitter, type LogEntry, parseLogLine } from '../log-lines.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { ContainerConfig } from './config.ts';
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

const chunkSize = 64 * 1024;

/** Milliseconds between two looks at the log where the file system tells nothing. */
const lookInterval = 200;

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
  refuseUnreadable(config);
  for await (const entry of readFile(parts, config, options)) {
    if (options.since !== undefined && new Date(entry.time) < options.since) continue;
    if (options.until !== undefined && new Date(entry.time) >= options.until) continue;
    yield entry;
  }
}

function refuseUnreadable({ logDriver }: ContainerConfig): void {
  if (logDriver === 'k8s-file' || logDriver === 'json-file') return;
  const hint =
    logDriver === 'journald' ? 'read them with `journalctl CONTAINER_NAME=…`' : 'create the container with another --log-driver';
  throw new NotSupportedError(`this container is using the '${logDriver}' log driver, cannot read logs`, {
    code: 'log-driver-without-logs',
    hint,
  });
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
  const end = wait(parts, id, { signal: stop }).then(
    () => {
      ended = true;
    },
    (error: unknown) => {
      if (!stop.aborted && !isNoSuchContainer(error)) throw error;
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

/** Removed while it was followed: nothing more will come. */
function isNoSuchContainer(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'no-such-container';
}

/** A log that grows, and that its writer may replace by a new one. */
class LogFile implements Disposable {
  readonly #path: string;
  #descriptor: number | undefined;
  #position = 0;
  #lineStart = 0;
  #skipped: ReadonlySet<number> = new Set();
  #splitter = new LineSplitter();
  readonly #buffer = Buffer.allocUnsafe(chunkSize);

  constructor(path: string, tail: number | undefined) {
    this.#path = path;
    this.#open();
    const descriptor = this.#descriptor;
    if (tail === undefined || descriptor === undefined) return;
    const { position, skipped } = findTail(fstatSync(descriptor).size, tail, (at, length) => {
      const chunk = Buffer.allocUnsafe(length);
      return chunk.subarray(0, readSync(descriptor, chunk, 0, length, at));
    });
    this.#position = position;
    this.#lineStart = position;
    this.#skipped = skipped;
  }

  /** What was not read yet. */
  *entries(): Generator<LogEntry> {
    if (this.#descriptor === undefined) this.#open();
    while (this.#descriptor !== undefined) {
      yield* this.#rest(this.#descriptor);
      if (!this.#wasReplaced(this.#descriptor)) return;
      yield* this.#rest(this.#descriptor);
      this[Symbol.dispose]();
      this.#open();
    }
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #open(): void {
    try {
      this.#descriptor = openSync(this.#path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // never started
    }
    this.#position = 0;
    this.#lineStart = 0;
    this.#skipped = new Set();
    this.#splitter = new LineSplitter();
  }

  *#rest(descriptor: number): Generator<LogEntry> {
    for (;;) {
      const length = readSync(descriptor, this.#buffer, 0, chunkSize, this.#position);
      if (length === 0) return;
      this.#position += length;
      for (const line of this.#splitter.push(this.#buffer.subarray(0, length))) {
        const entry = this.#skipped.has(this.#lineStart) ? undefined : parseLogLine(line);
        this.#lineStart += line.length + 1;
        if (entry !== undefined) yield entry;
      }
    }
  }

  #wasReplaced(descriptor: number): boolean {
    const current = statSync(this.#path, { throwIfNoEntry: false });
    return current !== undefined && current.ino !== fstatSync(descriptor).ino;
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
