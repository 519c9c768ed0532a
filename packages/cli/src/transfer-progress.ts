import { isatty, WriteStream } from 'node:tty';
import type { BlobProgress, TransferOptions } from '@tspod/core';
import { humanSize } from './format/text.ts';
import type { Output } from './output.ts';

/** Shows how a transfer goes on: plain lines, or, where a person looks at stderr, one line for each blob that is drawn anew. */
export function transferProgress(output: Output, quiet: boolean): Pick<TransferOptions, 'onProgress' | 'onBlob' | 'onWarning'> {
  const onWarning = (text: string) => output.warning(text);
  if (quiet) return { onWarning };
  if (!isatty(2)) return { onWarning, onProgress: (line) => output.progress(line) };
  const screen = new WriteStream(2);
  const { columns } = screen;
  screen.destroy();
  const drawing = new BlobDrawing((text) => output.bytes('stderr', Buffer.from(text)), columns || 80);
  return { onWarning, onProgress: (line) => drawing.line(line), onBlob: (progress) => drawing.blob(progress) };
}

const escapeCharacter = String.fromCharCode(27);
const barWidth = 24;

/** The lines of the blobs that are under way, below everything that was printed before. */
export class BlobDrawing {
  readonly #write: (text: string) => void;
  readonly #columns: number;
  #lines = new Map<string, string>();

  constructor(write: (text: string) => void, columns: number) {
    this.#write = write;
    this.#columns = columns;
  }

  /** A line of text ends the group: what is drawn above it stays. */
  line(text: string): void {
    this.#lines = new Map();
    this.#write(`${text}\n`);
  }

  blob(progress: BlobProgress): void {
    const key = `${progress.kind} ${progress.digest}`;
    const up = this.#lines.size === 0 ? '' : `${escapeCharacter}[${this.#lines.size}A${escapeCharacter}[J`;
    this.#lines.set(key, describeBlob(progress).slice(0, this.#columns - 1));
    this.#write(`${up}${[...this.#lines.values()].join('\n')}\n`);
  }
}

export function describeBlob({ kind, digest, bytes, total, rate, state }: BlobProgress): string {
  const name = `Copying ${kind} ${digest.slice(0, 12)}`;
  if (state === 'skipped') return `${name} skipped: already exists`;
  if (state === 'done') return `${name} done   ${total === undefined ? '' : humanSize(total)}`.trimEnd();
  if (total === undefined || total === 0) return `${name} ${humanSize(bytes)}`;
  const filled = Math.min(barWidth, Math.round((bytes / total) * barWidth));
  const bar = `${'='.repeat(filled)}${filled < barWidth ? '>' : ''}`.slice(0, barWidth).padEnd(barWidth);
  return `${name} [${bar}] ${humanSize(bytes)} / ${humanSize(total)}  ${humanSize(rate)}/s`;
}
