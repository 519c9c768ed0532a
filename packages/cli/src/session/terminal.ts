import { isatty, WriteStream } from 'node:tty';
import type { TerminalSize } from '@tspod/core';
import { TerminalGuardian } from './terminal-guardian.ts';

/** The terminal on our stdin, as the place where a container's terminal is shown. */
export class Terminal implements AsyncDisposable {
  readonly #guardian: TerminalGuardian | undefined;
  #listener: (() => void) | undefined;

  /** `typing`: keys go to the container, so the terminal will be set to raw mode. */
  constructor({ typing }: { readonly typing: boolean }) {
    this.#guardian = typing ? new TerminalGuardian(0) : undefined;
  }

  get size(): TerminalSize {
    const screen = new WriteStream(0); // it asks for the size when it is made, and never again
    const { columns, rows } = screen;
    screen.destroy();
    return { columns, rows };
  }

  /** Hands the keyboard over. */
  async engage(): Promise<void> {
    await this.#guardian?.raw();
  }

  /** Tells each new size until `release`. */
  onResize(listener: (size: TerminalSize) => void): void {
    this.#listener = () => listener(this.size);
    process.on('SIGWINCH', this.#listener);
  }

  /** As it was found. */
  async release(): Promise<void> {
    if (this.#listener !== undefined) process.removeListener('SIGWINCH', this.#listener);
    this.#listener = undefined;
    await this.#guardian?.restore();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
    await this.#guardian?.[Symbol.asyncDispose]();
  }
}

export function stdinIsTerminal(): boolean {
  return isatty(0);
}
