import { isatty, WriteStream } from 'node:tty';
import type { TerminalSize } from '@tspod/core';
import { TerminalGuardian } from './terminal-guardian.ts';

/** The terminal on our stdin, as the place where a container's terminal is shown. */
export class Terminal implements AsyncDisposable {
  readonly #guardian: TerminalGuardian | undefined;
  readonly #screen = new WriteStream(0);
  #listener: (() => void) | undefined;

  /** `typing`: keys go to the container, so the terminal will be set to raw mode. */
  constructor({ typing }: { readonly typing: boolean }) {
    this.#guardian = typing ? new TerminalGuardian(0) : undefined;
  }

  get size(): TerminalSize {
    const [columns, rows] = this.#screen.getWindowSize();
    return { columns, rows };
  }

  /** Hands the keyboard over, and tells each new size from now on. */
  async engage(): Promise<void> {
    await this.#guardian?.raw();
  }

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
    this.#screen.destroy();
  }
}

export function stdinIsTerminal(): boolean {
  return isatty(0);
}
