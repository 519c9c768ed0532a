/** The command line can't be understood. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** There is no such flag. */
export class UnknownFlagError extends UsageError {
  /** Without dashes. */
  readonly word: string;
  /** The flags that there are, without dashes. */
  readonly known: readonly string[];

  constructor(word: string, known: readonly string[]) {
    super(`unknown flag: --${word}`);
    this.word = word;
    this.known = known;
  }
}

/** There is no such command. */
export class UnknownCommandError extends UsageError {
  override readonly name = 'UnknownCommandError';
  readonly parent: string;
  readonly word: string;
  /** The commands that there are. */
  readonly known: readonly string[];

  constructor(parent: string, word: string, known: readonly string[]) {
    super(`unrecognized command \`${parent} ${word}\``);
    this.parent = parent;
    this.word = word;
    this.known = known;
  }
}
