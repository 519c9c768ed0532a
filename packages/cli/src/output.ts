import { fstatSync } from 'node:fs';
import type { LogLevel } from '@tspod/core';
import { type Column, formatTable } from './format/table.ts';
import { writeFully } from './write-fully.ts';

/** Where a command's words go. Results go to stdout and nothing else does. */
export interface Sink {
  stdout(bytes: Uint8Array): void;
  stderr(bytes: Uint8Array): void;
  /** Of the terminal that stdout is; undefined: it is none. */
  columns?(): number | undefined;
  /** stderr is a terminal that shows colours. */
  hasColors?(): boolean;
}

const standardStreams: Sink = {
  stdout: (bytes) => writeFully(1, bytes),
  stderr: (bytes) => writeFully(2, bytes),
  columns: () => (isTerminal(1) ? process.stdout.columns : undefined),
  hasColors: () => isTerminal(2) && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
};

/** /dev/null, 1:3. */
const nullDevice = 0x103;

/** node:tty brings half of the network with it: it is loaded for what may be a terminal only. */
function isTerminal(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isCharacterDevice() && stat.rdev !== nullDevice && process.getBuiltinModule('node:tty').isatty(descriptor);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBADF') throw error;
    return false;
  }
}

const red = 31;
const yellow = 33;

/** The one way by which commands print. */
export class Output {
  readonly #sink: Sink;
  #muted = false;

  constructor(sink: Sink = standardStreams) {
    this.#sink = sink;
  }

  /** Results are written nowhere from now on. */
  mute(): void {
    this.#muted = true;
  }

  /** A result. */
  line(text: string): void {
    this.bytes('stdout', Buffer.from(`${text}\n`));
  }

  /** Text that has its newline. */
  text(text: string): void {
    this.bytes('stdout', Buffer.from(text));
  }

  bytes(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    if (stream === 'stderr' || !this.#muted) this.#sink[stream](bytes);
  }

  /** On a terminal it fits between its edges, unless it is to be `whole`. */
  table<Row>(
    columns: readonly Column<Row>[],
    rows: readonly Row[],
    { heading, whole = false }: { readonly heading: boolean; readonly whole?: boolean | undefined },
  ): void {
    this.text(formatTable(columns, rows, { heading, width: whole ? undefined : this.#sink.columns?.() }));
  }

  /** `indent` is the number of spaces; podman has a different one in each command. */
  json(value: unknown, indent: number): void {
    this.line(JSON.stringify(value, undefined, indent));
  }

  /** Something to know, which is no failure. */
  warning(text: string): void {
    this.#complain(`${this.#colored('Warning:', yellow)} ${text}`);
  }

  error(message: string, hint?: string): void {
    this.#complain(`${this.#colored('Error:', red)} ${message}`);
    if (hint !== undefined) this.#complain(hint);
  }

  /** How something goes on. */
  progress(text: string): void {
    this.#complain(text);
  }

  /** A message of the engine's own. */
  log(level: LogLevel, message: string): void {
    if (level === 'warn') this.warning(message);
    else this.#complain(`${level.charAt(0).toUpperCase()}${level.slice(1)}: ${message}`);
  }

  #colored(word: string, color: number): string {
    return this.#sink.hasColors?.() ? `\x1b[${color}m${word}\x1b[0m` : word;
  }

  #complain(text: string): void {
    this.bytes('stderr', Buffer.from(`${text}\n`));
  }
}
