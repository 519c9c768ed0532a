import type { Runtime } from 'tspod';
import { type CommandEntry, commands, families } from './command-tree.ts';
import type { Context } from './context.ts';
import { type GlobalValues, globalFlags, leadingFlags, runtimeOptions } from './globals.ts';
import type { Command } from './grammar/command.ts';
import { parseFlags } from './grammar/parser.ts';
import { checkPositional } from './grammar/positional.ts';
import { UnknownCommandError, UsageError } from './grammar/usage-error.ts';
import { Output } from './output.ts';
import { refusedFlags, refuseFlags } from './refused-flags.ts';
import { Reporter } from './reporter.ts';

/** Runs one command line, given without the program's name, and answers the exit code. Never throws. */
export async function main(words: readonly string[]): Promise<number> {
  const output = new Output();
  const reporter = new Reporter(output);
  process.on('uncaughtException', (error) => process.exit(reporter.report(error)));
  try {
    return await dispatch(words, output, reporter);
  } catch (error) {
    return reporter.report(error instanceof UnknownCommandError ? await withReason(error) : error);
  }
}

/** Says why, where a command of podman is left out on purpose. */
async function withReason(error: UnknownCommandError): Promise<UnknownCommandError> {
  const { absentCommands } = await import('./absent-commands.ts');
  return Object.assign(error, { hint: absentCommands[`${error.parent} ${error.word}`] });
}

async function dispatch(words: readonly string[], output: Output, reporter: Reporter): Promise<number> {
  const leading = parseFlags(leadingFlags, words, { interspersed: false });
  refuseFlags(leading.values);
  const asksHelp = leading.help || leading.positional[0] === 'help';
  const called = leading.positional[0] === 'help' ? leading.positional.slice(1) : leading.positional;
  if (leading.values.version === true) return printVersion(output);
  if (called.length === 0) return describeProgram(output, asksHelp);

  const found = find(called);
  reporter.command = found.path;
  if (found.entry === undefined) return describeFamily(output, found.path, asksHelp || found.rest[0] === '--help');
  const command = await found.entry.load();
  const leadingWords = words.slice(0, words.length - leading.positional.length).filter((word) => word !== '--');
  const parsed = parseFlags({ ...refusedFlags, ...globalFlags, ...command.flags }, [...leadingWords, ...found.rest], {
    interspersed: command.interspersed,
  });
  if (asksHelp || parsed.help) {
    const { commandHelp } = await import('./grammar/help.ts');
    output.text(commandHelp(found.path, found.entry.summary, command));
    return 0;
  }
  refuseFlags(parsed.values, command.flags);
  if (parsed.values.noout === true) output.mute();
  reporter.debug = parsed.values['log-level'] === 'debug' || parsed.values['log-level'] === 'trace';
  checkPositional(command.positional, parsed.positional, { command: found.path, flags: parsed.values });
  return call(command, parsed as typeof parsed & { values: GlobalValues }, { output, words });
}

async function call(
  command: Command,
  parsed: {
    readonly values: GlobalValues & Record<string, unknown>;
    readonly given: ReadonlySet<string>;
    readonly positional: readonly string[];
  },
  { output, words }: { readonly output: Output; readonly words: readonly string[] },
): Promise<number> {
  let opening: Promise<Runtime> | undefined;
  const context: Context = {
    output,
    runtime: () => {
      opening ??= openRuntime(parsed.values, output);
      return opening;
    },
    commandLine: ['tspod', ...words],
    environment: process.env,
    workingDirectory: process.cwd(),
  };
  try {
    const { values, given, positional } = parsed;
    return await command.run({ flags: values as never, given, positional, context });
  } finally {
    const runtime = await opening?.catch(() => undefined); // the command has met that failure
    await runtime?.shutdown();
  }
}

async function openRuntime(globals: GlobalValues, output: Output): Promise<Runtime> {
  const { createRuntime } = await import('./engine.ts');
  return createRuntime(runtimeOptions(globals, output));
}

interface Found {
  /** With the program's name. */
  readonly path: string;
  /** Undefined: the name of a family, without a command. */
  readonly entry: CommandEntry | undefined;
  readonly rest: readonly string[];
}

/** @throws {UsageError} when there is no such command. */
function find(words: readonly string[]): Found {
  const [first = '', second] = words;
  if (Object.hasOwn(commands, first)) return { path: `tspod ${first}`, entry: commands[first], rest: words.slice(1) };
  if (!Object.hasOwn(families, first))
    throw new UnknownCommandError('tspod', first, [...Object.keys(commands), ...Object.keys(families)]);
  const family = families[first]?.commands ?? {};
  if (second === undefined || second.startsWith('-')) return { path: `tspod ${first}`, entry: undefined, rest: words.slice(1) };
  if (!Object.hasOwn(family, second)) throw new UnknownCommandError(`tspod ${first}`, second, Object.keys(family));
  return { path: `tspod ${first} ${second}`, entry: family[second], rest: words.slice(2) };
}

async function describeProgram(output: Output, asked: boolean): Promise<number> {
  const { generalHelp } = await import('./general-help.ts');
  output.text(generalHelp());
  if (!asked) throw new UsageError("missing command 'tspod COMMAND'");
  return 0;
}

async function describeFamily(output: Output, path: string, asked: boolean): Promise<number> {
  const { familyHelp } = await import('./general-help.ts');
  output.text(familyHelp(path));
  if (!asked) throw new UsageError(`missing command '${path} COMMAND'`);
  return 0;
}

async function printVersion(output: Output): Promise<number> {
  const { version } = await import('./version.ts');
  output.line(`tspod version ${version()}`);
  return 0;
}
