import { archiveError } from './archive-error.ts';
import type { ByteText } from './byte-text.ts';

/** Takes pieces of wanted lengths from a stream of pieces of any length. */
export class ByteSource {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #current: Buffer = Buffer.alloc(0);
  #ended = false;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  /** Exactly `length` bytes if they are at hand already; otherwise `fill` gets them. */
  take(length: number): Buffer | undefined {
    if (this.#current.length < length) return undefined;
    const taken = this.#current.subarray(0, length);
    this.#current = this.#current.subarray(length);
    return taken;
  }

  /** Exactly `length` bytes; undefined at the end of the stream. @throws {InvalidArgumentError} `archive-truncated` */
  async fill(length: number, member?: ByteText): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [this.#current];
    let total = this.#current.length;
    while (total < length) {
      const piece = await this.#next();
      if (piece === undefined) {
        if (total === 0) return undefined;
        throw archiveError('archive-truncated', 'the archive ends in the middle of it', member);
      }
      pieces.push(piece);
      total += piece.length;
    }
    this.#current = pieces.length === 2 && pieces[0]?.length === 0 ? (pieces[1] as Buffer) : Buffer.concat(pieces, total);
    return this.take(length);
  }

  /** At least one and at most `limit` bytes, as they come; undefined at the end. */
  async some(limit: number): Promise<Buffer | undefined> {
    if (this.#current.length === 0) {
      const piece = await this.#next();
      if (piece === undefined) return undefined;
      this.#current = piece;
    }
    return this.take(Math.min(limit, this.#current.length));
  }

  /** Tells the stream that no more is wanted. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#pieces.return?.();
  }

  async #next(): Promise<Buffer | undefined> {
    while (!this.#ended) {
      const { value, done } = await this.#pieces.next();
      if (done) {
        this.#ended = true;
        return undefined;
      }
      if (value.length > 0) return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.length);
    }
    return undefined;
  }
}
