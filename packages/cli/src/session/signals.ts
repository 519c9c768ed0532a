import { constants } from 'node:os';

/** What a user or another program may send us that is meant for the container's process. */
const forwarded = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGTERM'] as const;

const ending: readonly string[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];

type Forwarded = (typeof forwarded)[number];

interface Interruption {
  readonly signal: Forwarded;
  /** By `performance.now()`. */
  readonly at: number;
}

/** Milliseconds after which one more signal ends us at once, although what was begun is not undone. */
const patience = 5000;

/**
 * Catches signals while a container is made, so that what was begun can be undone, and forwards them once it runs. When it is
 * disposed of it still holds them off, so that the engine can close its store in peace; an interruption that comes then is the next
 * trap's.
 */
export class SignalTrap implements Disposable {
  static #disposed: SignalTrap | undefined;

  readonly #listener = (signal: NodeJS.Signals) => this.#receive(signal as Forwarded);
  readonly #abort = new AbortController();
  #interruption: Interruption | undefined;
  #forward: ((signal: Forwarded) => void) | undefined;

  constructor() {
    for (const signal of forwarded) process.on(signal, this.#listener);
    const previous = SignalTrap.#disposed;
    SignalTrap.#disposed = undefined;
    previous?.release();
    if (previous !== undefined && previous.#interruption !== undefined) this.#interrupt(previous.#interruption);
  }

  /** Exit code of the process if it was told to end before `forwardTo`; undefined while it was not. */
  get interrupted(): number | undefined {
    return this.#interruption === undefined ? undefined : exitCodeOf(this.#interruption.signal);
  }

  /** Aborted when the process is told to end before `forwardTo`. */
  get abortSignal(): AbortSignal {
    return this.#abort.signal;
  }

  /** From now on signals go there. */
  forwardTo(forward: (signal: Forwarded) => void): void {
    this.#forward = forward;
  }

  /** Gives the signals their default meaning back. */
  release(): void {
    for (const signal of forwarded) process.removeListener(signal, this.#listener);
  }

  [Symbol.dispose](): void {
    this.#forward = undefined;
    SignalTrap.#disposed = this;
  }

  #receive(signal: Forwarded): void {
    if (this.#forward !== undefined) {
      this.#forward(signal);
      return;
    }
    if (!ending.includes(signal)) return;
    if (this.#interruption === undefined) this.#interrupt({ signal, at: performance.now() });
    else if (performance.now() - this.#interruption.at > patience) process.exit(exitCodeOf(signal));
  }

  #interrupt(interruption: Interruption): void {
    this.#interruption = interruption;
    this.#abort.abort();
  }
}

function exitCodeOf(signal: Forwarded): number {
  return 128 + constants.signals[signal];
}
