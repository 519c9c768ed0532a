import { close, constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const writeBlocking = promisify(write);

/**
 * Writes a stream of bytes to one of our own descriptors in order, without ever blocking the event loop: signals must come through
 * while a reader is slow. What the descriptor takes at once is written at once.
 */
export class OutputStream {
  readonly #descriptor: number;
  /** The same file without blocking; undefined for what can't be opened so. */
  readonly #eager: number | undefined;
  #tail: Promise<void> | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.#eager = eagerDescriptor(descriptor);
  }

  /** Undefined: all is written. Otherwise resolves when it is. @throws what write(2) says, either way. */
  write(bytes: Uint8Array): undefined | Promise<void> {
    const written = this.#tail === undefined ? this.#writeAtOnce(bytes) : 0;
    if (written === bytes.length) return undefined;
    const rest = bytes.slice(written);
    const before = this.#tail ?? Promise.resolve();
    const tail = before
      .then(() => this.#writeSlowly(rest))
      .finally(() => {
        if (this.#tail === tail) this.#tail = undefined;
      });
    this.#tail = tail;
    return tail;
  }

  /** Resolves when everything is written. */
  async flush(): Promise<void> {
    while (this.#tail !== undefined) await this.#tail;
  }

  [Symbol.dispose](): void {
    if (this.#eager !== undefined && this.#eager !== this.#descriptor) close(this.#eager);
  }

  #writeAtOnce(bytes: Uint8Array): number {
    if (this.#eager === undefined) return 0;
    let offset = 0;
    try {
      while (offset < bytes.length) offset += writeSync(this.#eager, bytes, offset);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    return offset;
  }

  /** In a thread of the pool, which may block. */
  async #writeSlowly(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length; ) {
      try {
        offset += (await writeBlocking(this.#descriptor, bytes, offset)).bytesWritten;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error; // somebody made it non-blocking
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
  }
}

/**
 * A regular file takes everything at once. Pipes and terminals are opened a second time, because O_NONBLOCK on the descriptor itself
 * would hold for every process that shares it.
 */
function eagerDescriptor(descriptor: number): number | undefined {
  const stat = fstatSync(descriptor);
  if (stat.isFile()) return descriptor;
  if (!stat.isFIFO() && !stat.isCharacterDevice()) return undefined;
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === 'open') return undefined; // another user's pipe, no /proc
    throw error;
  }
}
