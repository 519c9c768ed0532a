import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/**
 * A shell that outlives us for a moment. Descriptor 3 is the terminal. It is told `raw` and `restore`, and answers each with a line.
 * The end of its input means that we are gone: if the terminal is still as `raw` made it, nobody else has cared for it yet.
 */
const script = `trap '' HUP INT QUIT TERM TSTP
saved=$(stty -g <&3) || exit 1
echo "$saved"
raw=
while read -r word; do
  case $word in
  raw) stty raw -echo -iexten <&3 && echo raw && raw=$(stty -g <&3) || exit 1 ;;
  restore) stty "$saved" <&3 && raw= && echo restored || exit 1 ;;
  esac
done
if [ -n "$raw" ] && [ "$(stty -g <&3 2>&1)" = "$raw" ]; then stty "$saved" <&3; fi`;

/**
 * Sets a terminal to raw mode and back. However this process ends, SIGKILL included, the terminal gets its old settings.
 *
 * The guardian is in a session of its own, so neither the keys of this terminal nor job control reach it.
 */
export class TerminalGuardian implements AsyncDisposable {
  readonly #descriptor: number;
  readonly #shell: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #saved: Promise<string>;
  #isRaw = false;

  /** Starts to save the settings of the terminal with this descriptor. */
  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.#shell = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'pipe', 'ignore', descriptor] });
    this.#shell.on('error', () => undefined); // seen as a missing answer
    this.#input.on('error', () => undefined); // likewise
    this.#answers = linesOf(this.#shell.stdout as Readable);
    this.#saved = this.#answer();
    this.#saved.catch(() => undefined); // met by `raw`
  }

  /** Every key from now on is passed as it is. */
  async raw(): Promise<void> {
    await this.#saved;
    this.#isRaw = true;
    this.#input.write('raw\n');
    await this.#answer();
  }

  /** Gives the terminal its old settings. Idempotent. */
  async restore(): Promise<void> {
    if (!this.#isRaw) return;
    this.#isRaw = false;
    this.#input.write('restore\n');
    try {
      await this.#answer();
    } catch {
      // the guardian was killed
      spawnSync('stty', [await this.#saved], { stdio: [this.#descriptor, 'ignore', 'ignore'] });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.restore();
    } finally {
      this.#input.end();
      this.#shell.unref();
    }
  }

  get #input(): Writable {
    return this.#shell.stdin as Writable;
  }

  async #answer(): Promise<string> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('the settings of the terminal can neither be read nor changed');
    return value;
  }
}

async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream) {
    rest += chunk;
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
      yield rest.slice(0, end);
      rest = rest.slice(end + 1);
    }
  }
}
