import type { Buffer as NodeBuffer } from 'node:buffer';

/**
 * Reading a container's log in the k8s-file format that conmon writes: one record per line, with time, stream, `F` or `P` (a part,
 * whose line goes on in the next record of the same stream) and the bytes. Memory use does not depend on the size of the log.
 */

export type LogStream = 'stdout' | 'stderr';

/** A line, or a piece of one that is very long or not complete yet. All `data` of a stream, joined, is what the process wrote. */
export interface LogEntry {
  readonly stream: LogStream;
  /** RFC 3339 with nanoseconds, in the zone of whoever wrote the log. */
  readonly timestamp: string;
  /** Byte-exact, with its newline (`\r\n` from a terminal) when the line is complete. */
  readonly data: Uint8Array;
  /** False for a later piece of a line. */
  readonly startsLine: boolean;
}

export interface ReadLogOptions {
  /** Go on with what is still to come, until the container has ended. Default: false. */
  readonly follow?: boolean | undefined;
  /** Only the last so many lines of what is there now, both streams together. Default: all. */
  readonly tail?: number | undefined;
  /** Only lines from this time on: milliseconds since 1970. */
  readonly since?: number | undefined;
  /** Only lines before this time: milliseconds since 1970. */
  readonly until?: number | undefined;
  /** Ends following: the iteration throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called for each record that can't be understood; it is passed over. */
  readonly onMalformed?: ((record: Uint8Array) => void) | undefined;
}

/** Where a log is. The file may be replaced while it is read (conmon starts anew at a size limit and keeps nothing). */
export interface LogSource {
  /** Opens what is the log now; undefined: there is none. */
  open(): Promise<LogFile | undefined>;
  /** Identity of what is the log now; undefined: there is none. */
  identity(): Promise<string | undefined>;
  /** Whether nothing more will be written. */
  hasEnded(): Promise<boolean>;
  /** Resolves when the log or the container may have changed since it was last called; also without a reason. Rejects when aborted. */
  waitChange(signal: AbortSignal | undefined): Promise<void>;
}

export interface LogFile {
  /** Differs from that of the file that takes its place, e.g. device and inode. */
  readonly identity: string;
  /** Bytes. */
  size(): Promise<number>;
  /** Answers how many bytes were read; 0 at the end. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

const chunkSize = 64 * 1024;
/** Bytes of one line that are held back to be given in one piece, and of a record before it counts as malformed. */
const longestPiece = 1024 * 1024;
/** More than time, stream and tag need. */
const headerSize = 64;
const newline = 0x0a;
const noBytes = new Uint8Array();

/** Reads a log from its beginning, or its last lines; see the options. Nothing is kept open when the iteration ends, however it ends. */
export async function* readLog(source: LogSource, options: ReadLogOptions = {}): AsyncGenerator<LogEntry, void, void> {
  const { follow = false, tail, signal } = options;
  const lines = new LineAssembler(options);
  let file = await source.open();
  let cursor: Cursor | undefined;
  try {
    if (file !== undefined) cursor = new Cursor(file, tail === undefined ? undefined : await findTail(file, tail), options);
    for (;;) {
      signal?.throwIfAborted();
      const ended = await source.hasEnded(); // asked before reading: what is written before the end is then read
      if (cursor !== undefined) yield* cursor.readAvailable(lines);
      const current = follow ? await source.identity() : file?.identity;
      if (current !== undefined && current !== file?.identity) {
        if (cursor !== undefined) yield* cursor.readAvailable(lines); // written between our reading and the replacing
        cursor?.finish(lines);
        await file?.close();
        file = await source.open();
        cursor = file && new Cursor(file, undefined, options);
        continue;
      }
      if (ended || !follow) cursor?.finish(lines);
      yield* lines.takePieces();
      if (ended || !follow) return;
      await source.waitChange(signal);
    }
  } finally {
    await file?.close();
  }
}

/** The time of an entry as podman shows it: as in the log, with `Z` for UTC. */
export function renderTimestamp(timestamp: string): string {
  return timestamp.replace(/\+00:00$/, 'Z');
}

interface LogRecord {
  readonly timestamp: string;
  readonly stream: LogStream;
  readonly isPart: boolean;
  /** Where the process's bytes begin in the record. */
  readonly dataStart: number;
}

/** Where each stream's wanted records begin in a file, and the least of these. */
interface TailStart {
  readonly start: number;
  readonly stdout: number;
  readonly stderr: number;
}

/** Reads one file from where it stopped and cuts it into records. */
class Cursor {
  readonly #file: LogFile;
  readonly #tail: TailStart | undefined;
  readonly #onMalformed: ReadLogOptions['onMalformed'];
  #position: number;
  /** The beginning of a record whose end has not been read yet. */
  #rest: Uint8Array = noBytes;

