import type { AttachClient } from '../contracts/container-monitor.ts';
import { UnavailableError } from '../errors.ts';

type OnOutput = AttachClient['onOutput'];
type Stream = Parameters<OnOutput>[0];

/**
 * Keeps output for a client that is busy, so that it stalls neither the process nor its other clients: up to a limit, beyond which the
 * client is given up.
 */
export class BoundedOutput {
  readonly #onOutput: OnOutput;
  readonly #limit: number;
  readonly #waiting: { readonly stream: Stream; readonly chunk: Uint8Array }[] = [];
  #size = 0;
  #delivering: Promise<void> | undefined;

  constructor(onOutput: OnOutput, limit: number) {
    this.#onOutput = onOutput;
    this.#limit = limit;
  }

  /**
   * @param failed gets what a later delivery throws.
   * @throws {UnavailableError} `client-too-slow`, and whatever the client throws at once.
   */
  push(stream: Stream, chunk: Uint8Array, failed: (error: unknown) => void): void {
    if (this.#delivering !== undefined) {
      this.#size += chunk.length;
      if (this.#size > this.#limit) throw tooSlow(this.#limit);
      this.#waiting.push({ stream, chunk });
      return;
    }
    const pending = this.#onOutput(stream, chunk);
    if (pending !== undefined) this.#delivering = this.#deliverAfter(pending).catch(failed);
  }

  /** Resolves when nothing waits any more; never while the client is busy. */
  async drained(): Promise<void> {
    while (this.#delivering !== undefined) await this.#delivering;
  }

  /** Drops what waits. */
  drop(): void {
    this.#waiting.length = 0;
    this.#size = 0;
    this.#delivering = undefined;
  }

  async #deliverAfter(pending: Promise<void>): Promise<void> {
    try {
      await pending;
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        this.#size -= next.chunk.length;
        await this.#onOutput(next.stream, next.chunk);
      }
    } finally {
      this.#delivering = undefined;
    }
  }
}

function tooSlow(limit: number): UnavailableError {
  return new UnavailableError(`the client read too slowly: more than ${limit} bytes of output waited for it`, {
    code: 'client-too-slow',
    hint: 'attach again; what was missed is in the log',
  });
}
