import type { Runtime } from 'tspod';
import type { Context } from './context.ts';
import { globalFlags } from './globals.ts';
import type { Command } from './grammar/command.ts';
import { parseFlags } from './grammar/parser.ts';
import { checkPositional } from './grammar/positional.ts';
import { Output } from './output.ts';

/** For tests: what a command printed, and how it ended. */
export interface CommandOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
  readonly failure: unknown;
}

/** For tests: runs a command on a made-up runtime. */
export async function runCommand(command: Command, words: readonly string[], runtime: object = {}): Promise<CommandOutcome> {
  const printed = { stdout: '', stderr: '' };
  const output = new Output({
    stdout: (bytes) => {
      printed.stdout += Buffer.from(bytes).toString();
    },
    stderr: (bytes) => {
      printed.stderr += Buffer.from(bytes).toString();
    },
  });
  const context: Context = {
    output,
    runtime: async () => runtime as Runtime,
    commandLine: ['tspod', ...words],
    environment: { HOST_VARIABLE: 'from host' },
    workingDirectory: '/work',
  };
  try {
    const parsed = parseFlags({ ...globalFlags, ...command.flags }, words, { interspersed: command.interspersed });
    checkPositional(command.positional, parsed.positional, { command: 'tspod test', flags: parsed.values });
    const exitCode = await command.run({ ...parsed, flags: parsed.values as never, context });
    return { ...printed, exitCode, failure: undefined };
  } catch (failure) {
    return { ...printed, exitCode: undefined, failure };
  }
}
