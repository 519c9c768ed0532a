import type { Runtime } from 'tspod';
import type { Output } from './output.ts';

/** What a command has to work with. */
export interface Context {
  readonly output: Output;
  /** The engine, composed when it is first asked for. Whoever made the context ends it. */
  runtime(): Promise<Runtime>;
  /** The command line as the user wrote it, with the program. */
  readonly commandLine: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
}
