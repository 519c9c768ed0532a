/** One record of a k8s-file log: a line that the process wrote, or a part of a long one. */
export interface LogEntry {
  readonly stream: 'stdout' | 'stderr';
  /** As in the log: RFC 3339 with nanoseconds and the writer's time zone. */
  readonly time: string;
  /** The bytes as written, without the newline. */
  readonly text: Uint8Array;
  /** No newline followed: the next record of the same stream goes on in the same line. */
  readonly partial: boolean;
}

const newline = 0x0a;
const space = 0x20;

/**
 * Parses one line, without its newline, of the log format that Kubernetes defines and conmon writes: `TIME STREAM TAG TEXT`, where TAG
 * is `F` or `P`. A tag without the space behind it is accepted, because conmon 2.2.0 wrote it so. Undefined: not such a line.
 */
export function parseLogLine(line: Uint8Array): LogEntry | undefined {
  const afterTime = line.indexOf(space);
  const afterStream = line.indexOf(space, afterTime + 1);
  if (afterTime <= 0 || afterStream === -1) return undefined;
  const stream = ascii(line.subarray(afterTime + 1, afterStream));
  const tag = String.fromCharCode(line[afterStream + 1] ?? 0);
  if ((stream !== 'stdout' && stream !== 'stderr') || (tag !== 'F' && tag !== 'P')) return undefined;
  const textStart = afterStream + 2 + (line[afterStream + 2] === space ? 1 : 0);
  return {
    stream,
    time: ascii(line.subarray(0, afterTime)),
    text: Uint8Array.from(line.subarray(textStart)),
    partial: tag === 'P',
  };
}

function ascii(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Cuts a stream of bytes into lines, wherever the chunks end. */
export class LineSplitter {
  #rest: Uint8Array = new Uint8Array();

  /** The lines that are complete now, without their newlines. */
  push(chunk: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      lines.push(this.#take(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) this.#rest = this.#take(chunk.slice(start));
    return lines;
  }

  #take(end: Uint8Array): Uint8Array {
    if (this.#rest.length === 0) return end;
    const whole = Buffer.concat([this.#rest, end]);
    this.#rest = new Uint8Array();
    return whole;
  }
}

/** Reads `length` bytes at `position` of something; fewer at its end. */
export type ReadAt = (position: number, length: number) => Uint8Array;

/** Where the last lines of a log begin. */
export interface Tail {
  /** Read from here on … */
  readonly position: number;
  /** … but leave out the records that begin here: they lie between the parts of a line that is wanted. */
  readonly skipped: ReadonlySet<number>;
}

/** Parts of one line that have more than this between them, in bytes of other output, are not looked for. */
const farthestPart = 1024 * 1024;

/**
 * Finds the last `count` lines, of both streams together, of a log of `size` bytes. Reads from the end, only as far as need be. A
 * line of several parts counts once; its parts may have records of the other stream between them.
 */
export function findTail(size: number, count: number, readAt: ReadAt, chunkSize = 64 * 1024): Tail {
  const skipped = new Set<number>();
  if (count <= 0) return { position: size, skipped };
  const incomplete = new Set<string>();
  const seen = new Set<string>();
  let lines = 0;
  let position = size;
  for (const { start, entry } of linesBackwards(size, readAt, chunkSize)) {
    if (entry === undefined) continue;
    const { stream, partial } = entry;
    const beginsLater = !partial || !seen.has(stream); // a part without a later one is a line that has no end yet
    seen.add(stream);
    if (beginsLater) incomplete.delete(stream);
    if (beginsLater && lines < count) {
      lines += 1;
      incomplete.add(stream);
      position = start;
    } else if (incomplete.has(stream)) {
      position = start;
    } else {
      skipped.add(start);
    }
    if (lines === count && (incomplete.size === 0 || position - start > farthestPart)) break;
  }
  for (const start of skipped) if (start < position) skipped.delete(start);
  return { position, skipped };
}

function* linesBackwards(
  size: number,
  readAt: ReadAt,
  chunkSize: number,
): Generator<{ readonly start: number; readonly entry: LogEntry | undefined }> {
  let tail: Uint8Array = new Uint8Array();
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunkSize);
    let bytes: Uint8Array = Buffer.concat([readAt(start, end - start), tail]);
    let stop = bytes.length > 0 && bytes[bytes.length - 1] === newline ? bytes.length - 1 : bytes.length;
    for (let at = bytes.lastIndexOf(newline, stop - 1); at !== -1 && stop > 0; at = bytes.lastIndexOf(newline, stop - 1)) {
      yield { start: start + at + 1, entry: parseLogLine(bytes.subarray(at + 1, stop)) };
      stop = at;
      bytes = bytes.subarray(0, at + 1);
      if (at === 0) break;
    }
    if (start === 0) {
      if (stop > 0) yield { start: 0, entry: parseLogLine(bytes.subarray(0, stop)) };
      return;
    }
    tail = bytes;
    end = start;
  }
}
