import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { findTail, LineSplitter, type LogEntry, parseLogLine } from '../log-lines.ts';

const chunkSize = 64 * 1024;

/** How often files are opened anew because somebody moved them meanwhile. */
const openAttempts = 20;

interface OpenFile {
  readonly descriptor: number;
  readonly inode: number;
}

/**
 * A log that grows, and that its writer may replace by a new one. Of those before it some may be kept: `PATH.1` is the youngest, but for
 * `PATH.next`, which has not got its place yet.
 */
export class LogFile implements Disposable {
  readonly #path: string;
  /** The one that is read, and the younger ones; the last is the log itself. */
  #files: OpenFile[];
  #position = 0;
  /** Counted from the beginning of the first file. */
  #lineStart = 0;
  #skipped: ReadonlySet<number> = new Set();
  readonly #splitter = new LineSplitter();
  readonly #buffer = Buffer.allocUnsafe(chunkSize);

  constructor(path: string, tail: number | undefined) {
    this.#path = path;
    this.#files = openFiles(path);
    if (tail !== undefined) this.#seek(tail);
  }

  /** What was not read yet. */
  *entries(): Generator<LogEntry> {
    if (this.#files.length === 0) this.#files = openFiles(this.#path);
    for (let [file, younger] = this.#files; file !== undefined; [file, younger] = this.#files) {
      yield* this.#rest(file);
      if (younger === undefined) {
        const successors = this.#successorsOf(file);
        if (successors === undefined) return;
        yield* this.#rest(file); // what was written before it was replaced
        this.#files.push(...successors);
      }
      this.#files.shift();
      closeSync(file.descriptor);
      this.#position = 0;
    }
  }

  [Symbol.dispose](): void {
    closeAll(this.#files.splice(0));
  }

  /** Begins with the last so many lines, in whichever of the files. */
  #seek(tail: number): void {
    const sizes = this.#files.map(({ descriptor }) => fstatSync(descriptor).size);
    const size = sizes.reduce((sum, one) => sum + one, 0);
    const files = [...this.#files];
    const { position, skipped } = findTail(size, tail, (at, length) => readAcross(files, sizes, at, length));
    this.#lineStart = position;
    this.#skipped = skipped;
    this.#position = position;
    for (const fileSize of sizes.slice(0, -1)) {
      if (this.#position < fileSize) break;
      this.#position -= fileSize;
      closeAll(this.#files.splice(0, 1));
    }
  }

  /** The files that came after the one that was the log: undefined while it still is. */
  #successorsOf({ inode }: OpenFile): OpenFile[] | undefined {
    const current = statSync(this.#path, { throwIfNoEntry: false });
    if (current === undefined || current.ino === inode) return undefined;
    const files = openFiles(this.#path);
    const own = files.findIndex((file) => file.inode === inode); // -1: it is not kept
    closeAll(files.splice(0, own + 1));
    return files;
  }

  *#rest({ descriptor }: OpenFile): Generator<LogEntry> {
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
}

/** The log and what is kept of those before it, the oldest first; nothing when there is no log. */
function openFiles(path: string): OpenFile[] {
  for (let attempt = 1; ; attempt += 1) {
    const names = namesOf(path);
    const files = names.map(({ name }) => openFile(name)).filter((file) => file !== undefined);
    const asSeen = files.length === names.length && files.every(({ inode }, index) => inode === names[index]?.inode);
    const isStill = asSeen && namesOf(path).every(({ inode }, index) => inode === files[index]?.inode);
    if (isStill || attempt === openAttempts) return files;
    closeAll(files);
  }
}

/** Each file once, by the last of its names. */
function namesOf(path: string): { readonly name: string; readonly inode: number }[] {
  const numbered: string[] = [];
  while (statSync(`${path}.${numbered.length + 1}`, { throwIfNoEntry: false })?.isFile()) {
    numbered.push(`${path}.${numbered.length + 1}`);
  }
  const found = [...numbered.reverse(), `${path}.next`, path].flatMap((name) => {
    const stats = statSync(name, { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ name, inode: stats.ino }];
  });
  return found.filter(({ inode }, index) => !found.slice(index + 1).some((later) => later.inode === inode));
}

function openFile(path: string): OpenFile | undefined {
  try {
    const descriptor = openSync(path, 'r');
    return { descriptor, inode: fstatSync(descriptor).ino };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

function closeAll(files: readonly OpenFile[]): void {
  for (const { descriptor } of files) closeSync(descriptor);
}

/** Bytes of files as if they were one. */
function readAcross(files: readonly OpenFile[], sizes: readonly number[], at: number, length: number): Uint8Array {
  const pieces: Buffer[] = [];
  let start = at;
  let left = length;
  for (const [index, { descriptor }] of files.entries()) {
    const size = sizes[index] ?? 0;
    if (start < size && left > 0) {
      const piece = Buffer.allocUnsafe(Math.min(left, size - start));
      const read = readSync(descriptor, piece, 0, piece.length, start);
      pieces.push(piece.subarray(0, read));
      left -= read;
      start += read;
    }
    start -= size;
  }
  return Buffer.concat(pieces);
}
