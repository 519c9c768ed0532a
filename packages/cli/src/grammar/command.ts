import type { Context } from '../context.ts';
import type { FlagTable, FlagValues } from './flags.ts';
import type { PositionalRule } from './positional.ts';

/** What a command is called with. */
export interface Invocation<Flags extends FlagTable> {
  readonly flags: FlagValues<Flags>;
  /** Names of the flags that were given. */
  readonly given: ReadonlySet<string>;
  readonly positional: readonly string[];
  readonly context: Context;
}

/**
 * One command. The table of its flags, its usage and its texts are the one source for parsing, help, and whatever else is told
 * about it.
 */
export interface CommandDefinition<Flags extends FlagTable> {
  /** Paragraphs of the description; each line is printed as it is. */
  readonly description: readonly string[];
  /** What follows the command's name in the usage line. */
  readonly usage: string;
  /** Without the program's name. */
  readonly examples: readonly string[];
  readonly flags: Flags;
  readonly positional: PositionalRule;
  /** Whether flags may follow the first positional argument. Default: true. */
  readonly interspersed?: boolean;
  /** Does the work; answers the exit code. */
  run(invocation: Invocation<Flags>): Promise<number>;
}

export type Command = CommandDefinition<FlagTable>;

/** Gives `run` the types of its own flags. */
export function defineCommand<const Flags extends FlagTable>(definition: CommandDefinition<Flags>): Command {
  return definition as unknown as Command;
}