  constructor(file: LogFile, tail: TailStart | undefined, { onMalformed }: ReadLogOptions) {
    this.#file = file;
    this.#tail = tail;
    this.#position = tail?.start ?? 0;
    this.#onMalformed = onMalformed;
  }

  async *readAvailable(lines: LineAssembler): AsyncGenerator<LogEntry, void, void> {
    for (;;) {
      const chunk = new Uint8Array(chunkSize); // a new one each time: entries are views into it
      const length = await this.#file.read(chunk, this.#position);
      if (length === 0) return;
      const restStart = this.#position - this.#rest.length;
      const bytes = this.#rest.length === 0 ? chunk.subarray(0, length) : Buffer.concat([this.#rest, chunk.subarray(0, length)]);
      this.#position += length;
      let start = 0;
      for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
        yield* this.#take(lines, bytes.subarray(start, end + 1), restStart + start);
        start = end + 1;
      }
      this.#rest = bytes.subarray(start);
      if (this.#rest.length > longestPiece) {
        this.#onMalformed?.(this.#rest);
        this.#rest = noBytes;
      }
    }
  }

  /** Nothing more comes: what is left is a record that was cut off while it was written. */
  finish(lines: LineAssembler): void {
    const record = parseRecord(this.#rest);
    if (record !== undefined) lines.hold(record, this.#rest.subarray(record.dataStart));
    else if (this.#rest.length > 0) this.#onMalformed?.(this.#rest);
    this.#rest = noBytes;
  }

  *#take(lines: LineAssembler, bytes: Uint8Array, offset: number): Generator<LogEntry, void, void> {
    const record = parseRecord(bytes);
    if (record === undefined) {
      this.#onMalformed?.(bytes);
      return;
    }
    if (this.#tail !== undefined && offset < this.#tail[record.stream]) return;
    if (!record.isPart) yield* lines.complete(record, bytes.subarray(record.dataStart));
    else {
      lines.hold(record, bytes.subarray(record.dataStart, -1));
      if (lines.isHoldingMuch(record.stream)) yield* lines.takePieces(record.stream);
    }
  }
}

interface OpenLine {
  readonly timestamp: string;
  readonly isWanted: boolean;
  pieces: Uint8Array[];
  size: number;
  startsLine: boolean;
}

/** Joins the parts of lines, per stream. */
class LineAssembler {
  readonly #since: number;
  readonly #until: number;
  readonly #open = new Map<LogStream, OpenLine>();
  #lastTimestamp = '';
  #lastIsWanted = true;

  constructor({ since, until }: ReadLogOptions) {
    this.#since = since ?? Number.NEGATIVE_INFINITY;
    this.#until = until ?? Number.POSITIVE_INFINITY;
  }

  *complete({ stream, timestamp }: LogRecord, data: Uint8Array): Generator<LogEntry, void, void> {
    const line = this.#open.get(stream);
    if (line === undefined) {
      if (this.#isWanted(timestamp)) yield { stream, timestamp, data, startsLine: true };
      return;
    }
    this.#open.delete(stream);
    if (line.isWanted) yield entryOf(stream, { ...line, pieces: [...line.pieces, data] });
  }

  hold({ stream, timestamp }: LogRecord, data: Uint8Array): void {
    let line = this.#open.get(stream);
    if (line === undefined) {
      line = { timestamp, isWanted: this.#isWanted(timestamp), pieces: [], size: 0, startsLine: true };
      this.#open.set(stream, line);
    }
    if (!line.isWanted) return;
    line.pieces.push(data);
    line.size += data.length;
  }

  isHoldingMuch(stream: LogStream): boolean {
    return (this.#open.get(stream)?.size ?? 0) > longestPiece;
  }

  /** What is held, without waiting for the rest of the lines. */
  *takePieces(only?: LogStream): Generator<LogEntry, void, void> {
    for (const [stream, line] of this.#open) {
      if (line.size === 0 || (only !== undefined && only !== stream)) continue;
      const entry = entryOf(stream, line);
      Object.assign(line, { pieces: [], size: 0, startsLine: false });
      yield entry;
    }
  }

  #isWanted(timestamp: string): boolean {
    if (timestamp !== this.#lastTimestamp) {
      const time = this.#since === Number.NEGATIVE_INFINITY && this.#until === Number.POSITIVE_INFINITY ? 0 : timeOf(timestamp);
      this.#lastTimestamp = timestamp;
      this.#lastIsWanted = time >= this.#since && time < this.#until;
    }
    return this.#lastIsWanted;
  }
}

function entryOf(stream: LogStream, { timestamp, pieces, startsLine }: OpenLine): LogEntry {
  const [only] = pieces;
  return { stream, timestamp, data: pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces), startsLine };
}

/** Milliseconds since 1970, with the fraction that `Date` has no room for. */
function timeOf(timestamp: string): number {
  const [, seconds = '', fraction = '', zone = ''] = /^([^.]+)(\.\d+)?(.*)$/.exec(timestamp) ?? [];
  return Date.parse(seconds + zone) + Number(`0${fraction}`) * 1000;
}

const headerPattern = /^\0*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP]) ?/;

/**
 * NUL bytes before a record come from somebody who truncated the file while it was written; a missing space after the tag from
 * conmon 2.2.0.
 */
function parseRecord(bytes: Uint8Array): LogRecord | undefined {
  const leading =
    bytes[0] === 0
      ? Math.max(
          0,
          bytes.findIndex((byte) => byte !== 0),
        )
      : 0;
  const header = (bytes as NodeBuffer).subarray(leading, leading + headerSize);
  const match = headerPattern.exec(Buffer.from(header.buffer, header.byteOffset, header.length).latin1Slice());
  const [whole = '', timestamp, stream, tag] = match ?? [];
  if (timestamp === undefined || (stream !== 'stdout' && stream !== 'stderr')) return undefined;
  return { timestamp, stream, isPart: tag === 'P', dataStart: leading + whole.length };
}

/**
 * Where the last `count` lines begin. Looks at the records from the end backward. A line ends with an `F`, or with a stream's last
 * record; it begins after the stream's `F` before it, which may lie far before lines of the other stream.
 */
async function findTail(file: LogFile, count: number): Promise<TailStart> {
  const end = await file.size();
  const starts: Record<LogStream, number> = { stdout: end, stderr: end };
  const seen = new Set<LogStream>();
  const searching = new Set<LogStream>();
  const excluded = new Set<LogStream>();
  let lines = 0;
  for await (const { offset, stream, isPart } of recordsBackward(file, end)) {
    const endsLine = !isPart || !seen.has(stream);
    seen.add(stream);
    if (excluded.has(stream)) continue;
    if (endsLine && lines === count) {
      excluded.add(stream);
      searching.delete(stream);
    } else {
      if (endsLine) lines += 1;
      searching.add(stream);
      starts[stream] = offset;
    }
    if (lines === count && searching.size === 0) break;
  }
  return { ...starts, start: Math.min(starts.stdout, starts.stderr) };
}

async function* recordsBackward(file: LogFile, end: number): AsyncGenerator<LogRecord & { readonly offset: number }, void, void> {
  const buffer = Buffer.alloc(chunkSize + headerSize);
  for (let chunkEnd = end; chunkEnd > 0; chunkEnd -= chunkSize) {
    const chunkStart = Math.max(0, chunkEnd - chunkSize);
    const bytes = await readFully(file, buffer.subarray(0, Math.min(end, chunkEnd + headerSize) - chunkStart), chunkStart);
    const recordAt = (index: number) => {
      const record = parseRecord(bytes.subarray(index, index + headerSize));
      return record && { ...record, offset: chunkStart + index };
    };
    let before = Math.min(bytes.length, chunkEnd - chunkStart) - 1;
    for (; before >= 0; before -= 1) {
      before = bytes.lastIndexOf(newline, before);
      if (before === -1) break;
      const record = recordAt(before + 1);
      if (record !== undefined) yield record;
    }
    const first = chunkStart === 0 ? recordAt(0) : undefined;
    if (first !== undefined) yield first;
  }
}

async function readFully(file: LogFile, buffer: Buffer, position: number): Promise<Buffer> {
  let length = 0;
  while (length < buffer.length) {
    const read = await file.read(buffer.subarray(length), position + length);
    if (read === 0) break;
    length += read;
  }
  return buffer.subarray(0, length);
}
