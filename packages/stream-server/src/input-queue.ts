/** Bytes at which the sender is asked to pause. */
const highWater = 256 * 1024;

export interface Sender {
  pause(): void;
  resume(): void;
}

/** What a client sends, for a reader that may be slow: while much waits, the client is not listened to. */
export class InputQueue implements AsyncIterable<Uint8Array> {
  readonly #sender: Sender;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** What comes after the end is dropped. */
  push(chunk: Uint8Array): void {
    if (this.#ended || chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > highWater) this.#sender.pause();
    this.#wake?.();
  }

  /** Nothing more will come. Idempotent. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#size -= chunk.length;
        if (this.#size <= highWater) this.#sender.resume();
        yield chunk;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }
}
