/** The command line can't be understood. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
  /** Point to the help of the command. */
  readonly seeHelp: boolean;

  constructor(message: string, options: { readonly seeHelp?: boolean } = {}) {
    super(message);
    this.seeHelp = options.seeHelp ?? false;
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
