import type { LogLevel } from '@tspod/core';
import { type Column, formatTable } from './format/table.ts';
import { writeFully } from './write-fully.ts';

/** Where a command's words go. Results go to stdout and nothing else does. */
export interface Sink {
  stdout(bytes: Uint8Array): void;
  stderr(bytes: Uint8Array): void;
}

const standardStreams: Sink = {
  stdout: (bytes) => writeFully(1, bytes),
  stderr: (bytes) => writeFully(2, bytes),
};

/** The one way by which commands print. */
export class Output {
  readonly #sink: Sink;

  constructor(sink: Sink = standardStreams) {
    this.#sink = sink;
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
    this.#sink[stream](bytes);
  }

  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], options: { readonly heading: boolean }): void {
    this.text(formatTable(columns, rows, options));
  }

  /** `indent` is the number of spaces; podman has a different one in each command. */
  json(value: unknown, indent: number): void {
    this.line(JSON.stringify(value, undefined, indent));
  }

  /** Something to know, which is no failure. */
  warning(text: string): void {
    this.#complain(`Warning: ${text}`);
  }

  error(message: string, hint?: string): void {
    this.#complain(`Error: ${message}`);
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

  #complain(text: string): void {
    this.bytes('stderr', Buffer.from(`${text}\n`));
  }
}
