import { constants } from 'node:os';

/** What a user or another program may send us that is meant for the container's process. */
const forwarded = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGTERM'] as const;

const ending: readonly string[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];

type Forwarded = (typeof forwarded)[number];

/** Milliseconds after which one more signal ends us at once, although what was begun is not undone. */
const patience = 1000;

/**
 * Catches signals while a container is made, so that what was begun can be undone, and forwards them once it runs. Disposing of it
 * gives them their default meaning back.
 */
export class SignalTrap implements Disposable {
  readonly #listener = (signal: NodeJS.Signals) => this.#receive(signal as Forwarded);
  readonly #abort = new AbortController();
  #interruption: { readonly signal: Forwarded; readonly at: number } | undefined;
  #forward: ((signal: Forwarded) => void) | undefined;

  constructor() {
    for (const signal of forwarded) process.on(signal, this.#listener);
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

  [Symbol.dispose](): void {
    for (const signal of forwarded) process.removeListener(signal, this.#listener);
  }

  #receive(signal: Forwarded): void {
    if (this.#forward !== undefined) {
      this.#forward(signal);
      return;
    }
    if (!ending.includes(signal)) return;
    if (this.#interruption === undefined) {
      this.#interruption = { signal, at: performance.now() };
      this.#abort.abort();
    } else if (performance.now() - this.#interruption.at > patience) process.exit(exitCodeOf(signal));
  }
}

function exitCodeOf(signal: Forwarded): number {
  return 128 + constants.signals[signal];
}
