/** Milliseconds: the longest that a timer can take. */
const longest = 2 ** 31 - 1;

/** Has Node's event loop go on while somebody waits for what, by itself, would not keep the process alive. */
export class KeepAlive {
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  hold(): void {
    if (!this.#isOver) this.#timer ??= setInterval(() => undefined, longest);
  }

  /** There is nothing to wait for any more. */
  end(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }
}
