import { type AttachHandle, type AttachOptions, type AttachOutcome, EngineError } from '@tspod/core';
import { OutputStream } from './output-stream.ts';
import { stdinIsTerminal, Terminal } from './terminal.ts';

export interface SessionSettings {
  /** Which of our streams are connected. */
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Whether the process has a terminal. */
  readonly terminal: boolean;
  /** Undefined: the configuration's. */
  readonly detachKeys: string | undefined;
}

/** Our streams and our terminal while they are a container's. Disposing of it gives the terminal back. */
export class ClientSession implements AsyncDisposable {
  /** What `attach`, `start` and `exec` are called with. */
  readonly attach: AttachOptions;
  /** Ours; undefined unless the process has one and our stdin is one. */
  readonly terminal: Terminal | undefined;
  readonly #streams: { readonly stdout: OutputStream | undefined; readonly stderr: OutputStream | undefined };

  constructor({ stdin, stdout, stderr, terminal, detachKeys }: SessionSettings) {
    this.#streams = {
      stdout: stdout ? new OutputStream(1) : undefined,
      stderr: stderr ? new OutputStream(2) : undefined,
    };
    this.terminal = terminal && stdinIsTerminal() ? new Terminal({ typing: stdin }) : undefined;
    this.attach = {
      onOutput: (stream, chunk) => this.#streams[stream]?.write(chunk),
      stdin: stdin ? process.stdin : undefined,
      detachKeys: terminal ? detachKeys : (detachKeys ?? ''),
    };
  }

  /** Until the streams end or the user detaches; then every byte is out and the terminal is as it was found. */
  async follow(handle: AttachHandle): Promise<AttachOutcome> {
    let unheard: unknown;
    this.terminal?.onResize((size) => {
      handle.resize(size).catch((error: unknown) => {
        if (!isOver(error)) unheard = error;
      });
    });
    const outcome = await handle.done;
    await this.#streams.stdout?.flush();
    await this.#streams.stderr?.flush();
    await this.terminal?.release();
    if (unheard !== undefined) throw unheard;
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminal?.[Symbol.asyncDispose]();
    this.#streams.stdout?.[Symbol.dispose]();
    this.#streams.stderr?.[Symbol.dispose]();
  }
}

/** The process ended while it was told something. */
export function isOver(error: unknown): boolean {
  return EngineError.isInstance(error) && (error.kind === 'invalid-state' || error.kind === 'not-found');
}
